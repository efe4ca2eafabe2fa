#include "frame.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Property: frames tile the stream, and each is whole at its last byte and no sooner. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tws_cursor in = {data, size};
    struct tws_frame f, g;
    const uint8_t *taken;

    while (tws_frame_next(in, 4096, &f) == TWS_FRAME_WHOLE) {
        struct tws_cursor short_by_one = {in.p, f.wire_len - 1};

        if (f.payload != in.p + TWS_FRAME_HEAD || f.len + TWS_FRAME_HEAD != f.wire_len)
            abort();
        if (f.len > 4096 || tws_frame_next(short_by_one, 4096, &g) != TWS_FRAME_MORE)
            abort();
        if (!tws_take(&in, f.wire_len, &taken))
            abort();
    }
    return 0;
}
