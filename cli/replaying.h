/* replaying.h - what `serve --from` and `play` have in common. */
#ifndef TWS_REPLAYING_H
#define TWS_REPLAYING_H
#include "passive.h"
#include "recording.h"

struct replaying {
    const char *command; /* for messages */
    struct ports ports;
    uint32_t conn; /* --conn; 0: all */
    double speed;  /* 0: without pauses */
    bool whole_frames;
};

/* Ready-made `take` functions; `at` is the field's offset. */
bool take_speed(void *to, size_t at, const char *value);    /* double */
bool take_segments(void *to, size_t at, const char *value); /* bool: whole frames */
#define EXPECTS_SPEED    "a number from 0.001 to 100000, or max"
#define EXPECTS_SEGMENTS "frame or recorded"

/* The rows of both commands; `type` has a struct replaying named `member`. */
#define REPLAYING_ROWS(type, member)                                                               \
    {"conn",                                                                                       \
     0,                                                                                            \
     "N",                                                                                          \
     "only recorded connection N, as `twstap read` numbers them",                                  \
     EXPECTS_COUNT,                                                                                \
     take_count,                                                                                   \
     offsetof(type, member) + offsetof(struct replaying, conn)},                                   \
        {"speed",                                                                                  \
         0,                                                                                        \
         "N",                                                                                      \
         "N times as fast as recorded; 0 or max: without pauses (default: 1)",                     \
         EXPECTS_SPEED,                                                                            \
         take_speed,                                                                               \
         offsetof(type, member) + offsetof(struct replaying, speed)},                              \
        {"segments",                                                                               \
         0,                                                                                        \
         "WHAT",                                                                                   \
         "one send for each recorded segment, or for each frame (default: recorded)",              \
         EXPECTS_SEGMENTS,                                                                         \
         take_segments,                                                                            \
         offsetof(type, member) + offsetof(struct replaying, whole_frames)},                       \
    {                                                                                              \
        "port", 0, "P,..", "ports of the recorded Gateway (as in `twstap read`)", EXPECTS_PORTS,   \
            take_ports, offsetof(type, member) + offsetof(struct replaying, ports)                 \
    }

void replaying_default(struct replaying *r, const char *command);

/* Load `path`, and say on standard error what is missing in it.  NULL: the reason was said. */
struct recording *replaying_load(const struct replaying *r, const char *path);

/* A line of a replay to standard output. */
void replaying_say(void *ctx, const char *line);
#endif
