/* disguise.h - in a recording account ids become other ids, so that it stays decodable.
 *
 * What is masked keeps its length, its place and the kind of each character, so framing, message
 * ids, field lengths and all other values stay as they are.  Each digit moves on by one to nine
 * places, chosen by a hash, keyed with a secret of the run, of the id's characters before it,
 * whatever their case: no digit stays, distinct ids stay distinct, and one id looks the same for
 * the whole run, in both directions and in each connection.  The letters of the usual form stay. Of
 * other ids those behind the first three capitals move in the same way, within their alphabet; so
 * do those of an id of three capitals or fewer.  Names and other secrets become 'x'. */
#ifndef TWS_DISGUISE_H
#define TWS_DISGUISE_H
#include "known.h"
#include "mark.h"

struct disguise; /* a run's secret; opaque */

/* NULL: no memory, or no random bytes to be had.  `known` is borrowed: the ids that are looked for
 * in the free text of documents. */
struct disguise *disguise_new(const struct known *known);
void disguise_free(struct disguise *d);

/* What `mark` says of the mark->length bytes at `raw` is done to those at `to`, which are a copy.
 * `whole`: the marked value ends there; else more of it may follow in its stream. */
void disguise_mark(const struct disguise *d, const struct tws_mark *mark, const uint8_t *raw,
                   uint8_t *to, bool whole);
/* Text of no known meaning, of which more follows: what is an id in it, or may be the beginning of
 * one, is hidden.  `window`: `len` bytes, of which the first `before` were given last time and
 * stand in front of `to`.  `cut`: bytes before the window are not there. */
void disguise_text(const struct disguise *d, const uint8_t *window, size_t len, size_t before,
                   bool cut, uint8_t *to);
#endif
