#include "doctor.h"
#include "host.h"
#include "look.h"
#include "talk.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* In this order, those of the kernel first: each may look at what those before it found. */
static void (*const kernel_layers[])(struct look *l, struct diag_report *r) = {
    [DIAG_PROCESS] = layer_process, [DIAG_LISTENER] = layer_listener, [DIAG_QUEUE] = layer_queue,
    [DIAG_SOCKETS] = layer_sockets, [DIAG_UPSTREAM] = layer_upstream, [DIAG_FILES] = layer_files,
};

static void set_address(struct look *l, struct doctor_ask *ask)
{
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)&ask->to;

    if (ask->to_len)
        return;
    four->sin_family = AF_INET;
    four->sin_port = htons(l->to.port);
    memcpy(&four->sin_addr, l->to.addr, 4);
    ask->to_len = sizeof *four;
}

/* The Gateway's own word about its links to IB outweighs what its sockets look like. */
static void upstream_by_word(const struct talk *t, struct diag_report *r)
{
    uint32_t farms = tws_upstream_count(&t->upstream, TWS_FARM_OK, NULL);

    if (t->upstream.link == TWS_LINK_LOST) {
        *r = (struct diag_report){0};
        diag_broken(r, "upstream-lost", TWS_CERTAIN,
                    "the Gateway says that it lost its connection to IB (1100 or 2110)");
    } else if (farms) {
        *r = (struct diag_report){0};
        diag_works(r, "the Gateway says that it is connected to IB (%u data farm%s)", farms,
                   farms == 1 ? "" : "s");
    } else if (r->result == DIAG_BROKEN && t->end == TALK_DONE) {
        *r = (struct diag_report){0};
        diag_attention(r, "no connection from the Gateway to IB was seen, and yet it answers");
    }
}

static void run_session(struct look *l, struct talk *t)
{
    talk_run(t, l->ask);
    l->talk = t;
    upstream_by_word(t, &l->d->layers[DIAG_UPSTREAM]);
}

void doctor_look(const struct doctor_ask *ask, struct diagnosis *out, struct doctor_ask *found)
{
    struct doctor_ask asked = *ask;
    struct look *l = calloc(1, sizeof *l);
    struct talk *t = calloc(1, sizeof *t);

    *out = (struct diagnosis){.ts_ns = host_now_ns(), .broken_at = -1};
    if (l && t) {
        l->ask = &asked;
        l->d = out;
        look_around(l);
        set_address(l, &asked);
        look_addr(&l->to, out->address);
        for (size_t i = 0; i < sizeof kernel_layers / sizeof kernel_layers[0]; i++)
            kernel_layers[i](l, &out->layers[i]);
        if (!look_no_session(l))
            run_session(l, t);
        layer_handshake(l, &out->layers[DIAG_HANDSHAKE]);
        layer_settings(l, &out->layers[DIAG_SETTINGS]);
        look_free(l);
    }
    if (found)
        *found = asked;
    free(l);
    free(t);
    diagnosis_decide(out);
}
