#include "log.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An entry's bytes are there, and time does not step back. */
static void check(const struct log *l)
{
    uint64_t before = 0;

    for (size_t i = 0; i < l->n_entries; i++) {
        const struct log_entry *e = &l->entries[i];

        if (e->ns < before || (e->kind == LOG_BYTES && (e->n == 0 || e->at + e->n > l->n_bytes)))
            abort();
        if (e->kind == LOG_BYTES && e->side != TWS_CLIENT && e->side != TWS_GATEWAY)
            abort();
        before = e->ns;
        (void)log_takes(l, e);
    }
}

/* Property: whatever the lines are, their entries are whole, and of each line once. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct log l;

    log_init(&l);
    for (size_t from = 0, to; from < size; from = to + 1) {
        for (to = from; to < size && text[to] != '\n';)
            to++;
        if (log_line(&l, text + from, to - from) == LOG_BEFORE &&
            log_line(&l, text + from, to - from) == LOG_BEFORE)
            abort();
    }
    (void)log_end(&l);
    check(&l);
    log_free(&l);
    return 0;
}
