/* records.h - the messages that protobuf messages hold, by their protobuf names. */
#ifndef TWS_RECORDS_H
#define TWS_RECORDS_H
#include "schema.h"

/* clang-format off */
extern const struct tws_record tws_record_api_config;
extern const struct tws_record tws_record_api_precautions_config;
extern const struct tws_record tws_record_api_settings_config;
extern const struct tws_record tws_record_attached_orders;
extern const struct tws_record tws_record_combo_leg;
extern const struct tws_record tws_record_contract;
extern const struct tws_record tws_record_contract_description;
extern const struct tws_record tws_record_contract_details;
extern const struct tws_record tws_record_delta_neutral_contract;
extern const struct tws_record tws_record_depth_market_data_description;
extern const struct tws_record tws_record_execution;
extern const struct tws_record tws_record_execution_filter;
extern const struct tws_record tws_record_family_code;
extern const struct tws_record tws_record_histogram_data_entry;
extern const struct tws_record tws_record_historical_data_bar;
extern const struct tws_record tws_record_historical_session;
extern const struct tws_record tws_record_historical_tick;
extern const struct tws_record tws_record_historical_tick_bid_ask;
extern const struct tws_record tws_record_historical_tick_last;
extern const struct tws_record tws_record_ineligibility_reason;
extern const struct tws_record tws_record_lock_and_exit_config;
extern const struct tws_record tws_record_market_depth_data;
extern const struct tws_record tws_record_message_config;
extern const struct tws_record tws_record_news_provider;
extern const struct tws_record tws_record_order;
extern const struct tws_record tws_record_order_allocation;
extern const struct tws_record tws_record_order_cancel;
extern const struct tws_record tws_record_order_condition;
extern const struct tws_record tws_record_order_state;
extern const struct tws_record tws_record_orders_config;
extern const struct tws_record tws_record_orders_smart_routing_config;
extern const struct tws_record tws_record_price_increment;
extern const struct tws_record tws_record_scanner_data_element;
extern const struct tws_record tws_record_scanner_subscription;
extern const struct tws_record tws_record_smart_component;
extern const struct tws_record tws_record_soft_dollar_tier;
extern const struct tws_record tws_record_tag_value;
extern const struct tws_record tws_record_tick_attrib_bid_ask;
extern const struct tws_record tws_record_tick_attrib_last;
extern const struct tws_record tws_record_update_config_warning;
/* clang-format on */

/* All of them, TWS_RECORDS in number, for those who list the schema. */
#define TWS_RECORDS 40u
extern const struct tws_record *const tws_records[TWS_RECORDS];
#endif
