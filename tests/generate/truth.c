/* truth.c - what a verdict must say, as a line of JSON. */
#include "truth.h"
#include <stdlib.h>
#include <string.h>

void truth_add(const char **list, size_t size, const char *what)
{
    size_t n = 0;

    while (n < size && list[n])
        n++;
    if (n + 1 >= size)
        abort();
    list[n] = what;
}

void truth_healthy(struct truth *t)
{
    memset(t->stage, 0, sizeof t->stage);
    memset(t->silent, 0, sizeof t->silent);
    memset(t->modes, 0, sizeof t->modes);
    TRUTH_ADD(t->stage, "healthy");
    TRUTH_ADD(t->silent, "nobody");
    t->tell = true;
    t->alarms = ALARMS_NONE;
    t->since[0] = t->since[1] = 0;
}

void truth_trouble(struct truth *t, const char *stage, const char *silent, uint64_t from,
                   uint64_t to)
{
    truth_healthy(t);
    t->stage[0] = stage;
    t->silent[0] = silent;
    t->since[0] = from;
    t->since[1] = to;
    t->tell = false;
    t->alarms = ALARMS_MAY;
}

static bool has(const char *const *list, const char *what)
{
    for (; *list; list++)
        if (strcmp(*list, what) == 0)
            return true;
    return false;
}

void truth_blur(struct truth *t, bool of_gateway)
{
    /* What a window, a retransmission or a code shows, no loss in the capture explains. */
    if (of_gateway && has(t->silent, "gateway"))
        t->most = "likely";
    if (t->stage[0] && !has(t->stage, "healthy"))
        TRUTH_ADD(t->stage, "healthy");
    if (t->silent[0] && !has(t->silent, "nobody"))
        TRUTH_ADD(t->silent, "nobody");
    memset(t->modes, 0, sizeof t->modes);
    memset(t->mention, 0, sizeof t->mention);
    t->since[0] = t->since[1] = 0;
    t->tell = false;
}

static void put_address(FILE *to, const char *key, uint32_t a, uint16_t port)
{
    fprintf(to, "\"%s\":\"%u.%u.%u.%u:%u\"", key, a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255,
            port);
}

/* Nothing in these lists needs an escape. */
static void put_list(FILE *to, const char *key, const char *const *list)
{
    fprintf(to, ",\"%s\":[", key);
    for (size_t i = 0; list[i]; i++) {
        if (strcmp(list[i], "healthy") == 0)
            fprintf(to, "%snull", i ? "," : "");
        else
            fprintf(to, "%s\"%s\"", i ? "," : "", list[i]);
    }
    fputc(']', to);
}

void truth_write(const struct truth *t, const struct truth_ends *ends, uint64_t group, FILE *to)
{
    fputc('{', to);
    put_address(to, "client", ends->client, ends->client_port);
    fputc(',', to);
    put_address(to, "gateway", ends->gateway, ends->gateway_port);
    fprintf(to, ",\"group\":%llu,\"behaviour\":\"%s\",\"kinds\":\"%s\",\"script\":\"%s\"",
            (unsigned long long)group, t->behaviour, t->kinds ? t->kinds : "", t->script);
    fprintf(to, ",\"seen\":\"%s\",\"tell\":%s,\"alarms\":\"%s\"", t->seen,
            t->tell ? "true" : "false", t->alarms == ALARMS_NONE ? "none" : "may");
    put_list(to, "stage", t->stage);
    put_list(to, "silent", t->silent);
    put_list(to, "modes", t->modes);
    put_list(to, "also", t->also);
    put_list(to, "nots", t->nots);
    put_list(to, "never", t->never);
    put_list(to, "mention", t->mention);
    fprintf(to, ",\"ended\":%llu,\"judged\":%llu", (unsigned long long)t->ended_ns,
            (unsigned long long)t->judged_ns);
    fprintf(to, ",\"since\":[%llu,%llu],\"most\":\"%s\",\"by\":\"%s\"}}\n",
            (unsigned long long)t->since[0], (unsigned long long)t->since[1],
            t->most ? t->most : "certain", t->by ? t->by : "");
}
