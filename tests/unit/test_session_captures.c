#include "lines.h"
#include "talk.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* Captures of real client libraries against a scripted gateway, with what is known of them from
 * the script's own log.  Ethernet, IPv4, in order, no loss: read with the least that will do. */
static const struct row {
    const char *file;
    enum tws_stage progress;
    enum tws_trouble stage;
    enum tws_side silent;
    unsigned tenths; /* of a second, of silence */
    unsigned frames[2];
    unsigned bytes[2];
    enum tws_side first_fin;
    const char *mode;
} rows[] = {
    {"healthy_ibasync_176", TWS_LIVE, 0, TWS_NOBODY, 0, {18, 138}, {1246, 23778}, TWS_CLIENT},
    {"healthy_stoqey_176", TWS_LIVE, 0, TWS_NOBODY, 0, {12, 132}, {463, 23596}, TWS_CLIENT},
    {"healthy_official_203", TWS_LIVE, 0, TWS_NOBODY, 0, {16, 99}, {597, 5661}, TWS_CLIENT},
    {"accept_silent_ibasync_176",
     TWS_HELLO,
     TWS_HELLO_UNANSWERED,
     TWS_GATEWAY,
     30,
     {0, 0},
     {17, 0},
     TWS_CLIENT},
    /* closed with the hello unread, which TCP shows as a reset */
    {"accept_close_ibasync_176",
     TWS_HELLO,
     TWS_CLOSED_BY_GATEWAY,
     TWS_NOBODY,
     0,
     {0, 0},
     {17, 0},
     TWS_GATEWAY,
     "relay-accept-then-close"},
    {"close_wait_ibasync_176",
     TWS_HELLO,
     TWS_HELLO_UNANSWERED,
     TWS_GATEWAY,
     30,
     {0, 0},
     {17, 0},
     TWS_CLIENT},
    {"version_only_ibasync_176",
     TWS_START,
     TWS_STARTAPI_UNANSWERED,
     TWS_GATEWAY,
     30,
     {1, 1},
     {29, 46},
     TWS_CLIENT},
    {"nextvalid_no_accounts_ibasync_176",
     TWS_START,
     TWS_PARTIAL_STARTUP,
     TWS_GATEWAY,
     30,
     {1, 5},
     {29, 275},
     TWS_CLIENT,
     "half-welcome"},
    {"error_326_ibasync_176",
     TWS_START,
     TWS_STARTAPI_UNANSWERED,
     TWS_NOBODY,
     0,
     {1, 2},
     {29, 147},
     TWS_GATEWAY,
     "client-id-in-use"},
    {"stall_live_ibasync_176",
     TWS_LIVE,
     TWS_TROUBLE_NONE, /* it left after 3.3 s without ticks, which nobody calls silent before 10 s
                        */
     TWS_NOBODY,
     0,
     {18, 159},
     {1246, 24240},
     TWS_CLIENT},
    {"version_split_official_203",
     TWS_VERSION,
     TWS_STARTAPI_MISSING,
     TWS_CLIENT,
     0,
     {0, 1},
     {17, 46},
     TWS_CLIENT,
     "client-split-version"},
};

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static unsigned be16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

/* One Ethernet packet of the capture, as far as the session cares. */
static void packet(struct talk *t, const uint8_t *p, size_t n)
{
    const uint8_t *ip = p + 14, *tcp = ip + (size_t)(ip[0] & 15) * 4;
    const uint8_t *data = tcp + (size_t)(tcp[12] >> 4) * 4, *end = ip + be16(ip + 2);
    unsigned from = be16(tcp), to = be16(tcp + 2);
    enum tws_side side =
        to == 4002 || (to != from && from != 4002 && to < from) ? TWS_CLIENT : TWS_GATEWAY;

    cr_assert(n >= 54 && (size_t)(end - p) <= n);
    if (tcp[13] & 2) {
        if (side == TWS_CLIENT)
            talk_open(t);
        return;
    }
    if (end > data)
        talk_bytes(t, side, data, (size_t)(end - data));
    if (tcp[13] & 4)
        talk_close(t, side, TWS_RST);
    else if (tcp[13] & 1)
        talk_close(t, side, TWS_FIN);
}

static void replay(struct talk *t, FILE *f)
{
    static uint8_t buf[1 << 16];
    uint8_t head[24];
    uint64_t unit;

    cr_assert_eq(fread(head, 1, 24, f), 24);
    unit = le32(head) == 0xa1b23c4d ? 1 : 1000;
    while (fread(head, 1, 16, f) == 16) {
        uint32_t n = le32(head + 8);
        uint64_t at = le32(head) * SEC + le32(head + 4) * unit;

        cr_assert(n <= sizeof buf && fread(buf, 1, n, f) == n);
        if (t->s.env)
            talk_wait(t, at > t->now ? at - t->now : 0);
        else
            t->now = at;
        packet(t, buf, n);
    }
}

Test(session, judges_real_clients)
{
    static struct talk t;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];
        const struct talk_event *v;
        struct tws_verdict now;
        char path[128];
        FILE *f;

        snprintf(path, sizeof path, "data/captures/%s.pcap", r->file);
        f = shared_open(path);
        if (!f)
            return;
        talk_env(&t, 0);
        replay(&t, f);
        fclose(f);
        talk_verdict(&t.s, t.now, &now);
        for (int k = 0; k < 2; k++) {
            cr_expect_eq(t.s.frames[k], r->frames[k], "%s: frames %d", r->file, k);
            cr_expect_eq(t.s.bytes[k], r->bytes[k], "%s: bytes %d", r->file, k);
        }
        cr_expect_eq(t.s.first_closed, r->first_fin, "%s: first FIN", r->file);
        cr_expect_eq(now.progress, r->progress, "%s: progress", r->file);
        talk_finish(&t);
        v = talk_last(&t, TWS_EV_VERDICT);
        cr_expect_eq(v->trouble, r->stage, "%s: %s", r->file, v->says);
        cr_expect_eq(v->side, r->silent, "%s: silent %s", r->file, tws_side_name(v->side));
        if (r->tenths)
            cr_expect_eq((v->n + 50 * MS) / (100 * MS), r->tenths, "%s: %s", r->file, v->says);
        cr_expect(r->mode ? v->mode && !strcmp(v->mode, r->mode) : !v->mode, "%s: mode %s", r->file,
                  v->mode ? v->mode : "none");
    }
}
