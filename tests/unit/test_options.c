/* The command line's tables and its forms of times, sizes and addresses. */
#include "../../cli/options.c"
#include <criterion/criterion.h>
#include <criterion/redirect.h>

#pragma GCC diagnostic ignored "-Wcast-qual" /* argv is not const, literals are */

struct own {
    const char *name;
    bool flag;
    uint32_t count;
    size_t size;
    double wait;
};

static const struct option_row rows[] = {
    {"name", 'n', "NAME", "a name", "a name", take_text, offsetof(struct own, name)},
    {"flag", 0, NULL, "a flag", NULL, take_flag, offsetof(struct own, flag)},
    {"count", 0, "N", "a count", EXPECTS_COUNT, take_count, offsetof(struct own, count)},
    {"size", 0, "N", "a size", EXPECTS_SIZE, take_size, offsetof(struct own, size)},
    {"wait", 0, "TIME", "a time", EXPECTS_SECONDS, take_seconds, offsetof(struct own, wait)},
};

static const struct options_page page = {"try",
                                         "[options]",
                                         "Tries.\n",
                                         rows,
                                         sizeof rows / sizeof rows[0],
                                         OPTIONS_OF_SESSIONS,
                                         "  twstap try --flag\n"};

static struct own own;
static struct common_options common;
static struct options_words words;

static enum options_status parse(size_t max, int argc, const char **argv)
{
    own = (struct own){0};
    words = (struct options_words){.max = max};
    common_options_default(&common);
    return options_parse(&page, argc, (char **)argv, &own, &common, &words);
}

#define PARSE(max, ...)                                                                            \
    parse(max, (int)(sizeof((const char *[]){"try", __VA_ARGS__}) / sizeof(char *)),               \
          (const char *[]){"try", __VA_ARGS__})

static void quiet(void)
{
    cr_redirect_stderr();
    cr_redirect_stdout();
}

Test(options, takes_values_attached_or_as_the_next_word, .init = quiet)
{
    cr_assert_eq(PARSE(0, "--name=a", "--count", "3", "--size=256K", "--wait", "250ms", "--flag"),
                 OPTIONS_GO);
    cr_assert_str_eq(own.name, "a");
    cr_assert_eq(own.count, 3);
    cr_assert_eq(own.size, 262144);
    cr_assert_float_eq(own.wait, 0.25, 1e-9);
    cr_assert(own.flag);
    cr_assert_eq(PARSE(0, "-nfoo"), OPTIONS_GO);
    cr_assert_str_eq(own.name, "foo");
    cr_assert_eq(PARSE(0, "-n", "bar", "-vv", "-q"), OPTIONS_GO);
    cr_assert_str_eq(own.name, "bar");
    cr_assert_eq(common.verbose, 2);
    cr_assert(common.quiet);
}

Test(options, common_ones_are_there_for_every_command_that_observes, .init = quiet)
{
    cr_assert_eq(PARSE(0, "--json", "-", "--hex", "--color=never", "--show-accounts",
                       "--request-timeout", "2", "--handshake-timeout=1m"),
                 OPTIONS_GO);
    cr_assert_str_eq(common.json, "-");
    cr_assert(common.hex && common.show_accounts && common.color == OPTION_COLOR_NEVER);
    cr_assert_float_eq(common.request_timeout, 2, 1e-9);
    cr_assert_float_eq(common.handshake_timeout, 60, 1e-9);
}

Test(options, what_is_wrong_is_told_and_where_to_read_more)
{
    cr_redirect_stderr();
    cr_assert_eq(PARSE(0, "--wait", "3x"), OPTIONS_WRONG);
    cr_assert_stderr_eq_str("twstap try: --wait: '3x' is not a time such as 250ms, 3s or 1m, up to "
                            "a day\nsee twstap try --help\n");
}

Test(options, wrong_usage_is_wrong, .init = quiet)
{
    cr_expect_eq(PARSE(0, "--nope"), OPTIONS_WRONG);
    cr_expect_eq(PARSE(0, "-x"), OPTIONS_WRONG);
    cr_expect_eq(PARSE(0, "--flag=1"), OPTIONS_WRONG);
    cr_expect_eq(PARSE(0, "--name"), OPTIONS_WRONG);
    cr_expect_eq(PARSE(0, "--name="), OPTIONS_WRONG);
    cr_expect_eq(PARSE(0, "--color", "blue"), OPTIONS_WRONG);
    cr_expect_eq(PARSE(0, "word"), OPTIONS_WRONG);
    cr_expect_eq(PARSE(1, "a", "b"), OPTIONS_WRONG);
    cr_expect_eq(PARSE(0, "--help"), OPTIONS_DONE);
    cr_expect_eq(PARSE(0, "--version"), OPTIONS_DONE);
    cr_expect_eq(PARSE(2, "a", "--", "--flag"), OPTIONS_GO);
    cr_expect(words.n == 2 && strcmp(words.word[1], "--flag") == 0 && !own.flag);
}

Test(options, a_time_has_a_unit_or_is_in_seconds_and_is_bounded)
{
    static const struct {
        const char *text;
        double seconds; /* 0: refused */
    } times[] = {
        {"250ms", 0.25},    {"3s", 3},    {"1m", 60},  {"10", 10},     {"1.5", 1.5},
        {"24h", 86400},     {".5s", 0.5}, {"0", 0},    {"-1", 0},      {"1d", 0},
        {"25h", 0},         {"inf", 0},   {"0x10", 0}, {"1e3", 0},     {"", 0},
        {"s", 0},           {".", 0},     {"1 s", 0},  {"1ms", 0.001}, {"0.1ms", 0},
        {"99999999999", 0}, {"1.2.3", 0}, {"nan", 0},
    };

    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        double got = 0;
        bool ok = parse_seconds(times[i].text, &got);

        cr_expect_eq(ok, times[i].seconds > 0, "%s", times[i].text);
        if (ok)
            cr_expect_float_eq(got, times[i].seconds, 1e-9, "%s", times[i].text);
    }
}

Test(options, a_size_is_whole_and_bounded)
{
    static const struct {
        const char *text;
        size_t size; /* 0: refused */
    } sizes[] = {{"1", 1},
                 {"4096", 4096},
                 {"256K", 262144},
                 {"1M", 1048576},
                 {"1024M", 1u << 30},
                 {"1025M", 0},
                 {"0", 0},
                 {"K", 0},
                 {"-1", 0},
                 {"1.5K", 0},
                 {"1G", 0},
                 {"1Kb", 0},
                 {"", 0},
                 {"99999999999999999999", 0}};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t got = 0;
        bool ok = parse_size(sizes[i].text, &got);

        cr_expect_eq(ok, sizes[i].size > 0, "%s", sizes[i].text);
        cr_expect_eq(ok ? got : 0, sizes[i].size, "%s", sizes[i].text);
    }
}

Test(options, an_address_is_a_host_and_a_port)
{
    static const struct {
        const char *text, *as;
        enum parse_addr_status status;
    } addrs[] = {
        {"127.0.0.1:4002", "127.0.0.1:4002", PARSE_ADDR_OK},
        {"[::1]:4002", "[::1]:4002", PARSE_ADDR_OK},
        {":4002", "127.0.0.1:4002", PARSE_ADDR_OK},
        {"4002", "127.0.0.1:4002", PARSE_ADDR_OK},
        {"localhost:0", "127.0.0.1:0", PARSE_ADDR_OK},
        {"0.0.0.0:65535", "0.0.0.0:65535", PARSE_ADDR_OK},
        {"127.0.0.1", NULL, PARSE_ADDR_FORM},
        {"localhost", NULL, PARSE_ADDR_FORM},
        {"::1:4002", NULL, PARSE_ADDR_FORM},
        {"[::1]", NULL, PARSE_ADDR_FORM},
        {"[::1:4002", NULL, PARSE_ADDR_FORM},
        {"127.0.0.1:65536", NULL, PARSE_ADDR_FORM},
        {"127.0.0.1:", NULL, PARSE_ADDR_FORM},
        {"127.0.0.1:4002x", NULL, PARSE_ADDR_FORM},
        {"", NULL, PARSE_ADDR_FORM},
        {"no such host:4002", NULL, PARSE_ADDR_UNKNOWN},
    };

    for (size_t i = 0; i < sizeof addrs / sizeof addrs[0]; i++) {
        struct sockaddr_storage sa;
        socklen_t len;
        char buf[80];

        cr_expect_eq(parse_addr(addrs[i].text, &sa, &len), addrs[i].status, "%s", addrs[i].text);
        if (addrs[i].as)
            cr_expect_str_eq(addr_text(&sa, buf, sizeof buf), addrs[i].as);
    }
}

Test(options, a_cidr_is_an_address_and_bits)
{
    uint8_t family, bits, addr[16];

    cr_expect(parse_cidr("10.0.0.0/8", &family, &bits, addr) && family == 4 && bits == 8 &&
              addr[0] == 10);
    cr_expect(parse_cidr("fd00::/8", &family, &bits, addr) && family == 6 && bits == 8 &&
              addr[0] == 0xfd);
    cr_expect(parse_cidr("192.0.2.1", &family, &bits, addr) && bits == 32);
    cr_expect(parse_cidr("::1", &family, &bits, addr) && bits == 128);
    cr_expect_not(parse_cidr("10.0.0.0/33", &family, &bits, addr));
    cr_expect_not(parse_cidr("10.0.0/8", &family, &bits, addr));
    cr_expect_not(parse_cidr("10.0.0.0/", &family, &bits, addr));
    cr_expect_not(parse_cidr("host/8", &family, &bits, addr));
    cr_expect_not(parse_cidr("", &family, &bits, addr));
}

Test(options, an_address_is_the_same_with_its_port)
{
    static const struct {
        const char *a, *b;
        bool same;
    } pairs[] = {{"127.0.0.1:1", "127.0.0.1:1", true},  {"127.0.0.1:1", "127.0.0.1:2", false},
                 {"127.0.0.1:1", "127.0.0.2:1", false}, {"[::1]:1", "[::1]:1", true},
                 {"[::1]:1", "127.0.0.1:1", false},     {"[::1]:1", "[::2]:1", false}};

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct sockaddr_storage a, b;
        socklen_t len;

        cr_assert_eq(parse_addr(pairs[i].a, &a, &len), PARSE_ADDR_OK);
        cr_assert_eq(parse_addr(pairs[i].b, &b, &len), PARSE_ADDR_OK);
        cr_expect_eq(addr_same(&a, &b), pairs[i].same, "%s %s", pairs[i].a, pairs[i].b);
    }
}

Test(options, loopback_is_told_from_the_rest)
{
    static const struct {
        const char *text;
        bool loopback;
    } addrs[] = {{"127.9.9.9:1", true}, {"[::1]:1", true}, {"[::ffff:127.0.0.1]:1", true},
                 {"0.0.0.0:1", false},  {"[::]:1", false}, {"192.0.2.1:1", false}};

    for (size_t i = 0; i < sizeof addrs / sizeof addrs[0]; i++) {
        struct sockaddr_storage sa;
        socklen_t len;

        cr_assert_eq(parse_addr(addrs[i].text, &sa, &len), PARSE_ADDR_OK);
        cr_expect_eq(addr_is_loopback(&sa), addrs[i].loopback, "%s", addrs[i].text);
    }
}
