#include "foreign.h"
#include "guard.h"
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#define BYTES(s) s, sizeof(s) - 1

struct row {
    enum tws_side dir;
    char in[24];
    size_t len;
    size_t told_at; /* bytes after which it is told; every prefix is UNSURE */
    enum tws_foreign_status status;
    enum tws_foreign foreign;
};

ParameterizedTestParameters(foreign, is_told_by_the_first_bytes_and_no_sooner)
{
    static struct row rows[] = {
        {TWS_CLIENT, BYTES("API\0rest"), 4, TWS_FOREIGN_CLEAR, TWS_FOREIGN_NONE},
        {TWS_CLIENT, BYTES("66\0rest"), 3, TWS_FOREIGN_CLEAR, TWS_FOREIGN_NONE},
        {TWS_CLIENT, BYTES("12345678901\0rest"), 12, TWS_FOREIGN_CLEAR, TWS_FOREIGN_NONE},
        {TWS_CLIENT, BYTES("123456789012\0rest"), 12, TWS_FOREIGN_FOUND, TWS_FOREIGN_OTHER},
        {TWS_CLIENT, BYTES("\0\0\0\x08rest"), 1, TWS_FOREIGN_FOUND, TWS_FOREIGN_OTHER},
        {TWS_CLIENT, BYTES("API/"), 4, TWS_FOREIGN_FOUND, TWS_FOREIGN_OTHER},
        {TWS_CLIENT, BYTES("GET / HTTP/1.1"), 4, TWS_FOREIGN_FOUND, TWS_FOREIGN_HTTP},
        {TWS_CLIENT, BYTES("HEAD / HTTP/1.1"), 5, TWS_FOREIGN_FOUND, TWS_FOREIGN_HTTP},
        {TWS_CLIENT, BYTES("CONNECT a:1"), 8, TWS_FOREIGN_FOUND, TWS_FOREIGN_HTTP},
        {TWS_CLIENT, BYTES("PRI * HTTP/2.0"), 8, TWS_FOREIGN_FOUND, TWS_FOREIGN_HTTP},
        {TWS_CLIENT, BYTES("\x16\x03\x01"), 2, TWS_FOREIGN_FOUND, TWS_FOREIGN_TLS},
        {TWS_CLIENT, BYTES("\x16\x04\x01"), 2, TWS_FOREIGN_FOUND, TWS_FOREIGN_OTHER},
        {TWS_CLIENT, BYTES("SSH-2.0"), 4, TWS_FOREIGN_FOUND, TWS_FOREIGN_SSH},
        {TWS_CLIENT, BYTES("HTTP/1.1"), 2, TWS_FOREIGN_FOUND, TWS_FOREIGN_OTHER},
        {TWS_GATEWAY, BYTES("\0\0\0\x05rest"), 1, TWS_FOREIGN_CLEAR, TWS_FOREIGN_NONE},
        {TWS_GATEWAY, BYTES("\0\xff\xff\xff"), 1, TWS_FOREIGN_CLEAR, TWS_FOREIGN_NONE},
        {TWS_GATEWAY, BYTES("\x01\0\0\0"), 1, TWS_FOREIGN_FOUND, TWS_FOREIGN_OTHER},
        {TWS_GATEWAY, BYTES("\xff\xff\xff\xff"), 1, TWS_FOREIGN_FOUND, TWS_FOREIGN_OTHER},
        {TWS_GATEWAY, BYTES("HTTP/1.1 200"), 5, TWS_FOREIGN_FOUND, TWS_FOREIGN_HTTP},
        {TWS_GATEWAY, BYTES("RFB 003.008"), 4, TWS_FOREIGN_FOUND, TWS_FOREIGN_RFB},
        {TWS_GATEWAY, BYTES("RFC 003.008"), 3, TWS_FOREIGN_FOUND, TWS_FOREIGN_OTHER},
        {TWS_GATEWAY, BYTES("SSH-2.0"), 4, TWS_FOREIGN_FOUND, TWS_FOREIGN_SSH},
        {TWS_GATEWAY, BYTES("\x15\x03\x03"), 2, TWS_FOREIGN_FOUND, TWS_FOREIGN_TLS},
        {TWS_GATEWAY, BYTES("+OK ready"), 3, TWS_FOREIGN_FOUND, TWS_FOREIGN_POP3},
        {TWS_GATEWAY, BYTES("GET / HTTP/1.1"), 1, TWS_FOREIGN_FOUND, TWS_FOREIGN_OTHER},
        {TWS_GATEWAY, BYTES("176\0"), 1, TWS_FOREIGN_FOUND, TWS_FOREIGN_OTHER},
    };

    return cr_make_param_array(struct row, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct row *r, foreign, is_told_by_the_first_bytes_and_no_sooner)
{
    for (size_t n = 0; n <= r->len; n++) {
        const uint8_t *in = guarded(r->in, n);
        enum tws_foreign is = TWS_FOREIGN_OTHER;
        enum tws_foreign_status got = tws_foreign_guess(r->dir, (struct tws_cursor){in, n}, &is);
        bool told = n >= r->told_at;

        cr_expect_eq(got, told ? r->status : TWS_FOREIGN_UNSURE, "%s at %zu", r->in, n);
        cr_expect_eq(is, told ? r->foreign : TWS_FOREIGN_NONE, "%s at %zu", r->in, n);
        unguard(in, n);
    }
}

Test(foreign, has_a_name)
{
    cr_expect_str_eq(tws_foreign_name(TWS_FOREIGN_HTTP), "HTTP");
    cr_expect_str_eq(tws_foreign_name(TWS_FOREIGN_TLS), "TLS");
    cr_expect_str_eq(tws_foreign_name(TWS_FOREIGN_SSH), "SSH");
    cr_expect_str_eq(tws_foreign_name(TWS_FOREIGN_RFB), "RFB (VNC)");
    cr_expect_str_eq(tws_foreign_name(TWS_FOREIGN_POP3), "POP3");
    cr_expect_str_eq(tws_foreign_name(TWS_FOREIGN_OTHER), "unknown protocol");
}
