#include "annotation.h"
#include "guard.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define KERNEL                                                                                     \
    "known=1 upstream=1 unacked=2 retransmits=3 total_retrans=4 last_ack_ms=5 last_data_ms=6 "     \
    "unread=7 unsent=8 rtt_us=9"
#define SILENT "silence: hello-unanswered; gateway owes since 3.007 s; kernel "
#define HOST   "owner=12/T/gateway/java idle=7/?/relay/socat sibling=4001 seen=1"

/* From bytes that end at a page that cannot be read. */
static bool read_text(const char *text, struct tws_annotation *a)
{
    size_t n = strlen(text);
    static char borrowed[2048]; /* what the annotation points at must outlive the guarded copy */
    const uint8_t *p = guarded(text, n);
    bool good = tws_annotation_read((struct tws_cursor){p, n}, a);

    unguard(p, n);
    strcpy(borrowed, text);
    cr_expect_eq(tws_annotation_read(tws_text_of(borrowed), a), good);
    return good;
}

static const char *written(const struct tws_annotation *a)
{
    static char text[2048];

    cr_assert_lt(tws_annotation_write(a, text, sizeof text), sizeof text);
    return text;
}

/* Reading what was written gives what is written the same again. */
static const char *again(const char *text)
{
    struct tws_annotation a;

    if (!read_text(text, &a))
        return "none";
    return written(&a);
}

/* ---- each kind ---- */

Test(annotation, of_each_kind_is_read_as_it_was_written)
{
    static const struct {
        enum tws_annotation_kind kind;
        const char *text;
    } rows[] = {
        {TWS_AN_SECTION, "twstap recording of a relay; accounts masked; version 0.1.0; upstream "
                         "127.0.0.1:4002; listen 127.0.0.1:4000; listen [::1]:4000"},
        {TWS_AN_SECTION, "twstap capture; accounts shown; version 0.1.0; interface lo, ports 4002"},
        {TWS_AN_SECTION, "twstap capture; accounts masked"},
        {TWS_AN_DIALING, "dialing"},
        {TWS_AN_DIALED, "dialed"},
        {TWS_AN_CLOSE, "close: fin"},
        {TWS_AN_CLOSE, "close: rst; host " HOST},
        {TWS_AN_CLOSE, "close: timeout: mute since the other side closed: --linger is over"},
        {TWS_AN_CLOSE, "close: refused: connection refused; host owner=0/?/other/- "
                       "idle=0/?/other/- sibling=0 seen=0"},
        {TWS_AN_CLOSE, "close: unreachable: no; not now"},
        {TWS_AN_CLOSE, "close: end-of-capture"},
        {TWS_AN_SILENCE, SILENT "unknown"},
        {TWS_AN_SILENCE, SILENT KERNEL},
        {TWS_AN_SILENCE, SILENT KERNEL "; host " HOST},
        {TWS_AN_SILENCE, SILENT KERNEL " owned=1 peer_unread=17 queue=1/50"},
        {TWS_AN_SILENCE, SILENT KERNEL " owned=0 peer_unread=0 queue=0/0; host " HOST},
        {TWS_AN_END, "end"},
        {TWS_AN_BLACKED_OUT, "blacked out: 0+34"},
        {TWS_AN_BLACKED_OUT, "blacked out: 4294967295+4294967295"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tws_annotation a = {0};

        cr_expect(read_text(rows[i].text, &a), "%s", rows[i].text);
        cr_expect_eq(a.kind, rows[i].kind, "%s", rows[i].text);
        cr_expect_str_eq(written(&a), rows[i].text);
    }
}

Test(annotation, of_a_section_has_its_members)
{
    struct tws_annotation a = {0};
    const struct tws_section *s = &a.u.section;

    cr_assert(read_text("twstap recording of a relay; accounts masked; version 1.2; upstream "
                        "[::1]:4002; listen 127.0.0.1:4000; listen 127.0.0.1:4010; a, b; c",
                        &a));
    cr_expect(s->relay && s->masked);
    cr_expect(tws_is_text(s->version, "1.2"));
    cr_expect(tws_is_text(s->upstream, "[::1]:4002"));
    cr_expect_eq(tws_section_port(s), 4002);
    cr_assert_eq(s->n_listen, 2);
    cr_expect(tws_is_text(s->listen[1], "127.0.0.1:4010"));
    cr_expect(tws_is_text(s->rest, "a, b; c"));
    cr_assert(read_text("twstap capture; accounts shown; version 1.2; ports 4002", &a));
    cr_expect(!s->relay && !s->masked);
    cr_expect_eq(tws_section_port(s), 0);
    cr_expect_eq(s->n_listen, 0);
    cr_expect(tws_is_text(s->rest, "ports 4002"));
}

Test(annotation, of_a_section_has_a_port_only_where_it_is_one)
{
    static const struct {
        const char *upstream;
        uint16_t port;
    } rows[] = {{"127.0.0.1:1", 1},
                {"127.0.0.1:65535", 65535},
                {"127.0.0.1:65536", 0},
                {"127.0.0.1:", 0},
                {"[::1]:7496", 7496},
                {"4002", 4002},
                {"127.0.0.1:-4002", 0},
                {"127.0.0.1:0x10", 0},
                {"127.0.0.1:18446744073709555618", 0},
                {"", 0}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tws_section s = {.upstream = tws_text_of(rows[i].upstream)};

        cr_expect_eq(tws_section_port(&s), rows[i].port, "%s", rows[i].upstream);
    }
}

Test(annotation, of_a_silence_has_its_members)
{
    struct tws_annotation a = {0};
    const struct tws_recorded *r = &a.u.silence.recorded;
    const struct tws_kernel *k = &r->kernel;

    cr_assert(read_text(SILENT KERNEL " owned=1 peer_unread=17 queue=1/50; host " HOST, &a));
    cr_expect_eq(a.u.silence.stage, TWS_HELLO_UNANSWERED);
    cr_expect_eq(a.u.silence.owes, TWS_GATEWAY);
    cr_expect_eq(a.u.silence.waited_ns, 3007000000);
    cr_expect(k->known && k->upstream_known);
    cr_expect(k->unacked == 2 && k->retransmits == 3 && k->total_retrans == 4);
    cr_expect(k->last_ack_ms == 5 && k->last_data_ms == 6 && k->unread == 7);
    cr_expect(k->unsent == 8 && k->rtt_us == 9);
    cr_expect(k->peer_known && k->peer_owned && k->peer_unread == 17);
    cr_expect(k->queue_known && k->queue == 1 && k->backlog == 50);
    cr_expect(r->host_known && k->all_seen && k->sibling == 4001);
    cr_expect(k->owner.pid == 12 && k->owner.state == 'T');
    cr_expect_eq(k->owner.program, TWS_PROGRAM_GATEWAY);
    cr_expect_str_eq(k->owner.name, "java");
    cr_expect(k->idle.pid == 7 && k->idle.state == '\0');
    cr_expect_str_eq(k->idle.name, "socat");
}

/* A process that is not there has no name either. */
Test(annotation, of_nobody_names_nobody)
{
    struct tws_annotation a = {0};
    const struct tws_kernel *k = &a.u.close.recorded.kernel;

    cr_assert(read_text("close: rst; host owner=0/?/other/- idle=3/S/java/- sibling=0 seen=0", &a));
    cr_expect(a.u.close.recorded.host_known);
    cr_expect_str_empty(k->owner.name);
    cr_expect_str_empty(k->idle.name);
    cr_expect_eq(k->idle.program, TWS_PROGRAM_JAVA);
}

/* ---- what is not known is skipped ---- */

Test(annotation, with_members_that_are_not_known_is_read_without_them)
{
    static const struct {
        const char *text, *same;
    } rows[] = {
        {SILENT "new=7 " KERNEL " also new= =", SILENT KERNEL},
        {SILENT KERNEL "; weather fine; host future=1/2 " HOST " x=y; more",
         SILENT KERNEL "; host " HOST},
        {"silence: reset; client owes since 0.000 s; host " HOST "; kernel unknown",
         "silence: reset; client owes since 0.000 s; kernel unknown; host " HOST},
        {"silence: reset; client owes since 0.000 s",
         "silence: reset; client owes since 0.000 s; kernel unknown"},
        {"close: rst; color blue; host seen=1 sibling=4001 idle=7/?/relay/socat "
         "owner=12/T/gateway/java",
         "close: rst; host " HOST},
        {"close: rst; host owner=1/S/quantum/q idle=0/?/other/- sibling=0 seen=0",
         "close: rst; host owner=1/S/other/q idle=0/?/other/- sibling=0 seen=0"},
        {"twstap capture; color blue; version 2; accounts shown",
         "twstap capture; accounts shown; version 2"},
        {"twstap capture; accounts masked; accounts shown", "twstap capture; accounts masked"},
        {"twstap capture; upstream a:1; upstream b:2; listen ; version ; accounts new",
         "twstap capture; accounts shown; upstream a:1"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_str_eq(again(rows[i].text), rows[i].same, "%s", rows[i].text);
}

/* ---- what is malformed ---- */

Test(annotation, with_a_malformed_member_knows_nothing_of_its_group)
{
    static const char *const kernels[] = {
        "",
        "unknown",
        "known=1",
        "known=1 upstream=1 unacked=2 retransmits=3 total_retrans=4 last_ack_ms=5 last_data_ms=6 "
        "unread=7 unsent=8",
        KERNEL " rtt_us=9",
        "known=2 upstream=1 unacked=2 retransmits=3 total_retrans=4 last_ack_ms=5 last_data_ms=6 "
        "unread=7 unsent=8 rtt_us=9",
        "known=1 upstream=1 unacked=-2 retransmits=3 total_retrans=4 last_ack_ms=5 last_data_ms=6 "
        "unread=7 unsent=8 rtt_us=9",
        "known=1 upstream=1 unacked=2 retransmits=3 total_retrans=4 last_ack_ms=5 last_data_ms=6 "
        "unread=7 unsent=8 rtt_us=4294967296",
        "known=1 upstream=1 unacked=2 retransmits=3 total_retrans=4 last_ack_ms=5 last_data_ms=6 "
        "unread=7 unsent= 8 rtt_us=9",
        "known=0 upstream=1 unacked=2 retransmits=3 total_retrans=4 last_ack_ms=5 last_data_ms=6 "
        "unread=7 unsent=8 rtt_us=9 owned=1 peer_unread=17 queue=1/50",
    };
    static const char *const peers[] = {" owned=1",
                                        " owned=1 peer_unread=17",
                                        " owned=1 peer_unread=17 queue=1",
                                        " owned=1 peer_unread=17 queue=1/",
                                        " owned=1 peer_unread=17 queue=1/x",
                                        " owned=1 peer_unread=17 queue=/50",
                                        " owned=x peer_unread=17 queue=1/50",
                                        " owned=1 peer_unread=17 queue=1/50 queue=1/50"};
    static const char *const hosts[] = {
        "",
        "owner=12/T/gateway/java",
        "owner=1/S/none/x idle=2/S sibling=1 seen=1",
        "owner=1//relay/x idle=0/?/other/- sibling=7497 seen=1",
        "owner=1/SS/relay/x idle=0/?/other/- sibling=7497 seen=1",
        "owner=1/ /relay/x idle=0/?/other/- sibling=7497 seen=1",
        "owner=1/S/relay/ idle=0/?/other/- sibling=7497 seen=1",
        "owner=1/S/relay/x/y idle=0/?/other/- sibling=7497 seen=1",
        "owner=1/S/relay/sixteen-letters. idle=0/?/other/- sibling=7497 seen=1",
        "owner=99999999999/S/relay/x idle=0/?/other/- sibling=7497 seen=1",
        "owner=1/S/relay/x idle=0/?/other/- sibling=65536 seen=1",
        "owner=1/S/relay/x idle=0/?/other/- sibling=7497 seen=7",
        HOST " seen=1",
    };
    char text[600];

    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        snprintf(text, sizeof text, SILENT "%s; host " HOST, kernels[i]);
        cr_expect_str_eq(again(text), SILENT "unknown; host " HOST, "%s", text);
    }
    for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++) {
        snprintf(text, sizeof text, SILENT KERNEL "%s", peers[i]);
        cr_expect_str_eq(again(text), SILENT KERNEL, "%s", text);
    }
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        snprintf(text, sizeof text, SILENT KERNEL "; host %s", hosts[i]);
        cr_expect_str_eq(again(text), SILENT KERNEL, "%s", text);
        snprintf(text, sizeof text, "close: refused: no; host %s", hosts[i]);
        cr_expect_str_eq(again(text), "close: refused: no", "%s", text);
    }
}

/* Where sockets were not asked, no number of theirs is left behind. */
Test(annotation, with_a_kernel_that_is_not_known_has_no_numbers)
{
    static const char *const kernels[] = {
        "known=0 upstream=1 unacked=2 retransmits=3 total_retrans=4 last_ack_ms=5 last_data_ms=6 "
        "unread=7 unsent=8 rtt_us=9 owned=1 peer_unread=17 queue=1/50",
        "known=1 upstream=1 unacked=2 owned=1 peer_unread=17 queue=1/50"};

    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        struct tws_annotation a = {0};
        const struct tws_kernel *k = &a.u.silence.recorded.kernel;
        char text[300];

        snprintf(text, sizeof text, SILENT "%s", kernels[i]);
        cr_assert(read_text(text, &a));
        cr_expect_not(k->known || k->upstream_known || k->unacked || k->retransmits || k->rtt_us);
        cr_expect_not(k->peer_known || k->peer_owned || k->peer_unread || k->queue_known ||
                      k->queue || k->backlog);
    }
}

/* A queue whose length is not known is written as 0/0. */
Test(annotation, with_a_backlog_of_0_knows_no_queue)
{
    struct tws_annotation a = {0};

    cr_assert(read_text(SILENT KERNEL " owned=1 peer_unread=17 queue=3/0", &a));
    cr_expect(a.u.silence.recorded.kernel.peer_known);
    cr_expect_not(a.u.silence.recorded.kernel.queue_known);
    a.u.silence.recorded.kernel.queue = 3;
    cr_expect_str_eq(written(&a), SILENT KERNEL " owned=1 peer_unread=17 queue=0/0");
}

Test(annotation, that_is_malformed_is_none_and_changes_nothing)
{
    static const char *const texts[] = {
        "",
        " ",
        ";",
        "; ",
        "\n",
        "dialing ",
        "dial",
        "Dialing",
        "dialed; ",
        "ending",
        "en",
        "twstap",
        "twstap ",
        "twstap proxy; accounts shown",
        "twstap captures",
        "twstap recording of a relay, accounts shown",
        "close",
        "close:",
        "close: ",
        "close: open",
        "close: rest",
        "close: rstx",
        "close: : why",
        ("close: ; host " HOST),
        "close: refused:why",
        "silence: ",
        "silence: hello-unanswered",
        "silence: none",
        "silence: ; gateway owes since 3.007 s; kernel unknown",
        "silence: hello-unasked; gateway owes since 3.007 s; kernel unknown",
        "silence: hello-unanswered; somebody owes since 3.007 s; kernel unknown",
        "silence: hello-unanswered; gateway owed since 3.007 s; kernel unknown",
        "silence: hello-unanswered; gateway owes since 3 s; kernel unknown",
        "silence: hello-unanswered; gateway owes since 3.07 s; kernel unknown",
        "silence: hello-unanswered; gateway owes since 3.0070 s; kernel unknown",
        "silence: hello-unanswered; gateway owes since 3.007 ms; kernel unknown",
        "silence: hello-unanswered; gateway owes since -3.007 s; kernel unknown",
        "silence: hello-unanswered; gateway owes since .007 s; kernel unknown",
        "silence: hello-unanswered; gateway owes since 99999999999999999999.007 s; kernel unknown",
        "silence: hello-unanswered; gateway owes since 9223372036.000 s; kernel unknown",
        "blacked out: ",
        "blacked out: 1",
        "blacked out: 1+",
        "blacked out: +1",
        "blacked out: -1+1",
        "blacked out: 1+1 ",
        "blacked out: 1 +1",
        "blacked out: 1+1+1",
        "blacked out: 0x1+1",
        "blacked out: 4294967296+1",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct tws_annotation a, before;

        memset(&a, 0x5a, sizeof a);
        before = a;
        memcpy(&before, &a, sizeof a);
        cr_expect_not(read_text(texts[i], &a), "%s", texts[i]);
        cr_expect_eq(memcmp(&a, &before, sizeof a), 0, "%s", texts[i]);
    }
}

Test(annotation, that_was_cut_is_read_as_far_as_it_goes)
{
    static const char *const texts[] = {
        "twstap recording of a relay; accounts masked; version 1; upstream a:1; listen b:2; rest",
        (SILENT KERNEL " owned=1 peer_unread=17 queue=1/50; host " HOST),
        ("close: refused: connection refused; host " HOST),
        "blacked out: 123+456",
    };
    char cut[1024], once[2048];

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (size_t n = 0; n <= strlen(texts[i]); n++) {
            snprintf(cut, sizeof cut, "%.*s", (int)n, texts[i]);
            snprintf(once, sizeof once, "%s", again(cut));
            if (strcmp(once, "none") != 0)
                cr_expect_str_eq(again(once), once, "%s", cut);
        }
    }
}

/* ---- comments ---- */

static const char *all_of(const char *comment)
{
    static char said[2048];
    struct tws_cursor rest = tws_text_of(comment);
    struct tws_annotation a;

    said[0] = '\0';
    while (tws_annotation_next(&rest, &a)) {
        strcat(said, said[0] ? "|" : "");
        strcat(said, written(&a));
    }
    return said;
}

Test(annotation, in_a_comment_is_a_line_or_behind_another_one)
{
    cr_expect_str_eq(all_of(""), "");
    cr_expect_str_eq(all_of("end"), "end");
    cr_expect_str_eq(all_of("a note\nend\n\nanother; end"), "end");
    cr_expect_str_eq(all_of("dialing\ndialed\n"), "dialing|dialed");
    cr_expect_str_eq(all_of(SILENT "unknown; blacked out: 3+4"), SILENT "unknown|blacked out: 3+4");
    cr_expect_str_eq(all_of("close: rst: why; blacked out: 3+4; blacked out: 5+6\nend"),
                     "close: rst: why|blacked out: 3+4|blacked out: 5+6|end");
    cr_expect_str_eq(all_of("a note; blacked out: 3+4"), "blacked out: 3+4");
    cr_expect_str_eq(all_of("; blacked out: 3+4"), "blacked out: 3+4");
    cr_expect_str_eq(all_of("not blacked out: 3+4"), "");
    cr_expect_str_eq(all_of("end; end"), "");
}

Test(annotation, of_a_kind_is_found_in_a_comment)
{
    struct tws_annotation a = {0};

    cr_expect_not(tws_annotation_find(NULL, TWS_AN_END, &a));
    cr_expect_not(tws_annotation_find("", TWS_AN_END, &a));
    cr_expect_not(tws_annotation_find("dialing", TWS_AN_END, &a));
    cr_expect_eq(a.kind, TWS_AN_NONE);
    cr_assert(
        tws_annotation_find("dialing\nblacked out: 3+4\nblacked out: 5+6", TWS_AN_BLACKED_OUT, &a));
    cr_expect_eq(a.u.blacked_out.offset, 3);
    cr_expect_eq(a.u.blacked_out.length, 4);
}

Test(annotation, of_a_section_is_what_its_comment_begins_with)
{
    struct tws_section s = {.n_listen = 77};

    cr_expect_not(tws_annotation_section("", &s));
    cr_expect_not(tws_annotation_section("end", &s));
    cr_expect_not(tws_annotation_section("note\ntwstap capture", &s));
    cr_expect_eq(s.n_listen, 77);
    cr_expect(tws_annotation_section("twstap recording of a relay; accounts masked\na note", &s));
    cr_expect(s.relay && s.masked && s.n_listen == 0);
}

/* ---- room ---- */

Test(annotation, is_cut_to_its_room_and_ends_with_a_nul)
{
    static const char text[] = "close: refused: connection refused; host " HOST;
    struct tws_annotation a;

    cr_assert(read_text(text, &a));
    for (size_t size = 1; size <= sizeof text + 1; size++) {
        char *to = malloc(size);
        size_t kept = size - 1 < sizeof text - 1 ? size - 1 : sizeof text - 1;

        cr_expect_eq(tws_annotation_write(&a, to, size), sizeof text - 1);
        cr_expect_eq(strlen(to), kept);
        cr_expect_eq(memcmp(to, text, kept), 0);
        free(to);
    }
}

Test(annotation, stands_behind_another_one)
{
    struct tws_annotation a = {.kind = TWS_AN_BLACKED_OUT, .u.blacked_out = {3, 4}};
    struct tws_annotation none = {.kind = TWS_AN_NONE};
    char text[40] = "";

    cr_expect_eq(tws_annotation_add(&none, text, sizeof text), 0);
    cr_expect_str_eq(text, "");
    cr_expect_eq(tws_annotation_add(&a, text, sizeof text), 16);
    cr_expect_str_eq(text, "blacked out: 3+4");
    cr_expect_eq(tws_annotation_add(&none, text, sizeof text), 16);
    cr_expect_eq(tws_annotation_add(&a, text, sizeof text), 34);
    cr_expect_str_eq(text, "blacked out: 3+4; blacked out: 3+4");
    cr_expect_eq(tws_annotation_add(&a, text, sizeof text), 52);
    cr_expect_str_eq(text, "blacked out: 3+4; blacked out: 3+4; bla");
}

/* The longest that there can be, of each kind, and a reason that is cut. */
Test(annotation, of_a_packet_always_fits)
{
    const struct tws_process p = {UINT32_MAX, TWS_PROGRAM_GATEWAY, 'S', "fifteen-letters"};
    const struct tws_kernel k = {.known = true,
                                 .upstream_known = true,
                                 .unacked = UINT32_MAX,
                                 .retransmits = UINT32_MAX,
                                 .total_retrans = UINT32_MAX,
                                 .last_ack_ms = UINT32_MAX,
                                 .last_data_ms = UINT32_MAX,
                                 .unread = UINT32_MAX,
                                 .unsent = UINT32_MAX,
                                 .rtt_us = UINT32_MAX,
                                 .peer_known = true,
                                 .peer_owned = true,
                                 .peer_unread = UINT32_MAX,
                                 .queue_known = true,
                                 .queue = UINT32_MAX,
                                 .backlog = UINT32_MAX,
                                 .owner = p,
                                 .idle = p,
                                 .sibling = UINT16_MAX,
                                 .all_seen = true};
    struct tws_annotation a = {.kind = TWS_AN_SILENCE};
    char why[200], text[TWS_ANNOTATION_MAX];

    a.u.silence.stage = TWS_LIVE_CLIENT_NOT_READING;
    a.u.silence.owes = TWS_GATEWAY;
    a.u.silence.waited_ns = UINT64_MAX;
    a.u.silence.recorded = (struct tws_recorded){k, true};
    cr_expect_lt(tws_annotation_write(&a, text, sizeof text), sizeof text);
    memset(why, 'x', sizeof why);
    a = (struct tws_annotation){.kind = TWS_AN_CLOSE};
    a.u.close.how = TWS_END_OF_CAPTURE;
    a.u.close.reason = (struct tws_cursor){(const uint8_t *)why, sizeof why};
    a.u.close.recorded = (struct tws_recorded){k, true};
    cr_expect_lt(tws_annotation_write(&a, text, sizeof text), sizeof text);
    cr_expect_eq(strspn(text + strlen("close: end-of-capture: "), "x"), TWS_ANNOTATION_REASON);
    cr_expect_str_eq(again(text), text);
}
