#include "json.h"
#include "marks.h"
#include "textlog.h"
/* Fuzz targets are one source each. */
#include "../support/json_check.c"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has_control(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)p[i] < 0x20 && p[i] != '\n')
            return true;
    return false;
}

/* Property: whatever a peer sends, the JSON is one valid line and the text has no control byte.
 * Bytes: flags (1: from the gateway, 2: hex), server version as two bytes, payload. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tws_event ev = {.kind = TWS_EV_FRAME, .ts_ns = 1764000185123456789u, .conn = 1};
    struct mask *mask = mask_new(false);
    struct marks *marks = mask ? marks_new(mask_learned(mask)) : NULL;
    struct tws_message m;
    struct json_sink json;
    struct text_sink text;
    static struct out out; /* opened once: its buffer is large */

    if (size < 3)
        goto end;
    ev.u.frame.dir = data[0] & 1 ? TWS_GATEWAY : TWS_CLIENT;
    ev.u.frame.n = 1;
    ev.u.frame.payload = (struct tws_cursor){data + 3, size - 3};
    tws_message_open(ev.u.frame.dir, (uint32_t)data[1] << 8 | data[2], ev.u.frame.payload, &m);
    ev.u.frame.form = m.form;
    ev.u.frame.message = &m;
    if (!mask || !marks || (!out.buf && !out_file(&out, "/dev/null", false)) ||
        !json_sink_init(&json, &out, mask, data[0] & 2))
        abort();
    ev.u.frame.marks = marks_of(marks, &ev);
    json_put(&json, &ev);
    if (out.have == 0 || out.buf[out.have - 1] != '\n' || memchr(out.buf, '\n', out.have - 1) ||
        !json_is_valid(out.buf, out.have - 1))
        abort();
    out.have = 0;
    for (int verbosity = 1; verbosity <= 2; verbosity++) {
        text_sink_init(&text, &out, mask, false, verbosity, data[0] & 2);
        text_put(&text, &ev);
        text_sink_free(&text);
    }
    if (has_control(out.buf, out.have))
        abort();
    json_sink_free(&json);
    out.have = 0;
end:
    marks_free(marks);
    mask_free(mask);
    return 0;
}
