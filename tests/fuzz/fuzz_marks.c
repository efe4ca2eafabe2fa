#include "marks.h"
#include "sensitive.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Properties: whatever a frame holds, its marks lie in its payload, and each value that the schema
 * calls an account, a name or a document is marked; of a frame that is cut anywhere, what has come
 * of these values is marked, too; and of an id that was learned nothing is left unmarked where it
 * stands alone.
 *
 * Bytes: flags (1: from the client), the server version less 100, the payload. */

#define AT 1000u

static bool covered(const struct tws_marks *marks, uint64_t from, uint64_t to)
{
    for (uint32_t i = 0; from < to && i < marks->n; i++) {
        const struct tws_mark *m = &marks->of[i];

        if (m->offset <= from && m->offset + m->length > from) {
            from = m->offset + m->length;
            i = UINT32_MAX; /* from the first mark again */
        }
    }
    return from >= to;
}

static void in_bounds(const struct tws_marks *marks, uint64_t to)
{
    for (uint32_t i = 0; i < marks->n; i++) {
        const struct tws_mark *m = &marks->of[i];

        if (m->length == 0 || m->offset < AT || m->offset > to || m->length > to - m->offset ||
            m->kind >= TWS_MARK_KINDS || m->kept > m->length)
            abort();
    }
}

static bool is_meant(const struct tws_value *v)
{
    return v->step == TWS_STEP_VALUE && v->field && v->text.p && v->text.left > 0 &&
           sensitive_field(v->field) && v->field->means != TWS_ACCOUNT_VALUE &&
           !(v->field->means == TWS_ADVISOR_GROUP && tws_is_text(v->text, "All"));
}

static void meant_are_marked(const struct tws_message *m, struct tws_cursor payload,
                             const struct tws_marks *marks)
{
    struct tws_value v;
    struct tws_walk w;

    tws_walk_open(m, &w);
    while (tws_walk_next(&w, &v)) {
        uint64_t at = AT + 4 + (uint64_t)(v.text.p - payload.p);

        if (is_meant(&v) && !covered(marks, at, at + v.text.left))
            abort();
    }
}

/* What is marked by its meaning in the whole frame is so in each beginning of it. */
static void parts_are_marked(const struct marks_part *whole, const struct tws_marks *marks)
{
    size_t step = whole->bytes.left / 40 + 1;

    for (size_t cut = 0; cut < whole->bytes.left; cut += step) {
        struct marks_part part = *whole;
        const struct tws_marks *cut_marks;
        static struct known known;
        struct marks *other = marks_new(&known);
        uint8_t *bytes = malloc(cut ? cut : 1); /* a sanitizer sees a read behind the end of it */

        if (!other || !bytes)
            abort();
        memset(&known, 0, sizeof known);
        memcpy(bytes, whole->bytes.p, cut);
        part.bytes = (struct tws_cursor){bytes, cut};
        cut_marks = marks_of_part(other, &part);
        in_bounds(cut_marks, AT + cut);
        for (uint32_t i = 0; i < marks->n; i++) {
            const struct tws_mark *m = &marks->of[i];
            uint64_t end = m->offset + m->length < AT + cut ? m->offset + m->length : AT + cut;

            if (m->kind <= TWS_MARK_DOCUMENT && m->offset < end &&
                !covered(cut_marks, m->offset, end))
                abort();
        }
        marks_free(other);
        free(bytes);
    }
}

/* The id in an error's text; data: another one that is known. */
static void known_is_marked(struct marks *m, struct known *known, const uint8_t *id, size_t n)
{
    uint8_t text[KNOWN_LEN + 32] = "4\0002\000-1\0002104\000(";
    struct tws_event ev = {.kind = TWS_EV_FRAME};
    struct tws_message message;
    size_t at = 13;

    if (n > KNOWN_LEN || n < KNOWN_MIN || memchr(id, 0, n))
        return;
    memset(known, 0, sizeof *known);
    known_learn(known, id, n);
    if (known->n == 0)
        return;
    memcpy(text + at, id, n);
    memcpy(text + at + n, ")\0", 3);
    ev.u.frame.dir = TWS_GATEWAY;
    ev.u.frame.payload = (struct tws_cursor){text, at + n + 3};
    ev.u.frame.offset = AT;
    ev.u.frame.wire_len = (uint32_t)(at + n + 3 + 4);
    tws_message_open(TWS_GATEWAY, 176, ev.u.frame.payload, &message);
    ev.u.frame.form = message.form;
    ev.u.frame.message = &message;
    if (!covered(marks_of(m, &ev), AT + 4 + at, AT + 4 + at + n))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct known known;
    static uint8_t frame[4 + 65536];
    struct tws_event ev = {.kind = TWS_EV_FRAME};
    struct marks_part whole = {.offset = AT};
    static struct tws_marks copy;
    struct tws_message m;
    struct marks *marks;

    if (size < 3 || size > 65536)
        return 0;
    memset(&known, 0, sizeof known);
    marks = marks_new(&known);
    if (!marks)
        abort();
    memcpy(frame + 4, data + 2, size - 2);
    ev.u.frame.dir = data[0] & 1 ? TWS_CLIENT : TWS_GATEWAY;
    ev.u.frame.payload = (struct tws_cursor){frame + 4, size - 2};
    ev.u.frame.offset = AT;
    ev.u.frame.wire_len = (uint32_t)(size + 2);
    tws_message_open(ev.u.frame.dir, 100 + data[1] % 127, ev.u.frame.payload, &m);
    ev.u.frame.form = m.form;
    ev.u.frame.message = &m;
    copy = *marks_of(marks, &ev);
    in_bounds(&copy, AT + size + 2);
    meant_are_marked(&m, ev.u.frame.payload, &copy);
    whole.dir = ev.u.frame.dir;
    whole.version = 100 + data[1] % 127;
    whole.bytes = (struct tws_cursor){frame, size + 2};
    parts_are_marked(&whole, &copy);
    known_is_marked(marks, &known, data + 2, size - 2 < KNOWN_LEN ? size - 2 : KNOWN_LEN);
    marks_free(marks);
    return 0;
}
