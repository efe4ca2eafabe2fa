#include "hello.h"
#include "lines.h"
#include "message.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* Published frames of real gateways and clients, one JSON object a line. */

struct sample {
    enum tws_side dir;
    uint32_t sv;
    bool live, version_reply;
    uint8_t bytes[1 << 16];
    size_t len;
};

/* The text behind `"key": `; NULL when the line has no such key. */
static const char *value_of(const char *line, const char *key)
{
    char quoted[40];
    const char *at;

    snprintf(quoted, sizeof quoted, "\"%s\": ", key);
    at = strstr(line, quoted);
    return at ? at + strlen(quoted) : NULL;
}

static bool begins(const char *text, const char *with)
{
    return text && strncmp(text, with, strlen(with)) == 0;
}

static bool read_sample(const char *line, struct sample *s)
{
    const char *dir = value_of(line, "dir"), *hex = value_of(line, "hex");
    const char *sv = value_of(line, "server_version");
    unsigned byte;

    if (!hex || !sv || *hex++ != '"')
        return false;
    s->dir = begins(dir, "\"gateway\"")  ? TWS_GATEWAY
             : begins(dir, "\"client\"") ? TWS_CLIENT
                                         : TWS_NOBODY;
    s->sv = (uint32_t)strtoul(sv, NULL, 10);
    s->live = begins(value_of(line, "quality"), "\"live\"");
    s->version_reply = begins(value_of(line, "hello"), "true");
    for (s->len = 0; s->len < sizeof s->bytes && sscanf(hex, "%2x", &byte) == 1; hex += 2)
        s->bytes[s->len++] = (uint8_t)byte;
    return *hex == '"';
}

static uint32_t walk_faults(const struct tws_message *m, size_t *unnamed, uint32_t *missing)
{
    struct tws_walk w;
    struct tws_value v;

    *unnamed = 0;
    tws_walk_open(m, &w);
    while (tws_walk_value(&w, &v))
        *unnamed += v.field == NULL;
    *missing = tws_walk_missing(&w);
    return m->faults | w.faults;
}

static void check_live(const struct sample *s, const char *line)
{
    struct tws_cursor payload = {s->bytes, s->len};
    struct tws_version_reply reply;
    struct tws_message m;
    char words[256];
    size_t unnamed;
    uint32_t faults, missing;

    if (s->version_reply) {
        cr_expect(tws_version_reply_read(payload, &reply), "%s", line);
        cr_expect_eq(reply.server_version, (int32_t)s->sv, "%s", line);
        return;
    }
    tws_message_open(s->dir, s->sv, payload, &m);
    cr_expect_not_null(m.row, "%s", line);
    faults = walk_faults(&m, &unnamed, &missing);
    cr_expect_eq(faults, 0, "%s: %s", tws_fault_text(faults, words, sizeof words), line);
    cr_expect_eq(missing, 0, "%s", line);
    if (m.row && m.row->fields) /* one client ends each of its requests with a field more */
        cr_expect_leq(unnamed, strstr(line, "ghill2/pyfutures:") && m.dir == TWS_CLIENT, "%s",
                      line);
}

Test(message_frames, of_real_gateways_and_clients_are_known_and_without_fault)
{
    static struct sample s;
    FILE *f = shared_open("data/frames.jsonl");
    char *line;
    size_t live = 0;

    if (!f)
        return;
    while ((line = next_line(f))) {
        cr_assert(read_sample(line, &s), "%s", line);
        if (!s.live)
            continue;
        live++;
        check_live(&s, line);
    }
    fclose(f);
    cr_expect_gt(live, 100);
}

/* Literals of client libraries' tests do not say who sends them: one of the two must know the id.
 */
Test(message_frames, of_client_libraries_are_known)
{
    static struct sample s;
    FILE *f = shared_open("data/frames.jsonl");
    size_t unknown = 0, all = 0;
    char *line;

    if (!f)
        return;
    while ((line = next_line(f))) {
        struct tws_message in, out;

        cr_assert(read_sample(line, &s), "%s", line);
        if (s.live)
            continue;
        all++;
        tws_message_open(TWS_GATEWAY, s.sv, (struct tws_cursor){s.bytes, s.len}, &in);
        tws_message_open(TWS_CLIENT, s.sv, (struct tws_cursor){s.bytes, s.len}, &out);
        if (!in.row && !out.row) {
            unknown++;
            fprintf(stderr, "unknown: %s\n", line);
        }
    }
    fclose(f);
    cr_expect_leq(unknown, all / 20, "%zu of %zu", unknown, all);
}
