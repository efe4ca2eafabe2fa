#include "filter.h"
#include "view.h"
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_LEN 80u

bool filter_is_set(const struct filter *f)
{
    return f->only || f->not || f->has_req || f->dir != TWS_NOBODY;
}

/* The list's item at `at`, as a text; the place behind it, NULL at the end. */
static const char *next_item(const char *at, char item[NAME_MAX_LEN], size_t *len)
{
    *len = strcspn(at, ",");
    snprintf(item, NAME_MAX_LEN, "%.*s", (int)(*len < NAME_MAX_LEN ? *len : NAME_MAX_LEN - 1), at);
    return at[*len] ? at + *len + 1 : NULL;
}

static bool is_in(const char *list, const char *name)
{
    char item[NAME_MAX_LEN];
    size_t len;

    while (list) {
        list = next_item(list, item, &len);
        if (fnmatch(item, name, 0) == 0)
            return true;
    }
    return false;
}

/* The reqId or orderId by its place, or wherever in the message it is. */
static bool has_id(const struct tws_message *m, int64_t id)
{
    struct tws_value v;
    int64_t key;

    if (tws_message_key(m, &key))
        return key == id;
    return (tws_message_find(m, TWS_ORDER_ID, &v) || tws_message_find(m, TWS_REQUEST_ID, &v)) &&
           v.kind == TWS_VALUE_INT && v.integer == id;
}

bool filter_passes(const struct filter *f, const struct tws_event *frame)
{
    const struct tws_message *m = frame->u.frame.message;

    if (f->dir != TWS_NOBODY && frame->u.frame.dir != f->dir)
        return false;
    if (f->has_req && !(m && has_id(m, f->req)))
        return false;
    if (f->only && !is_in(f->only, view_frame_name(frame)))
        return false;
    return !f->not || !is_in(f->not, view_frame_name(frame));
}

static void put(void *ctx, const struct tws_event *ev)
{
    const struct filter *f = ctx;

    if (ev->kind != TWS_EV_FRAME || filter_passes(f, ev))
        f->to.put(f->to.ctx, ev);
}

struct tws_sink filter_sink(struct filter *f, struct tws_sink to)
{
    f->to = to;
    return (struct tws_sink){put, f, to.wants};
}

static bool is_known(const char *pattern)
{
    static const enum tws_side sides[] = {TWS_CLIENT, TWS_GATEWAY};

    if (fnmatch(pattern, "hello", 0) == 0 || fnmatch(pattern, "version", 0) == 0 ||
        fnmatch(pattern, "unknown", 0) == 0)
        return true;
    for (size_t i = 0; i < 2; i++) {
        for (int32_t id = 0; id < (int32_t)TWS_ID_LIMIT; id++) {
            const struct tws_message_row *row = tws_schema_find(sides[i], id);

            if (row && fnmatch(pattern, row->name, 0) == 0)
                return true;
        }
    }
    return false;
}

bool filter_names_known(const char *list, const char **name, size_t *len)
{
    char item[NAME_MAX_LEN];

    while (list) {
        *name = list;
        list = next_item(list, item, len);
        if (!is_known(item))
            return false;
    }
    return true;
}
