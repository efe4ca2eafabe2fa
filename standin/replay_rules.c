#include "replay_rules.h"
#include "schema.h"

static bool has_key(const struct tws_message_row *row)
{
    return row && (row->key.text_ordinal || row->key.tag);
}

enum replay_space replay_space_of(enum tws_side dir, int32_t id)
{
    /* Where the key is not a reqId. */
    static const struct {
        enum tws_side dir;
        int32_t id;
        enum replay_space space;
    } others[] = {
        {TWS_CLIENT, 3, REPLAY_ORDER_IDS},  /* placeOrder */
        {TWS_CLIENT, 4, REPLAY_ORDER_IDS},  /* cancelOrder */
        {TWS_CLIENT, 21, REPLAY_ORDER_IDS}, /* exerciseOptions: its answers bear it as orderId */
        {TWS_CLIENT, 91, REPLAY_FIXED},     /* reqMarketRule */
        {TWS_GATEWAY, 3, REPLAY_ORDER_IDS}, /* orderStatus */
        {TWS_GATEWAY, 4, REPLAY_EITHER},      {TWS_GATEWAY, 5, REPLAY_ORDER_IDS}, /* openOrder */
        {TWS_GATEWAY, 9, REPLAY_NO_KEY},      /* nextValidId: news, and not a key */
        {TWS_GATEWAY, 93, REPLAY_FIXED},      /* marketRule */
        {TWS_GATEWAY, 100, REPLAY_ORDER_IDS}, /* orderBound */
    };

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (others[i].dir == dir && others[i].id == id)
            return others[i].space;
    return has_key(tws_schema_find(dir, id)) ? REPLAY_REQ_IDS : REPLAY_NO_KEY;
}

static bool among(const uint8_t *ids, size_t n, int32_t id)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] == id)
            return true;
    return false;
}

bool replay_continues(int32_t id)
{
    static const uint8_t ids[] = {2,  4,  11, 23, 25, 51, 53, 56,  57,  63,  69, 70,
                                  75, 77, 89, 90, 93, 95, 98, 101, 103, 106, 107};

    return among(ids, sizeof ids, id);
}

bool replay_firm(int32_t id)
{
    static const uint8_t ids[] = {4,  9,   15,  16,  17,  19,  49,  51,  52,  53,  54, 55,
                                  57, 62,  64,  65,  66,  67,  69,  70,  72,  74,  76, 77,
                                  78, 79,  80,  82,  83,  85,  87,  88,  89,  93,  96, 97,
                                  98, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111};

    return among(ids, sizeof ids, id);
}

const char *replay_changes(int32_t id)
{
    static const struct {
        int32_t id;
        const char *what;
    } rows[] = {
        {3, "places or changes an order"},
        {4, "cancels an order"},
        {15, "binds orders of the TWS window to this client"},
        {19, "replaces the advisor's groups"},
        {21, "exercises options"},
        {58, "cancels all orders"},
        {69, "changes what a window of TWS shows"},
        {109, "changes the API's configuration"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].id == id)
            return rows[i].what;
    return NULL;
}

bool replay_tells_change(int32_t id)
{
    static const uint8_t ids[] = {3, 4, 5, 68, 100, 103, 111};

    return among(ids, sizeof ids, id);
}
