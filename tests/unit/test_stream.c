#include "guard.h"
#include "items.h"
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

struct row {
    char name[40];
    enum tws_side side;
    char in[120];
    size_t len;
    char want[400];
};

#define BYTES(s) s, sizeof(s) - 1
#define HELLO    "API\0\0\0\0\x09v100..176"

/* Every stream is cut at every byte, and into pieces of 1, 2 and 3 bytes: the items stay. */
ParameterizedTestParameters(stream, gives_the_same_items_however_it_is_cut)
{
    static struct row rows[] = {
        {"hello alone", TWS_CLIENT, BYTES(HELLO), "hello 100..176 [v100..176]\n"},
        {"hello and startApi", TWS_CLIENT,
         BYTES(HELLO "\0\0\0\x08"
                     "71\0"
                     "2\0"
                     "7\0\0"),
         "hello 100..176 [v100..176]\nframe 8 [71\\002\\007\\00\\00]\n"},
        {"empty hello", TWS_CLIENT,
         BYTES("API\0\0\0\0\0"
               "\0\0\0\x03"
               "17\0"),
         "hello 0..0 []\nframe 3 [17\\00]\n"},
        {"hello with options", TWS_CLIENT, BYTES("API\0\0\0\0\x0fv157 +PACEAPI\0\0"),
         "hello 157..157 [v157\\20+PACEAPI\\00\\00]\n"},
        {"hello too long", TWS_CLIENT, BYTES("API\0\0\0\x04\x01v100"), "opaque 5 0 1025\n"},
        {"hello with a negative length", TWS_CLIENT, BYTES("API\0\xff\xff\xff\xffv"),
         "opaque 5 0 4294967295\n"},
        {"legacy", TWS_CLIENT,
         BYTES("66\0"
               "7\0"
               "71\0"),
         "legacy 66..66 [66]\nopaque 2 0 0\n"},
        {"longest legacy", TWS_CLIENT, BYTES("12345678901\0x"),
         "legacy 0..0 [12345678901]\nopaque 2 0 0\n"},
        {"digits without end", TWS_CLIENT, BYTES("123456789012\0"), "opaque 1 6 0\n"},
        {"digits and a letter", TWS_CLIENT, BYTES("12x\0"), "opaque 1 6 0\n"},
        {"nearly a hello", TWS_CLIENT, BYTES("APIX\0\0\0\x09v100..176"), "opaque 1 6 0\n"},
        {"http request", TWS_CLIENT, BYTES("OPTIONS / HTTP/1.1\r\n"), "opaque 1 1 0\n"},
        {"http request for less", TWS_CLIENT, BYTES("GET / HTTP/1.1\r\n"), "opaque 1 1 0\n"},
        {"nearly http", TWS_CLIENT, BYTES("OPTIONAL / HTTP/1.1\r\n"), "opaque 1 6 0\n"},
        {"tls client hello", TWS_CLIENT, BYTES("\x16\x03\x01\x02\0\x01\0"), "opaque 1 2 0\n"},
        {"ssh client", TWS_CLIENT, BYTES("SSH-2.0-OpenSSH\r\n"), "opaque 1 3 0\n"},
        {"frame without a hello", TWS_CLIENT,
         BYTES("\0\0\0\x08"
               "71\0"
               "2\0"
               "7\0\0"),
         "opaque 1 6 0\n"},
        {"a long frame after the hello", TWS_CLIENT, BYTES(HELLO "\0\0\0\x29xxxx"),
         "hello 100..176 [v100..176]\nopaque 3 0 41\n"},
        {"3 GB after the hello", TWS_CLIENT, BYTES(HELLO "\xb2\xd0\x5e\0\0\0\0\x01x"),
         "hello 100..176 [v100..176]\nopaque 4 0 3000000000\n"},

        {"version reply and a frame", TWS_GATEWAY,
         BYTES("\0\0\0\x06"
               "176\0t\0"
               "\0\0\0\x06"
               "9\0"
               "1\0"
               "1\0"),
         "frame 6 [176\\00t\\00]\nframe 6 [9\\001\\001\\00]\n"},
        {"empty frames", TWS_GATEWAY, BYTES("\0\0\0\0\0\0\0\x01x\0\0\0\0\0\0\0\0"),
         "frame 0 []\nframe 1 [x]\nframe 0 []\nframe 0 []\n"},
        {"longest frame", TWS_GATEWAY,
         BYTES("\0\0\0\x28"
               "0123456789012345678901234567890123456789"
               "\0\0\0\x01!"),
         "frame 40 [0123456789012345678901234567890123456789]\nframe 1 [!]\n"},
        {"one too long", TWS_GATEWAY,
         BYTES("\0\0\0\x01!\0\0\0\x29"
               "0123456789"),
         "frame 1 [!]\nopaque 3 0 41\n"},
        {"first one too long", TWS_GATEWAY,
         BYTES("\0\0\0\x29"
               "0123456789"),
         "opaque 3 0 41\n"},
        {"largest positive length", TWS_GATEWAY, BYTES("\0\0\0\x01!\x7f\xff\xff\xff!"),
         "frame 1 [!]\nopaque 3 0 2147483647\n"},
        {"smallest negative length", TWS_GATEWAY, BYTES("\0\0\0\x01!\x80\0\0\0!"),
         "frame 1 [!]\nopaque 4 0 2147483648\n"},
        {"vnc", TWS_GATEWAY, BYTES("RFB 003.008\n"), "opaque 1 4 0\n"},
        {"http answer", TWS_GATEWAY, BYTES("HTTP/1.1 400 Bad Request\r\n"), "opaque 1 1 0\n"},
        {"tls alert", TWS_GATEWAY, BYTES("\x15\x03\x03\0\x02\x02\x28"), "opaque 1 2 0\n"},
        {"pop3", TWS_GATEWAY, BYTES("+OK ready\r\n"), "opaque 1 5 0\n"},
        {"legacy gateway", TWS_GATEWAY,
         BYTES("76\0"
               "20240101\0"),
         "opaque 1 6 0\n"},
        {"half a frame", TWS_GATEWAY, BYTES("\0\0\0\x01!\0\0\0\x05!!!!"), "frame 1 [!]\n"},
        {"half a length", TWS_GATEWAY, BYTES("\0\0\0\x01!\0\0\0"), "frame 1 [!]\n"},
        {"half a name", TWS_GATEWAY, BYTES("RF"), ""},
        {"nothing", TWS_GATEWAY, BYTES(""), ""},
    };

    return cr_make_param_array(struct row, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct row *r, stream, gives_the_same_items_however_it_is_cut)
{
    static char got[ITEMS_MAX];

    for (size_t first = 0; first <= r->len; first++) {
        for (size_t piece = 0; piece <= 3; piece++) {
            items_of(r->side, 40, r->in, r->len, first, piece, got);
            cr_expect_str_eq(got, r->want, "%s: cut at %zu, then by %zu: %s", r->name, first, piece,
                             got);
        }
    }
}

static void feed(struct tws_stream *s, const char *bytes, size_t n)
{
    tws_stream_feed(s, (struct tws_cursor){(const uint8_t *)bytes, n});
}

Test(stream, hands_out_a_whole_frame_in_place)
{
    static const char in[] = "\0\0\0\x03"
                             "abc"
                             "\0\0\0\x02"
                             "de"
                             "\0\0";
    const uint8_t *base = (const uint8_t *)in;
    struct tws_stream s;
    struct tws_item item;

    tws_stream_init(&s, TWS_GATEWAY, 100);
    feed(&s, BYTES(in));
    cr_assert_eq(tws_stream_next(&s, &item), TWS_STREAM_ITEM);
    cr_expect_eq(item.payload.p, base + 4);
    cr_assert_eq(tws_stream_next(&s, &item), TWS_STREAM_ITEM);
    cr_expect_eq(item.payload.p, base + 11);
    cr_expect_null(s.part);
    cr_expect_eq(tws_stream_next(&s, &item), TWS_STREAM_MORE);
    cr_expect_eq(tws_stream_pending(&s), 2);
    tws_stream_free(&s);
}

Test(stream, keeps_no_more_than_twice_what_came)
{
    static char zeros[5000];
    struct tws_stream s;
    struct tws_item item;

    tws_stream_init(&s, TWS_GATEWAY, TWS_FRAME_MAX);
    feed(&s, BYTES("\0\xff\xff\xff"));
    cr_expect_eq(tws_stream_next(&s, &item), TWS_STREAM_MORE);
    cr_expect_leq(s.cap, 64, "a promised length is not allocated");
    for (size_t came = 4; came < 200000; came += sizeof zeros) {
        feed(&s, zeros, sizeof zeros);
        cr_expect_eq(tws_stream_next(&s, &item), TWS_STREAM_MORE);
        cr_expect_eq(tws_stream_pending(&s), came + sizeof zeros);
        cr_expect_leq(s.cap, 2 * s.have);
    }
    tws_stream_free(&s);
    cr_expect_null(s.part);
}

Test(stream, frees_its_buffer_when_the_frame_is_done)
{
    struct tws_stream s;
    struct tws_item item;

    tws_stream_init(&s, TWS_GATEWAY, 100);
    feed(&s, BYTES("\0\0\0\x03"
                   "a"));
    cr_expect_eq(tws_stream_next(&s, &item), TWS_STREAM_MORE);
    cr_expect_not_null(s.part);
    feed(&s, BYTES("bc"));
    cr_expect_eq(tws_stream_next(&s, &item), TWS_STREAM_ITEM);
    cr_expect_eq(s.cap, 7, "no larger than the frame");
    cr_expect_eq(tws_stream_pending(&s), 0);
    cr_expect_eq(tws_stream_next(&s, &item), TWS_STREAM_MORE);
    cr_expect_null(s.part);
}

Test(stream, says_how_far_a_hello_came)
{
    static const char in[] = "API\0\0\0\0\x09v100..176";
    struct tws_stream s;
    struct tws_item item;
    uint32_t have, want;

    tws_stream_init(&s, TWS_CLIENT, 100);
    cr_expect_not(tws_stream_partial_hello(&s, &have, &want));
    for (size_t n = 1; n <= 17; n++) {
        feed(&s, in + n - 1, 1);
        if (n == 17) {
            cr_expect_eq(tws_stream_next(&s, &item), TWS_STREAM_ITEM);
            cr_expect_not(tws_stream_partial_hello(&s, &have, &want));
            break;
        }
        cr_expect_eq(tws_stream_next(&s, &item), TWS_STREAM_MORE);
        cr_expect(tws_stream_partial_hello(&s, &have, &want));
        cr_expect_eq(have, n);
        cr_expect_eq(want, n < 8 ? 0u : 17u);
    }
    tws_stream_free(&s);
}

Test(stream, says_nothing_of_a_hello_that_is_another_protocol)
{
    struct tws_stream s;
    struct tws_item item;
    uint32_t have, want;

    tws_stream_init(&s, TWS_CLIENT, 100);
    feed(&s, BYTES("GE"));
    cr_expect_eq(tws_stream_next(&s, &item), TWS_STREAM_MORE);
    cr_expect_not(tws_stream_partial_hello(&s, &have, &want));
    cr_expect_eq(tws_stream_pending(&s), 2);
    tws_stream_free(&s);
}

Test(stream, keeps_nothing_once_it_was_given_up)
{
    struct tws_stream s;
    struct tws_item item;

    tws_stream_init(&s, TWS_GATEWAY, 100);
    feed(&s, BYTES("\0\0\0\x03"
                   "a"));
    cr_expect_eq(tws_stream_next(&s, &item), TWS_STREAM_MORE);
    tws_stream_give_up(&s, TWS_OPAQUE_LEGACY);
    cr_expect_null(s.part);
    cr_expect_eq(s.opaque, TWS_OPAQUE_LEGACY);
    feed(&s, BYTES("bc\0\0\0\x01"
                   "x"));
    cr_expect_eq(tws_stream_next(&s, &item), TWS_STREAM_MORE, "no item of a stream given up");
    cr_expect_eq(tws_stream_pending(&s), 0);
    tws_stream_init(&s, TWS_GATEWAY, 100);
    feed(&s, BYTES("\0\0\0\x01"
                   "x"));
    cr_expect_eq(tws_stream_next(&s, &item), TWS_STREAM_ITEM, "it can begin again");
}
