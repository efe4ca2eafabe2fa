#include "internal.h"
#include <string.h>

void addr_endpoint(const struct sockaddr *sa, struct tws_endpoint *out)
{
    *out = (struct tws_endpoint){0};
    if (sa->sa_family == AF_INET) {
        struct sockaddr_in in;

        memcpy(&in, sa, sizeof in);
        out->family = 4;
        out->port = ntohs(in.sin_port);
        memcpy(out->addr, &in.sin_addr, 4);
    } else if (sa->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;

        memcpy(&in6, sa, sizeof in6);
        out->family = 6;
        out->port = ntohs(in6.sin6_port);
        out->scope = in6.sin6_scope_id;
        memcpy(out->addr, &in6.sin6_addr, 16);
    }
}

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
