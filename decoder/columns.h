/* columns.h - how the rows of messages_in.c, messages_out.c and records.c are written.
 *
 *   name   the official name; the same for both encodings (PROTO_NAME: where protobuf has another)
 *   type   of the text form, and of protobuf unless PROTO_TYPE says otherwise
 *   tag    protobuf field number within its message; 0: this row is not a protobuf field of its own
 *          (AT: where in the nested messages of the protobuf form the same value stands)
 *   since  text form: first server version that has the field, 0: all
 *   until  text form: first server version that no longer has it, 0: none
 *   mv     text form: first value of the message's own `version` field that has it, 0: all
 *   in     text form: 0 a field of the message, 1 of a group, 2 of a group in a group; NO: not
 * there. A group's rows follow the row that counts it (COUNTS) means  what the value is, and with
 * it how it is masked
 *
 * WHEN: the text form has the field only if an earlier one says so; KEEP: such an earlier one.
 * NAMED: the enumeration of its values.  RECORD, LIST_OF, REPEATED: nested and repeated fields.
 * IS_KEY: the field that finds the request of an answer, where its meaning does not say so.
 *
 * What follows from the rows of a message is in none of them: decoder/derive/derive.c, which is
 * compiled with TWS_DERIVE from these same files, reads the rows and writes derived.h, and
 * TWS_MESSAGE adds it. */
#ifndef TWS_COLUMNS_H
#define TWS_COLUMNS_H
#include "names.h"
#include "schema.h"

#define NO               TWS_NOT_IN_TEXT
#define MEANS(what)      .means = TWS_##what
#define WHEN(condition)  .when = TWS_WHEN_##condition
#define KEEP(slot)       .keep = TWS_KEEP_##slot
#define COUNTS(name)     .group = (name)
#define NAMED(table)     .names = (&tws_##table)
#define RECORD(r)        .record = (&tws_record_##r)
#define LIST_OF(r)       .repeated = true, RECORD(r)
#define REPEATED         .repeated = true
#define PROTO_NAME(name) .proto_name = (name)
#define PROTO_TYPE(t)    .proto_type = TWS_##t
#define AT(place)        .path = (place)
#define IS_KEY           .is_key = true
#define TWS_FIELDS(rows) .fields = (rows), .n_fields = sizeof(rows) / sizeof((rows)[0])

/* The row of message `id`; dir: IN or OUT. */
#ifdef TWS_DERIVE
#define TWS_MESSAGE(dir, id, ...) [id] = {__VA_ARGS__}
#else
#include "derived.h"
#define TWS_MESSAGE(dir, id, ...) [id] = {__VA_ARGS__, TWS_##dir##_##id##_DERIVED}
#endif
#endif
