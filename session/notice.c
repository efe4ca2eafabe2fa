/* notice.c - classes of the codes of message 4, as rows. */
#include "notice.h"
#include <stddef.h>

#define S TWS_CLASS_SYSTEM
#define C TWS_CLASS_CONNECTIVITY
#define P TWS_CLASS_PACING
#define O TWS_CLASS_ORDER_REJECT
#define M TWS_CLASS_MARKET_DATA
#define B TWS_CLASS_CLIENT
#define W TWS_CLASS_WARNING

/* Codes first to last of one class, in order: the project's table of error codes with neighbours
 * folded. */
static const struct range {
    int16_t first, last;
    uint8_t class;
} ranges[] = {
    /* clang-format off */
    {-1, -1, B}, {100, 100, P}, {101, 101, M}, {102, 102, B}, {103, 107, O}, {109, 111, O},
    {113, 122, O}, {123, 124, B}, {125, 129, O}, {131, 137, O}, {138, 141, B}, {142, 142, O},
    {143, 143, B}, {144, 148, O}, {151, 161, O}, {162, 162, P}, {163, 164, O}, {165, 166, M},
    {167, 168, O}, {200, 200, B}, {201, 203, O}, {300, 308, B}, {309, 310, M}, {311, 315, O},
    {316, 317, M}, {319, 324, B}, {325, 325, O}, {326, 327, B}, {328, 329, O}, {330, 331, B},
    {332, 343, O}, {344, 344, B}, {345, 353, O}, {354, 354, M}, {355, 356, O}, {357, 357, B},
    {358, 364, O}, {365, 366, B}, {367, 380, O}, {381, 381, B}, {382, 383, O}, {384, 386, B},
    {387, 393, O}, {394, 394, B}, {395, 398, O}, {399, 399, W}, {400, 403, O}, {404, 404, W},
    {405, 406, O}, {407, 407, B}, {408, 413, O}, {414, 416, B}, {417, 419, O}, {420, 420, M},
    {421, 429, O}, {430, 430, M}, {431, 431, B}, {432, 437, O}, {438, 438, B}, {439, 449, O},
    {460, 460, O}, {481, 481, W}, {492, 492, W}, {501, 592, B}, {1100, 1102, C}, {1300, 1300, C},
    {2100, 2102, W}, {2103, 2103, C}, {2104, 2104, S}, {2105, 2105, C}, {2106, 2108, S},
    {2109, 2109, W}, {2110, 2110, C}, {2119, 2119, S}, {2129, 2129, W}, {2137, 2137, W},
    {2150, 2150, W}, {2152, 2152, M}, {2157, 2157, C}, {2158, 2158, S}, {2161, 2161, W},
    {2168, 2169, W}, {2174, 2174, W}, {2176, 2176, W}, {10000, 10003, O}, {10005, 10017, O},
    {10018, 10019, W}, {10020, 10027, O}, {10089, 10092, M}, {10147, 10148, O}, {10167, 10168, M},
    {10182, 10182, M}, {10185, 10185, B}, {10186, 10189, M}, {10190, 10190, P}, {10197, 10197, M},
    {10225, 10225, M}, {10230, 10231, B}, {10233, 10233, W}, {10234, 10237, O}, {10238, 10238, B},
    {10239, 10239, W}, {10240, 10254, O}, {10268, 10270, O}, {10276, 10285, B}, {10314, 10314, B},
    {10349, 10349, W},
    /* clang-format on */
};

#undef S
#undef C
#undef P
#undef O
#undef M
#undef B
#undef W

enum tws_notice_class tws_notice_class(int64_t code)
{
    size_t low = 0, high = sizeof ranges / sizeof ranges[0];

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (code < ranges[mid].first)
            high = mid;
        else if (code > ranges[mid].last)
            low = mid + 1;
        else
            return (enum tws_notice_class)ranges[mid].class;
    }
    return TWS_CLASS_UNKNOWN;
}

const char *tws_notice_class_name(enum tws_notice_class c)
{
    static const char *const names[TWS_CLASSES] = {
        [TWS_CLASS_UNKNOWN] = "unknown",
        [TWS_CLASS_SYSTEM] = "system_notice",
        [TWS_CLASS_CONNECTIVITY] = "connectivity",
        [TWS_CLASS_PACING] = "pacing",
        [TWS_CLASS_ORDER_REJECT] = "order_reject",
        [TWS_CLASS_MARKET_DATA] = "market_data",
        [TWS_CLASS_CLIENT] = "client",
        [TWS_CLASS_WARNING] = "warning",
    };

    return names[c];
}

bool tws_notice_refuses(int64_t code)
{
    return code >= 320 && code <= 323;
}

bool tws_notice_ends_request(int64_t code)
{
    /* Data follows all the same: delayed, in part, or once the other session is gone. */
    static const int16_t soft[] = {165, 316, 317, 10089, 10090, 10091, 10167};
    enum tws_notice_class c = tws_notice_class(code);

    for (size_t i = 0; i < sizeof soft / sizeof soft[0]; i++) {
        if (code == soft[i])
            return false;
    }
    return c != TWS_CLASS_SYSTEM && c != TWS_CLASS_CONNECTIVITY && c != TWS_CLASS_WARNING;
}
