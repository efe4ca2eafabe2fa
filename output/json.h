/* json.h - events as JSON Lines, one object a line, "v":1 first.
 *
 * Every line is valid JSON in UTF-8.  A byte that is not UTF-8 stands as \u00XX of its value.
 * Numbers are numbers as long as a reader with doubles gets every digit; a longer one (a decimal of
 * more than 15 digits, an integer beyond 2^53) is a string.  Unset values are null. */
#ifndef TWS_JSON_H
#define TWS_JSON_H
#include "event.h"
#include "mask.h"
#include "out.h"
#include "view.h"

struct json_keys;

struct json_sink {
    struct out *out;   /* borrowed */
    struct mask *mask; /* borrowed */
    bool hex;          /* add `hex`, the payload (masked unless accounts are shown) */
    char *line;        /* owned: a growing line buffer, bounded by JSON_LINE_MAX */
    size_t cap;
    struct view view;                        /* private: the masked frame */
    uint64_t second;                         /* private: the second that `stamp` says */
    char stamp[24];                          /* private: "2025-11-24T13:03:05" */
    struct json_keys *keys[2][TWS_ID_LIMIT]; /* private, owned: of messages met, by side and id */
};

#define JSON_LINE_MAX                                                                              \
    (4u * 1024u * 1024u) /* a longer value is cut, and the event says "cut":true */

bool json_sink_init(struct json_sink *j, struct out *out, struct mask *mask, bool hex);
void json_sink_free(struct json_sink *j);

/* The sink that writes to `j`: all kinds but the session's state, which is internal. */
struct tws_sink json_sink(struct json_sink *j);

void json_put(void *json_sink, const struct tws_event *ev);
#endif
