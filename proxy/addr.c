#include "internal.h"
#include <string.h>

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;

    if (memcmp(a, b, whole) != 0)
        return false;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

bool addr_allowed(const struct proxy_config *c, const struct tws_endpoint *from)
{
    for (size_t i = 0; i < c->n_allow; i++) {
        const struct proxy_cidr *a = &c->allow[i];

        if (a->family == from->family && same_bits(a->addr, from->addr, a->bits))
            return true;
    }
    return c->n_allow == 0;
}
