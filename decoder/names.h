/* names.h - the enumerations and bit sets of the protocol, by their official names. */
#ifndef TWS_NAMES_H
#define TWS_NAMES_H
#include "bytes.h"

struct tws_code {
    const char *code, *name;
};

struct tws_names {
    const char *const *numbers;   /* [value] = name, NULL: none; or [bit] of a bit set */
    const struct tws_code *codes; /* of values that are text */
    uint16_t n;                   /* of either */
    bool bits;
};

/* The name of a number, or of a text; NULL: it has none. */
const char *tws_name_of(const struct tws_names *names, int64_t value);
const char *tws_name_of_text(const struct tws_names *names, struct tws_cursor value);

/* The names of the bits that are set, ", " between; unknown bits by their number.  "" for 0.
 * Returns `buf`. */
#define TWS_BITS_TEXT 128u
const char *tws_name_bits(const struct tws_names *names, int64_t value, char buf[TWS_BITS_TEXT]);

/* Do updateAccountValue and its kin give an account id under this key? */
bool tws_names_account(struct tws_cursor key);

extern const struct tws_names tws_tick_types, tws_tick_by_tick_types, tws_market_data_types,
    tws_depth_operations, tws_depth_sides, tws_execution_sides, tws_sec_types, tws_rights, tws_tifs,
    tws_order_statuses, tws_oca_types, tws_trigger_methods, tws_origins, tws_open_close,
    tws_leg_open_close, tws_short_sale_slots, tws_auction_strategies, tws_volatility_types,
    tws_reference_price_types, tws_liquidities, tws_exercise_actions, tws_condition_types,
    tws_conjunctions, tws_hedge_types, tws_bulletin_types, tws_article_types, tws_log_levels,
    tws_fa_data_types, tws_tick_price_attribs, tws_last_attribs, tws_bid_ask_attribs,
    tws_historical_bid_ask_attribs, tws_option_bases, tws_date_formats;
#endif
