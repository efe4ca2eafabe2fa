#include "diagnose.h"
#include "json.h"
#include "textlog.h"
#include "verdict_pack.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Properties: of any bytes, what is taken for an event packs to the same bytes again, and so does
 * what these unpack to; cut off at any place they are no event; both sinks can write it; and a
 * state gives a verdict that they can write. */

static void *exact(const void *p, size_t n) /* a sanitizer sees a read behind the end of it */
{
    void *copy = malloc(n ? n : 1);

    if (!copy)
        abort();
    memcpy(copy, p, n);
    return copy;
}

static void refuse_cut(const uint8_t *data, size_t size)
{
    static struct tws_verdict verdict;
    static struct tws_event_box box = {.more = &verdict};
    size_t step = size / 64 + 1;

    for (size_t cut = 0; cut < size; cut += step) {
        uint8_t *bytes = exact(data, cut);
        struct tws_cursor in = {bytes, cut};

        if (tws_event_unpack(&in, &tws_verdict_packer, &box) || in.p != bytes || in.left != cut)
            abort();
        free(bytes);
    }
}

static uint8_t *pack(const struct tws_event *ev, size_t size)
{
    uint8_t *bytes = malloc(size);

    if (!bytes || tws_event_pack(ev, &tws_verdict_packer, NULL, 0) != size ||
        tws_event_pack(ev, &tws_verdict_packer, bytes, size - 1) != 0 ||
        tws_event_pack(ev, &tws_verdict_packer, bytes, size) != size)
        abort();
    return bytes;
}

/* A verdict on any state is whole, and can be written like one on a session's. */
static void write_event(const struct tws_event *ev);

static void judge(const struct tws_event *ev)
{
    static struct tws_verdict v;
    struct tws_event said = {.kind = TWS_EV_VERDICT, .ts_ns = ev->ts_ns, .conn = ev->conn};

    tws_diagnose(ev->u.state, &v);
    if (strlen(v.says) >= sizeof v.says || (v.mode && v.certainty == TWS_CANNOT_TELL))
        abort();
    said.u.verdict = &v;
    write_event(&said);
}

static void write_event(const struct tws_event *ev)
{
    static struct out out; /* opened once: its buffer is large */
    struct mask *mask = mask_new(false);
    struct json_sink json;
    struct text_sink text;

    if (!mask || (!out.buf && !out_file(&out, "/dev/null", false)) ||
        !json_sink_init(&json, &out, mask, true))
        abort();
    json_put(&json, ev);
    text_sink_init(&text, &out, mask, false, 2, true);
    text_put(&text, ev);
    for (size_t i = out.head; i < out.have; i++)
        if ((unsigned char)out.buf[i] < 0x20 && out.buf[i] != '\n')
            abort();
    out.head = out.have = 0;
    text_sink_free(&text);
    json_sink_free(&json);
    mask_free(mask);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tws_verdict verdicts[2];
    static struct tws_event_box box = {.more = &verdicts[0]}, again = {.more = &verdicts[1]};
    struct tws_cursor in = {data, size};
    uint8_t *first, *second;
    size_t n;

    if (!tws_event_unpack(&in, &tws_verdict_packer, &box)) {
        if (in.p != data || in.left != size)
            abort();
        return 0;
    }
    n = size - in.left;
    first = pack(&box.event, n);
    if (memcmp(first, data, n) != 0)
        abort();
    in = (struct tws_cursor){first, n};
    if (!tws_event_unpack(&in, &tws_verdict_packer, &again) || in.left)
        abort();
    second = pack(&again.event, n);
    if (memcmp(first, second, n) != 0)
        abort();
    refuse_cut(first, n);
    write_event(&again.event);
    if (again.event.kind == TWS_EV_STATE)
        judge(&again.event);
    free(first);
    free(second);
    return 0;
}
