/* sensitive.c - which fields are masked by their meaning, and where they may stand. */
#include "sensitive.h"

#define BIT(meaning) (1u << (meaning))

bool sensitive_field(const struct tws_field *f)
{
    static const uint32_t meanings = BIT(TWS_ACCOUNT) | BIT(TWS_ACCOUNTS) | BIT(TWS_ACCOUNT_VALUE) |
                                     BIT(TWS_SECRET) | BIT(TWS_ADVISOR_GROUP) | BIT(TWS_DOCUMENT);

    return meanings >> f->means & 1;
}

static bool is_versioned(const struct tws_field *f)
{
    return f->since > TWS_VERSION_MIN || (f->until > 0 && f->until < TWS_RAW_ID_SINCE);
}

/* Does the place of a secret in the text form depend on the version?  `row` may be NULL. */
static bool moves_secrets(const struct tws_message_row *row)
{
    bool moved = false;

    for (uint16_t i = 0; row && i < row->n_fields; i++) {
        const struct tws_field *f = &row->fields[i];

        if (f->in == TWS_NOT_IN_TEXT || f->since >= TWS_RAW_ID_SINCE)
            continue;
        moved = moved || is_versioned(f);
        if (moved && sensitive_field(f))
            return true;
    }
    return false;
}

/* Fields of the message before its first secret at this version, as few as there can be. */
static uint16_t fields_before_secret(const struct tws_message_row *row, uint32_t version)
{
    static const struct tws_cursor none = {(const uint8_t *)"", 0},
                                   first = {(const uint8_t *)"1", 1};
    struct tws_layout l;
    const struct tws_field *f;
    enum tws_layout_step step;
    uint16_t n = 0;

    tws_layout_open(&l, row, version);
    while ((step = tws_layout_next(&l, none, &f)) != TWS_LAYOUT_OVER) {
        if (step != TWS_LAYOUT_FIELD)
            continue;
        if (sensitive_field(f))
            return n;
        if (f->keep == TWS_KEEP_VERSION)
            tws_layout_took(&l, f, first);
        n++;
    }
    return UINT16_MAX;
}

/* The same in the version that has the fewest. */
static uint16_t least_before(const struct tws_message_row *row)
{
    uint16_t least = UINT16_MAX;

    for (uint32_t v = TWS_VERSION_MIN; v < TWS_RAW_ID_SINCE; v++) {
        uint16_t n = fields_before_secret(row, v);

        least = n < least ? n : least;
    }
    return least;
}

uint16_t sensitive_first(const struct tws_message_row *row)
{
    return moves_secrets(row) ? least_before(row) : UINT16_MAX;
}
