/* schema.h - the tables that describe messages: one row a field, one row a message.
 *
 * A message is described in messages_in.c (gateway to client) or messages_out.c (client to
 * gateway), what protobuf messages hold in records.c, and nowhere else; decoding, masking, matching
 * of answers and `twstap schema` read the rows.  columns.h tells how they are written.  Facts: the
 * project's protocol tables for server versions 100..226. */
#ifndef TWS_SCHEMA_H
#define TWS_SCHEMA_H
#include "wire.h"

#define TWS_ID_LIMIT        112u /* base ids are below this, in both directions */
#define TWS_RAW_ID_SINCE    201u /* from this server version a frame starts with a raw 4-byte id */
#define TWS_PROTOBUF_OFFSET 200  /* raw id = base id + 200 for the protobuf form */
#define TWS_VERSION_MIN     100u
#define TWS_VERSION_MAX     226u /* newest server version the tables know */

enum tws_type {
    TWS_SAME_TYPE, /* in proto_type: as in the text form */
    TWS_INT,       /* 32 or 64 bit; empty text is 0; protobuf int32, int64 */
    TWS_INT_MAX,   /* empty text means unset */
    TWS_BOOL,
    TWS_DOUBLE,     /* empty text is 0 */
    TWS_DOUBLE_MAX, /* empty text means unset */
    TWS_DECIMAL,    /* number kept as text, exact */
    TWS_MASK,       /* bit set */
    TWS_STRING,
    TWS_EPOCH_S,
    TWS_EPOCH_MS,
    TWS_TAGVALUES, /* "tag=value;" repeated, in one text */
    TWS_RECORD,    /* protobuf only: a nested message */
};

/* What a value means beyond its type. */
enum tws_meaning {
    TWS_PLAIN,
    TWS_REQUEST_ID,
    TWS_ORDER_ID,
    TWS_CLIENT_ID,
    TWS_ACCOUNT,  /* one account id: sensitive */
    TWS_ACCOUNTS, /* account ids between commas or slashes: sensitive */
    TWS_ERROR_CODE,
    TWS_ERROR_TEXT, /* free text that may quote accounts */
    TWS_FREE_TEXT,
    TWS_PRICE,
    TWS_QUANTITY,
    TWS_MONEY,
    TWS_TIMESTAMP,
    TWS_SYMBOL,
    TWS_CON_ID,
    TWS_SECRET,        /* names, verification data: never shown unless asked */
    TWS_ADVISOR_GROUP, /* the same, but for "All" */
    TWS_ACCOUNT_KEY,   /* names the value that follows ... */
    TWS_ACCOUNT_VALUE, /* ... which is an account id for some keys (tws_names_account) */
    TWS_DOCUMENT,      /* XML of the advisor messages: account ids and names among others */
};

/* What the text form of a field depends on.  layout.c has the conditions themselves. */
enum tws_when {
    TWS_WHEN_ALWAYS,
    TWS_WHEN_BAG,                    /* secType == BAG */
    TWS_WHEN_FUND,                   /* secType == FUND */
    TWS_WHEN_PEG_BENCH,              /* orderType in PEG BENCH, PEGBENCH */
    TWS_WHEN_PEG_BEST,               /* orderType in PEG BEST, PEGBEST */
    TWS_WHEN_PEG_MID,                /* orderType in PEG MID, PEGMID, or the offset is infinite */
    TWS_WHEN_DELTA_NEUTRAL_ORDER,    /* deltaNeutralOrderType is not empty */
    TWS_WHEN_DELTA_NEUTRAL_CONTRACT, /* deltaNeutralContractPresent == 1 */
    TWS_WHEN_SCALED,                 /* scalePriceIncrement > 0 */
    TWS_WHEN_HEDGED,                 /* hedgeType is not empty */
    TWS_WHEN_ALGO,                   /* algoStrategy is not empty */
    TWS_WHEN_IBKRATS,                /* exchange == IBKRATS */
    TWS_WHEN_CONDITIONAL,            /* conditionsCount > 0 */
    TWS_WHEN_COND_PRICE,             /* conditionType == 1 */
    TWS_WHEN_COND_TIME,              /* 3 */
    TWS_WHEN_COND_MARGIN,            /* 4 */
    TWS_WHEN_COND_EXECUTION,         /* 5 */
    TWS_WHEN_COND_VOLUME,            /* 6 */
    TWS_WHEN_COND_CHANGE,            /* 7 */
    TWS_WHEN_COND_COMPARES,          /* in 1, 3, 4, 6, 7 */
    TWS_WHEN_COND_CONTRACT,          /* in 1, 6, 7 */
    TWS_WHEN_TICK_LAST,              /* tickType in 1, 2 */
    TWS_WHEN_TICK_BID_ASK,           /* tickType == 3 */
    TWS_WHEN_TICK_MIDPOINT,          /* tickType == 4 */
    TWS_WHEN_OPTION_MODEL,           /* version >= 6, or tickType in 13, 83 */
    TWS_WHEN_TWO_LEFT,               /* at least two fields are left in the frame */
    TWS_WHENS
};

/* Fields that conditions look at; the text of each is kept while its message is walked. */
enum tws_keep {
    TWS_KEEP_NOT,
    TWS_KEEP_VERSION, /* the version field of the message itself */
    TWS_KEEP_SEC_TYPE,
    TWS_KEEP_ORDER_TYPE,
    TWS_KEEP_COMPETE_OFFSET,
    TWS_KEEP_DELTA_NEUTRAL_ORDER,
    TWS_KEEP_DELTA_NEUTRAL_CONTRACT,
    TWS_KEEP_SCALE_INCREMENT,
    TWS_KEEP_HEDGE_TYPE,
    TWS_KEEP_ALGO_STRATEGY,
    TWS_KEEP_EXCHANGE,
    TWS_KEEP_CONDITIONS_COUNT,
    TWS_KEEP_CONDITION_TYPE,
    TWS_KEEP_TICK_TYPE,
    TWS_KEEPS
};

#define TWS_NOT_IN_TEXT 0xffu

struct tws_names;
struct tws_record;

/* One row a field.  The columns are told in columns.h. */
struct tws_field {
    const char *name;
    uint8_t type; /* enum tws_type */
    uint16_t tag, since, until;
    uint8_t mv, in;
    uint8_t means;      /* enum tws_meaning */
    uint8_t when;       /* enum tws_when */
    uint8_t keep;       /* enum tws_keep */
    uint8_t proto_type; /* enum tws_type; TWS_SAME_TYPE: `type` */
    bool repeated;      /* protobuf: any number of values */
    bool is_key;        /* the message's key, although its meaning does not say so */
    const char *group;  /* text: this field counts the group of that name; NULL: it is a value */
    const struct tws_names *names;   /* of its values; NULL: they have none */
    const struct tws_record *record; /* protobuf: the nested message */
    const char *proto_name;          /* NULL: `name` */
    const char *path; /* protobuf: "order.lmtPrice"; NULL: none, or the tag says it */
};

/* A message within a message. */
struct tws_record {
    const char *name; /* of the protobuf message */
    const struct tws_field *fields;
    uint16_t n_fields;
};

/* How a request's answers are found. */
enum tws_key {
    TWS_KEY_NONE,
    TWS_KEY_BY_TYPE,
    TWS_KEY_BY_REQ_ID,
    TWS_KEY_BY_ORDER_ID,
    TWS_KEY_BY_RULE_ID
};

/* Where a message carries its reqId or orderId (or the field that is_key), as derive.c finds it. */
struct tws_key_place {
    uint8_t text_ordinal; /* 1-based field after the id while there is a version field; 0: none */
    uint16_t no_version_since; /* from this server version the message has no version field (and so
                                * the key stands one place earlier); 0: the ordinal never moves */
    uint16_t tag;              /* protobuf field number of the key; 0: none at top level */
};

struct tws_message_row {
    const char *name;               /* official name; NULL: no such id */
    const char *proto;              /* protobuf message name; NULL: text only */
    uint16_t protobuf_since;        /* first server version that uses the protobuf form; 0: none */
    bool text_form;                 /* has a text form at all */
    uint16_t since;                 /* first server version that has the message; 0: all known.
                                     * Nothing is refused for it. */
    const struct tws_field *fields; /* NULL until described: values are listed without names */
    uint16_t n_fields;
    struct tws_key_place key;
    /* Text rows one after the other that each version has and on which nothing depends: where they
     * begin, and how many they are.  Only for speed; derive.c finds them. */
    uint16_t plain_from, plain;
    const char *says; /* the message in a line, see output/meaning.h; NULL: nothing but its name */
};

extern const struct tws_message_row tws_messages_in[TWS_ID_LIMIT];  /* gateway to client */
extern const struct tws_message_row tws_messages_out[TWS_ID_LIMIT]; /* client to gateway */

/* The row of base id `id` as sent by `dir`; NULL when the tables do not know it.  Inline: asked for
 * every frame that is relayed. */
static inline const struct tws_message_row *tws_schema_find(enum tws_side dir, int32_t id)
{
    const struct tws_message_row *rows = dir == TWS_CLIENT ? tws_messages_out : tws_messages_in;

    if (id < 0 || id >= (int32_t)TWS_ID_LIMIT || rows[id].name == NULL)
        return NULL;
    return &rows[id];
}

/* The base id of an official name sent by `dir`; -1: unknown. */
int32_t tws_schema_id(enum tws_side dir, const char *name);

/* May text row `f` be present at server version `sv`? */
static inline bool tws_field_at(const struct tws_field *f, uint32_t sv)
{
    return f->in != TWS_NOT_IN_TEXT && sv >= f->since && (f->until == 0 || sv < f->until);
}

static inline enum tws_type tws_proto_type(const struct tws_field *f)
{
    return f->proto_type != TWS_SAME_TYPE ? (enum tws_type)f->proto_type : (enum tws_type)f->type;
}

/* The protobuf wire type that carries one value of this type. */
static inline enum tws_wire_type tws_wire_type_of(enum tws_type type)
{
    switch (type) {
    case TWS_INT:
    case TWS_INT_MAX:
    case TWS_BOOL:
    case TWS_MASK:
    case TWS_EPOCH_S:
    case TWS_EPOCH_MS:
        return TWS_WIRE_VARINT;
    case TWS_DOUBLE:
    case TWS_DOUBLE_MAX:
        return TWS_WIRE_FIXED64;
    case TWS_DECIMAL:
    case TWS_STRING:
    case TWS_TAGVALUES:
    case TWS_RECORD:
    case TWS_SAME_TYPE:
        break;
    }
    return TWS_WIRE_BYTES;
}
#endif
