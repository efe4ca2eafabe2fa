/* test_proxy_open.c - what proxy_open refuses before it opens anything. */
#include "proxy.h"
#include <criterion/criterion.h>
#include <errno.h>

Test(proxy_open, refuses_an_upstream_that_was_never_set)
{
    struct ev_loop *loop = ev_loop_new(0);
    struct proxy_config config;
    struct tws_env env = {0};
    const char *why = NULL;

    proxy_config_default(&config);
    errno = 0;
    cr_assert_null(proxy_open(loop, &config, &env, &why));
    cr_expect_eq(errno, EDESTADDRREQ);
    cr_expect_str_eq(why, "the address of the gateway is not set");
    cr_expect_null(env.facts, "nothing was set up");
    ev_loop_destroy(loop);
}
