#include "frame.h"
#include "guard.h"
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

struct row {
    char name[24];
    uint8_t in[8];
    size_t len;
    enum tws_frame_status at_the_end;
};

ParameterizedTestParameters(frame, is_whole_at_its_last_byte_and_no_sooner)
{
    static struct row rows[] = {
        {"shortest", {0, 0, 0, 1, 'x'}, 5, TWS_FRAME_WHOLE},
        {"at the limit", {0, 0, 0, 3, 'a', 'b', 'c'}, 7, TWS_FRAME_WHOLE},
        {"above the limit", {0, 0, 0, 4}, 4, TWS_FRAME_TOO_LONG},
        {"far above the limit", {0xff, 0xff, 0xff, 0xff}, 4, TWS_FRAME_TOO_LONG},
        {"empty: odd, and whole", {0, 0, 0, 0}, 4, TWS_FRAME_WHOLE},
    };

    return cr_make_param_array(struct row, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct row *r, frame, is_whole_at_its_last_byte_and_no_sooner)
{
    for (size_t cut = 0; cut <= r->len; cut++) {
        struct tws_cursor in = {guarded(r->in, cut), cut};
        struct tws_frame f;
        enum tws_frame_status want = cut < r->len ? TWS_FRAME_MORE : r->at_the_end;

        cr_expect_eq(tws_frame_next(in, 3, &f), want, "%s cut at %zu", r->name, cut);
        if (want == TWS_FRAME_WHOLE)
            cr_expect(f.payload == in.p + 4 && f.wire_len == r->len, "%s", r->name);
        if (want == TWS_FRAME_MORE)
            cr_expect_eq(f.wire_len, cut < 4 ? 0 : r->len, "%s cut at %zu", r->name, cut);
        unguard(in.p, cut);
    }
}
