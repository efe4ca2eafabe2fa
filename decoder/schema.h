/* schema.h - the tables that describe messages: one row a field, one row a message.
 *
 * A message is described in messages_in.c (gateway to client) or messages_out.c (client to gateway)
 * and nowhere else; decoding, masking, matching of answers and `twstap schema` read the rows.
 * Rows stand in text order.  Facts: the project's protocol tables for server versions 100..226. */
#ifndef TWS_SCHEMA_H
#define TWS_SCHEMA_H
#include "bytes.h"

#define TWS_ID_LIMIT        112u /* base ids are below this, in both directions */
#define TWS_RAW_ID_SINCE    201u /* from this server version a frame starts with a raw 4-byte id */
#define TWS_PROTOBUF_OFFSET 200  /* raw id = base id + 200 for the protobuf form */
#define TWS_VERSION_MIN     100u
#define TWS_VERSION_MAX     226u /* newest server version the tables know */

enum tws_type {
    TWS_INT, /* 32 or 64 bit; protobuf int32, int64 */
    TWS_BOOL,
    TWS_DOUBLE,
    TWS_DECIMAL, /* number kept as text, exact */
    TWS_MASK,    /* bit set */
    TWS_STRING,
    TWS_EPOCH_S,
    TWS_EPOCH_MS,
};

/* What a value means beyond its type. */
enum tws_meaning {
    TWS_PLAIN,
    TWS_REQUEST_ID,
    TWS_ORDER_ID,
    TWS_CLIENT_ID,
    TWS_ACCOUNT,  /* one account id: sensitive */
    TWS_ACCOUNTS, /* a comma list of account ids: sensitive */
    TWS_ERROR_CODE,
    TWS_ERROR_TEXT, /* free text that may quote accounts */
    TWS_FREE_TEXT,
    TWS_PRICE,
    TWS_QUANTITY,
    TWS_MONEY,
    TWS_TIMESTAMP,
    TWS_SYMBOL,
    TWS_CON_ID,
    TWS_SECRET, /* names, verification data: never shown unless asked */
};

/* Columns are added at the end (groups and conditions come with the full schema): the rows that do
 * not use a column then stay as they are. */
struct tws_field {
    const char *name; /* official name, as in the text form */
    enum tws_type type;
    uint16_t tag;          /* protobuf field number; 0: only the text form has it */
    uint16_t since, until; /* text form: first server version that has it (0: always) and first
                            * that no longer has it (0: none) */
    bool text;             /* the text form has it */
    enum tws_meaning means;
};

/* How a request's answers are found. */
enum tws_key {
    TWS_KEY_NONE,
    TWS_KEY_BY_TYPE,
    TWS_KEY_BY_REQ_ID,
    TWS_KEY_BY_ORDER_ID,
    TWS_KEY_BY_RULE_ID
};

/* Where a message carries its reqId or orderId (91 out and 93 in: their marketRuleId). */
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
    const struct tws_field *fields; /* NULL until described: values are listed without names */
    uint16_t n_fields;
    struct tws_key_place key;
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

/* Is text row `f` present at server version `sv`? */
static inline bool tws_field_at(const struct tws_field *f, uint32_t sv)
{
    return f->text && sv >= f->since && (f->until == 0 || sv < f->until);
}

#define TWS_FIELDS(rows) .fields = (rows), .n_fields = sizeof(rows) / sizeof((rows)[0])
#endif
