/* Who may connect: --allow CIDR against the address a client comes from. */
#include "host.h"
#include "internal.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <string.h>

struct row {
    char cidr[48];
    uint8_t bits;
    char from[48];
    bool allowed;
};

static uint8_t parse(const char *text, uint8_t addr[16])
{
    uint8_t family = strchr(text, ':') ? 6 : 4;

    cr_assert_eq(inet_pton(family == 6 ? AF_INET6 : AF_INET, text, addr), 1, "%s", text);
    return family;
}

ParameterizedTestParameters(addr, a_source_is_allowed_by_its_first_bits)
{
    static struct row rows[] = {
        {"192.168.1.0", 24, "192.168.1.77", true},
        {"192.168.1.0", 24, "192.168.2.77", false},
        {"10.0.0.0", 8, "10.255.255.255", true},
        {"10.0.0.0", 8, "11.0.0.0", false},
        {"172.16.0.0", 12, "172.31.255.255", true},
        {"172.16.0.0", 12, "172.32.0.0", false},
        {"0.0.0.0", 0, "203.0.113.9", true},
        {"127.0.0.1", 32, "127.0.0.1", true},
        {"127.0.0.1", 32, "127.0.0.2", false},
        {"fd00::", 8, "fdab::1", true},
        {"fd00::", 8, "fe80::1", false},
        {"::1", 128, "::1", true},
        {"::", 0, "127.0.0.1", false},
    };

    return cr_make_param_array(struct row, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct row *r, addr, a_source_is_allowed_by_its_first_bits)
{
    struct proxy_config c;
    struct tws_endpoint from = {.port = 4711};

    proxy_config_default(&c);
    c.n_allow = 1;
    c.allow[0].family = parse(r->cidr, c.allow[0].addr);
    c.allow[0].bits = r->bits;
    from.family = parse(r->from, from.addr);
    cr_expect_eq(addr_allowed(&c, &from), r->allowed, "%s in %s/%d", r->from, r->cidr, r->bits);
}

Test(addr, without_a_list_everybody_who_reaches_the_listener_may)
{
    struct proxy_config c;
    struct tws_endpoint from = {.family = 4, .addr = {127, 0, 0, 1}};

    proxy_config_default(&c);
    cr_expect(addr_allowed(&c, &from));
}

Test(addr, an_endpoint_keeps_family_port_and_zone)
{
    struct sockaddr_in6 in6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(4001), .sin6_scope_id = 3};
    struct tws_endpoint e;

    in6.sin6_addr.s6_addr[15] = 1;
    host_endpoint((struct sockaddr *)&in6, &e);
    cr_expect(e.family == 6 && e.port == 4001 && e.scope == 3 && e.addr[15] == 1);
}

Test(dial, that_was_reset_is_not_one_that_was_not_answered)
{
    cr_expect_eq(conn_dial_ending(ECONNREFUSED), TWS_REFUSED);
    cr_expect_eq(conn_dial_ending(ECONNRESET), TWS_RST);
    cr_expect_eq(conn_dial_ending(EPIPE), TWS_RST);
    cr_expect_eq(conn_dial_ending(ETIMEDOUT), TWS_UNREACHABLE);
    cr_expect_eq(conn_dial_ending(EHOSTUNREACH), TWS_UNREACHABLE);
}
