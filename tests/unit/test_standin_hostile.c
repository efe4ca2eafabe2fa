#include "frame.h"
#include "hello.h"
#include "message.h"
#include "standin.h"
#include "stream.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Clients that are not polite, byte by byte: raw sockets beside the stand-in's loop. */

static struct ev_loop *loop;
static struct standin *standin;

static void begin(const char *scenario, uint32_t version)
{
    struct standin_config config;
    const char *why = NULL;

    standin_config_default(&config);
    ((struct sockaddr_in *)&config.listen)->sin_port = 0;
    config.scenario = scenario;
    config.server_version = version;
    loop = ev_loop_new(0);
    standin = standin_open(loop, &config, &why);
    cr_assert(standin, "%s", why);
}

static void end(void)
{
    standin_close(standin);
    ev_loop_destroy(loop);
}

static int dial(void)
{
    struct sockaddr_storage to;
    socklen_t len;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    standin_bound(standin, &to, &len);
    cr_assert_eq(connect(fd, (struct sockaddr *)&to, len), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void on_pause(struct ev_loop *l, ev_timer *w, int events)
{
    (void)w;
    (void)events;
    ev_break(l, EVBREAK_ALL);
}

static void turn(double seconds)
{
    ev_timer pause;

    ev_timer_init(&pause, on_pause, seconds, 0);
    ev_timer_start(loop, &pause);
    ev_run(loop, 0);
    ev_timer_stop(loop, &pause);
}

/* Give all of it, turning the stand-in's loop meanwhile. False: it closed. */
static bool give(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;

    while (n) {
        ssize_t did = send(fd, p, n, MSG_NOSIGNAL);

        if (did < 0 && errno != EAGAIN)
            return false;
        if (did < 0) {
            turn(0.001);
            continue;
        }
        p += did;
        n -= (size_t)did;
    }
    turn(0.0005);
    return true;
}

/* Read until `ids` frames named by `id` came, or the end; returns how many came. */
static unsigned hear(int fd, uint32_t version, int32_t id, unsigned ids, bool *ended)
{
    struct tws_stream in;
    struct tws_item item;
    struct tws_message m;
    unsigned found = 0, frames = 0;
    uint8_t b[4096];
    double began = ev_time();

    *ended = false;
    tws_stream_init(&in, TWS_GATEWAY, TWS_FRAME_MAX);
    while (found < ids && !*ended && ev_time() - began < 5) {
        ssize_t n = read(fd, b, sizeof b);

        if (n < 0 && errno == EAGAIN) {
            turn(0.001);
            continue;
        }
        if (n <= 0) {
            *ended = true;
            continue;
        }
        tws_stream_feed(&in, (struct tws_cursor){b, (size_t)n});
        while (tws_stream_next(&in, &item) == TWS_STREAM_ITEM) {
            if (item.kind != TWS_ITEM_FRAME || frames++ == 0)
                continue; /* the first is the version */
            tws_message_open(TWS_GATEWAY, version, item.payload, &m);
            found += m.id == id;
        }
    }
    tws_stream_free(&in);
    return found;
}

#define HELLO "API\0\0\0\0\x09v100..226"
#define START                                                                                      \
    "\0\0\0\x08"                                                                                   \
    "71\0"                                                                                         \
    "2\0"                                                                                          \
    "7\0"                                                                                          \
    "\0"
#define TIME                                                                                       \
    "\0\0\0\x05"                                                                                   \
    "49\0"                                                                                         \
    "1\0"
#define GIVE(fd, text) give((fd), (text), sizeof(text) - 1)

Test(standin_hostile, takes_any_cutting)
{
    static const char all[] = HELLO START TIME;
    bool ended;

    begin("healthy", 176);
    for (size_t cut = 1; cut < sizeof all - 1; cut++) {
        int fd = dial();

        give(fd, all, cut);
        give(fd, all + cut, sizeof all - 1 - cut);
        cr_expect_eq(hear(fd, 176, 49, 1, &ended), 1, "cut at %zu", cut);
        close(fd);
        turn(0.002);
    }
    end();
}

Test(standin_hostile, a_client_id_is_held_once_and_given_back)
{
    int first, second;
    bool ended;

    begin("healthy", 176);
    first = dial();
    GIVE(first, HELLO START);
    cr_expect_eq(hear(first, 176, 9, 1, &ended), 1);
    second = dial();
    GIVE(second, HELLO START);
    cr_expect_eq(hear(second, 176, 4, 2, &ended), 1, "one error");
    cr_expect(ended, "and a close");
    close(second);
    close(first);
    turn(0.01);
    second = dial();
    GIVE(second, HELLO START);
    cr_expect_eq(hear(second, 176, 9, 1, &ended), 1, "free again");
    close(second);
    end();
}

Test(standin_hostile, what_was_asked_before_a_fin_is_answered)
{
    bool ended;
    int fd;

    begin("healthy", 176);
    fd = dial();
    GIVE(fd, HELLO START TIME);
    shutdown(fd, SHUT_WR);
    cr_expect_eq(hear(fd, 176, 49, 2, &ended), 1);
    cr_expect(ended);
    close(fd);
    end();
}

Test(standin_hostile, who_never_reads_is_closed)
{
    static const char ask[] = "\0\0\0\x28"
                              "9\0"
                              "8\0"
                              "1\0"
                              "0\0"
                              "AAPL\0"
                              "STK\0"
                              "\0"
                              "0\0"
                              "\0\0"
                              "SMART\0"
                              "\0"
                              "USD\0"
                              "\0\0"
                              "0\0"
                              "\0\0"
                              "\0";
    static char many[100 * (sizeof ask - 1)];
    bool open = true;
    int fd;

    begin("healthy", 176);
    fd = dial();
    GIVE(fd, HELLO START);
    for (int i = 0; i < 100; i++)
        memcpy(many + (size_t)i * (sizeof ask - 1), ask, sizeof ask - 1);
    for (int i = 0; i < 200 && open; i++)
        open = give(fd, many, sizeof many);
    cr_expect(!open, "its queue is bounded");
    close(fd);
    end();
}

Test(standin_hostile, what_is_not_tws_is_not_answered)
{
    static const struct {
        const char *bytes;
        size_t n;
    } rows[] = {
        {"GET / HTTP/1.1\r\n\r\n", 18},
        {"\x16\x03\x01\x02\x00\x01", 6},
        {"63\0", 3},
        {"API\0\x7f\xff\xff\xff", 8},
        {"API\0\xff\xff\xff\xff", 8},
        {"API\0\0\0\0\0", 8},
        {"API\0\0\0\0\x04"
         "v999",
         12},
        {"API\0\0\0\0\x09"
         "v100..226"
         "\xff\xff\xff\xff",
         21},
        {"API\0\0\0\0\x09"
         "v100..226"
         "\0\0\0\0",
         21},
        {"API\0\0\0\0\x09"
         "v100..226"
         "\0\0\0\x02"
         "ab",
         23},
    };
    bool ended;
    int fd;

    begin("healthy", 226);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fd = dial();
        give(fd, rows[i].bytes, rows[i].n);
        turn(0.005);
        close(fd);
    }
    fd = dial();
    GIVE(fd, HELLO "\0\0\0\x06\0\0\x01\x0f\x08\x07");
    cr_expect_eq(hear(fd, 226, 9, 1, &ended), 1, "a client that is well still is");
    close(fd);
    end();
}

/* Bytes that look like requests and are not: any id, any body. */
Test(standin_hostile, outlives_random_frames)
{
    static const uint32_t versions[] = {100, 176, 200, 203, 212, 226};
    char frame[64];
    bool ended;

    srand(1);
    for (size_t v = 0; v < sizeof versions / sizeof versions[0]; v++) {
        int fd;

        begin("healthy", versions[v]);
        for (int i = 0; i < 15; i++) {
            fd = dial();
            GIVE(fd, HELLO);
            if (versions[v] < 201)
                GIVE(fd, START);
            else if (versions[v] < 213)
                GIVE(fd, "\0\0\0\x09\0\0\0\x47"
                         "2\0"
                         "7\0"
                         "\0");
            else
                GIVE(fd, "\0\0\0\x06\0\0\x01\x0f\x08\x07");
            for (int k = 0; k < 30; k++) {
                int body = rand() % 40, id = rand() % 112, n;

                if (versions[v] < 201) {
                    n = snprintf(frame + 4, 8, "%d", id) + 1;
                } else {
                    memcpy(frame + 4, (uint8_t[4]){0, 0, (uint8_t)(rand() % 2), (uint8_t)id}, 4);
                    n = 4;
                }
                for (int b = 0; b < body; b++)
                    frame[4 + n + b] = (char)(rand() % 3 ? rand() % 64 : 0);
                memcpy(frame, (uint8_t[4]){0, 0, 0, (uint8_t)(n + body)}, 4);
                if (!give(fd, frame, (size_t)(4 + n + body)))
                    break;
            }
            close(fd);
            turn(0.001);
        }
        fd = dial();
        GIVE(fd, "API\0\0\0\0\x09v100..176");
        GIVE(fd, START);
        cr_expect_eq(hear(fd, versions[v] < 176 ? versions[v] : 176, 9, 1, &ended), 1, "%u",
                     versions[v]);
        close(fd);
        end();
    }
}
