#include "conversation.h"
#include "guard.h"
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BYTES(s) s, sizeof(s) - 1

/* Both sides of connections; lengths are written as they are on the wire. */
#define HELLO                                                                                      \
    "API\0\0\0\0\x09"                                                                              \
    "v100..176"
#define NEW_HELLO                                                                                  \
    "API\0\0\0\0\x09"                                                                              \
    "v100..222"
#define REPLY                                                                                      \
    "\0\0\0\x1a"                                                                                   \
    "176\0"                                                                                        \
    "20260102 10:00:00 UTC\0"
#define WEAK_REPLY /* of two fields, like openOrderEnd */                                          \
    "\0\0\0\x06"                                                                                   \
    "150\0"                                                                                        \
    "x\0"
#define REDIRECT                                                                                   \
    "\0\0\0\x0f"                                                                                   \
    "-1\0"                                                                                         \
    "127.0.0.1:1\0"
#define START                                                                                      \
    "\0\0\0\x07"                                                                                   \
    "71\0"                                                                                         \
    "2\0"                                                                                          \
    "7\0"
#define NEXT_ID                                                                                    \
    "\0\0\0\x08"                                                                                   \
    "9\0"                                                                                          \
    "1\0"                                                                                          \
    "530\0"
#define ACCOUNTS                                                                                   \
    "\0\0\0\x0d"                                                                                   \
    "15\0"                                                                                         \
    "1\0"                                                                                          \
    "DU11111\0"
#define ORDERS_END                                                                                 \
    "\0\0\0\x05"                                                                                   \
    "53\0"                                                                                         \
    "1\0"
#define RAW_REPLY                                                                                  \
    "\0\0\0\x1a"                                                                                   \
    "222\0"                                                                                        \
    "20260102 10:00:00 UTC\0"
#define RAW_ID   "\0\0\0\x06\0\0\0\xd1\x08\x01" /* nextValidId in protobuf: 209 is 9 + 200 */
#define RAW_TIME "\0\0\0\x06\0\0\0\xf9\x08\x01" /* currentTime */

static char said[16384];

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
    size_t used = strlen(said);
    va_list args;

    va_start(args, format);
    vsnprintf(said + used, sizeof said - used, format, args);
    va_end(args);
}

static void say_frame(struct tws_conversation *c, enum tws_side side, struct tws_cursor payload)
{
    struct tws_opened_frame f;

    if (tws_conversation_open(c, side, payload, &f) == TWS_OPENED_VERSION)
        say("version %d;", (int)f.reply.server_version);
    else
        say("%s%s by %u;", f.message.form == TWS_FORM_PROTOBUF ? "raw " : "",
            tws_message_name(&f.message), f.message.server_version);
}

static void pull(struct tws_conversation *c, enum tws_side side, bool placed)
{
    struct tws_item item;

    while (tws_conversation_next(c, side, &item) == TWS_STREAM_ITEM) {
        struct tws_place place = tws_conversation_place(c, side, &item);

        if (placed && item.kind != TWS_ITEM_OPAQUE)
            say("%llu+%llu ", (unsigned long long)place.offset, (unsigned long long)place.len);
        else if (placed)
            say("%llu ", (unsigned long long)place.offset);
        switch (item.kind) {
        case TWS_ITEM_HELLO:
            say("hello %u..%u;", item.hello.min, item.hello.max);
            break;
        case TWS_ITEM_FRAME:
            say_frame(c, side, item.payload);
            break;
        case TWS_ITEM_OPAQUE:
            say("opaque %d;", (int)item.why);
            break;
        case TWS_ITEM_GAP:
            say("gap %llu %llu;", (unsigned long long)item.missing,
                (unsigned long long)item.skipped);
            break;
        }
    }
}

static void feed(struct tws_conversation *c, enum tws_side side, const char *bytes, size_t n,
                 size_t piece, bool placed)
{
    piece = piece ? piece : n;
    for (size_t at = 0; at < n; at += piece) {
        size_t len = piece < n - at ? piece : n - at;
        const uint8_t *chunk = guarded(bytes + at, len);

        tws_conversation_feed(c, side, (struct tws_cursor){chunk, len});
        pull(c, side, placed);
        unguard(chunk, len);
    }
}

static void gap(struct tws_conversation *c, enum tws_side side, uint64_t missing)
{
    tws_conversation_end(c, side);
    pull(c, side, false);
    tws_conversation_gap(c, side, missing);
    pull(c, side, false);
}

/* One step of a connection: bytes, or a hole. */
struct step {
    enum tws_side side;
    const char *bytes; /* NULL: a hole of `n` bytes */
    size_t n;
};

#define CLIENT(s)                                                                                  \
    {                                                                                              \
        TWS_CLIENT, s, sizeof(s) - 1                                                               \
    }
#define GATEWAY(s)                                                                                 \
    {                                                                                              \
        TWS_GATEWAY, s, sizeof(s) - 1                                                              \
    }
#define HOLE(side, n)                                                                              \
    {                                                                                              \
        side, NULL, n                                                                              \
    }

static void run(enum tws_seen seen, const struct step *steps, size_t n, size_t piece, bool placed)
{
    struct tws_conversation c;

    said[0] = '\0';
    tws_conversation_init(&c, seen, 4096);
    for (size_t i = 0; i < n && steps[i].side; i++) {
        if (steps[i].bytes)
            feed(&c, steps[i].side, steps[i].bytes, steps[i].n, piece, placed);
        else
            gap(&c, steps[i].side, steps[i].n);
    }
    for (int i = 0; i < 2; i++) {
        tws_conversation_end(&c, i ? TWS_GATEWAY : TWS_CLIENT);
        pull(&c, i ? TWS_GATEWAY : TWS_CLIENT, placed);
    }
    tws_conversation_free(&c);
}

#define STEPS_MAX 8

static const struct row {
    const char *name;
    enum tws_seen seen;
    struct step steps[STEPS_MAX];
    const char *want;
} rows[] = {
    {"text",
     TWS_SEEN_START,
     {CLIENT(HELLO), GATEWAY(REPLY), CLIENT(START), GATEWAY(NEXT_ID ACCOUNTS)},
     "hello 100..176;version 176;startApi by 176;nextValidId by 176;managedAccounts by 176;"},
    {"protobuf",
     TWS_SEEN_START,
     {CLIENT(NEW_HELLO), GATEWAY(RAW_REPLY RAW_ID)},
     "hello 100..222;version 222;raw nextValidId by 222;"},
    {"only one frame is the reply",
     TWS_SEEN_START,
     {CLIENT(HELLO), GATEWAY(REPLY REPLY NEXT_ID)},
     "hello 100..176;version 176;unknown by 176;nextValidId by 176;"},
    {"a message may come before it",
     TWS_SEEN_START,
     {CLIENT(HELLO), GATEWAY(NEXT_ID WEAK_REPLY NEXT_ID)},
     "hello 100..176;nextValidId by 0;version 150;nextValidId by 150;"},
    {"a redirect agrees on nothing",
     TWS_SEEN_START,
     {CLIENT(HELLO), GATEWAY(REDIRECT ORDERS_END)},
     "hello 100..176;version -1;openOrderEnd by 0;"},
    {"behind a hole, two fields are no reply",
     TWS_SEEN_START,
     {CLIENT(HELLO), HOLE(TWS_GATEWAY, 30), GATEWAY(ORDERS_END ACCOUNTS NEXT_ID)},
     "hello 100..176;gap 30 0;openOrderEnd by 176;managedAccounts by 176;nextValidId by 176;"},
    {"a true reply is one there, too",
     TWS_SEEN_START,
     {CLIENT(HELLO), HOLE(TWS_CLIENT, 10), GATEWAY(REPLY NEXT_ID)},
     "hello 100..176;version 176;nextValidId by 176;"},
    {"what is not known of the client's offer",
     TWS_SEEN_MIDSTREAM,
     {GATEWAY(ORDERS_END ACCOUNTS NEXT_ID)},
     "openOrderEnd by 178;managedAccounts by 178;nextValidId by 178;"},
    {"an old gateway behind a new client",
     TWS_SEEN_START,
     {CLIENT(NEW_HELLO), HOLE(TWS_GATEWAY, 30), GATEWAY(ORDERS_END ACCOUNTS NEXT_ID)},
     "hello 100..222;gap 30 0;openOrderEnd by 178;managedAccounts by 178;nextValidId by 178;"},
    {"protobuf behind a hole",
     TWS_SEEN_START,
     {CLIENT(NEW_HELLO), HOLE(TWS_GATEWAY, 30), GATEWAY(RAW_ID RAW_TIME RAW_ID)},
     "hello 100..222;gap 30 0;raw nextValidId by 222;raw currentTime by 222;raw nextValidId by "
     "222;"},
    {"what the client does not offer is not agreed on",
     TWS_SEEN_START,
     {CLIENT(HELLO), HOLE(TWS_GATEWAY, 30), GATEWAY(RAW_ID RAW_TIME RAW_ID)},
     "hello 100..176;gap 30 0;raw nextValidId by 0;raw currentTime by 0;raw nextValidId by 0;"},
    {"a hello makes it the start",
     TWS_SEEN_MIDSTREAM,
     {CLIENT(HELLO), GATEWAY(WEAK_REPLY NEXT_ID)},
     "hello 100..176;version 150;nextValidId by 150;"},
    {"not if the gateway has spoken",
     TWS_SEEN_MIDSTREAM,
     {GATEWAY(NEXT_ID ACCOUNTS NEXT_ID), CLIENT(HELLO), GATEWAY(ORDERS_END)},
     "nextValidId by 178;managedAccounts by 178;nextValidId by 178;hello 100..176;openOrderEnd by "
     "176;"},
    {"a legacy hello ends both framings",
     TWS_SEEN_START,
     {CLIENT("63\0"), GATEWAY(NEXT_ID)},
     "hello 63..63;opaque 2;"},
};

Test(conversation, gives_the_same_whatever_the_cuts)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t piece = 0; piece < 40; piece++) {
            run(rows[i].seen, rows[i].steps, STEPS_MAX, piece, false);
            cr_expect_str_eq(said, rows[i].want, "%s, cut to %zu: %s", rows[i].name, piece, said);
        }
    }
}

Test(conversation, says_where_items_are)
{
    static const struct step steps[] = {
        CLIENT(HELLO START),        GATEWAY(REPLY NEXT_ID ACCOUNTS),
        HOLE(TWS_GATEWAY, 100),     GATEWAY(NEXT_ID ACCOUNTS NEXT_ID),
        CLIENT("\xff\xff\xff\xff"),
    };

    for (size_t piece = 0; piece < 40; piece++) {
        run(TWS_SEEN_START, steps, sizeof steps / sizeof steps[0], piece, true);
        cr_expect_str_eq(said,
                         "0+17 hello 100..176;17+11 startApi by 0;0+30 version 176;"
                         "30+12 nextValidId by 176;42+17 managedAccounts by 176;59+100 gap 100 0;"
                         "159+12 nextValidId by 176;171+17 managedAccounts by 176;"
                         "188+12 nextValidId by 176;28 opaque 4;",
                         "cut to %zu: %s", piece, said);
    }
}

static void open_one(struct tws_reading *r, enum tws_side side, const char *framed, size_t n,
                     struct tws_opened_frame *f, enum tws_opened want)
{
    struct tws_cursor payload = {(const uint8_t *)framed + 4, n - 4};

    cr_expect_eq(tws_reading_open(r, side, payload, f), want);
}

Test(conversation, infers_the_only_version_that_is_left)
{
    struct tws_conversation c;
    static const struct tws_hello one = {.min = 203, .max = 203, .readable = true};
    struct tws_opened_frame f;

    tws_conversation_init(&c, TWS_SEEN_START, 4096);
    tws_reading_hello(&c.reading, &one);
    open_one(&c.reading, TWS_GATEWAY, BYTES(RAW_ID), &f, TWS_OPENED_MESSAGE);
    cr_expect_eq(c.reading.server_version, 0, "nothing was missed: the reply is still to come");
    tws_conversation_lost(&c);
    open_one(&c.reading, TWS_GATEWAY, BYTES(RAW_TIME), &f, TWS_OPENED_MESSAGE);
    cr_expect(c.reading.server_version == 0 && c.reading.versions.odd,
              "protobuf of 213 where only 203 is offered");
    tws_reading_init(&c.reading, TWS_SEEN_MIDSTREAM);
    tws_reading_hello(&c.reading, &one);
    open_one(&c.reading, TWS_CLIENT, BYTES(RAW_ID), &f, TWS_OPENED_MESSAGE);
    cr_expect_eq(c.reading.server_version, 203);
    cr_expect(!c.reading.settled, "the reply may still come");
}

Test(conversation, believes_who_knows_the_version)
{
    struct tws_reading r;
    struct tws_opened_frame f;

    tws_reading_init(&r, TWS_SEEN_START);
    tws_reading_agree(&r, 0);
    cr_expect(!r.given);
    tws_reading_agree(&r, 150);
    open_one(&r, TWS_GATEWAY, BYTES(NEXT_ID), &f, TWS_OPENED_MESSAGE);
    cr_expect_eq(f.message.server_version, 150);
    open_one(&r, TWS_GATEWAY, BYTES(REPLY), &f, TWS_OPENED_VERSION);
    cr_expect(f.reply.server_version == 176 && r.server_version == 150 && r.settled);
}

Test(conversation, reads_payloads_of_several_sessions)
{
    static const struct tws_hello hello = {.min = 100, .max = 222, .readable = true};
    struct tws_reading r;
    struct tws_opened_frame f;

    tws_reading_init(&r, TWS_SEEN_PASTED);
    open_one(&r, TWS_GATEWAY, BYTES(ORDERS_END), &f, TWS_OPENED_MESSAGE);
    open_one(&r, TWS_GATEWAY, BYTES(WEAK_REPLY), &f, TWS_OPENED_MESSAGE);
    open_one(&r, TWS_GATEWAY, BYTES(RAW_ID), &f, TWS_OPENED_MESSAGE);
    cr_expect(r.versions.min == 213 && !r.versions.odd, "what contradicts is another session's");
    open_one(&r, TWS_GATEWAY, BYTES(REPLY), &f, TWS_OPENED_VERSION);
    cr_expect_eq(r.server_version, 176);
    tws_reading_hello(&r, &hello);
    cr_expect_eq(r.server_version, 176, "it may be the hello of this session");
    open_one(&r, TWS_GATEWAY, BYTES(RAW_REPLY), &f, TWS_OPENED_VERSION);
    cr_expect_eq(r.server_version, 222);
    tws_reading_hello(&r, &(struct tws_hello){.min = 100, .max = 176, .readable = true});
    cr_expect_eq(r.server_version, 0, "and this is not");
    open_one(&r, TWS_GATEWAY, BYTES(WEAK_REPLY), &f, TWS_OPENED_VERSION);
    cr_expect_eq(r.server_version, 150);
}

Test(conversation, learns_nothing_from_a_try)
{
    struct tws_reading r;
    struct tws_opened_frame f;
    struct tws_cursor reply = {(const uint8_t *)REPLY + 4, sizeof(REPLY) - 5};
    struct tws_cursor id = {(const uint8_t *)NEXT_ID + 4, sizeof(NEXT_ID) - 5};

    tws_reading_init(&r, TWS_SEEN_PASTED);
    cr_expect_eq(tws_reading_try(&r, TWS_GATEWAY, reply, &f), TWS_OPENED_VERSION);
    cr_expect_eq(tws_reading_try(&r, TWS_GATEWAY, id, &f), TWS_OPENED_MESSAGE);
    cr_expect(f.message.server_version == 178 && r.server_version == 0 && r.versions.max == 0);
    tws_reading_message(&r, TWS_GATEWAY, reply, &f.message);
    cr_expect(f.message.row == NULL);
}
