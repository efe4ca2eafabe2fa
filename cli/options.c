#include "options.h"
#include "cli.h"
#include "filter.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

/* A plain decimal number at the front of `text`: digits and at most one point.  strtod alone would
 * take hexadecimal, "inf" and signs. */
static bool decimal(const char *text, double *out, const char **rest)
{
    size_t digits = strspn(text, "0123456789");
    size_t len = digits;

    if (text[len] == '.') {
        size_t after = strspn(text + len + 1, "0123456789");

        len += 1 + after;
        digits += after;
    }
    if (digits == 0 || len > 15)
        return false;
    *out = strtod(text, NULL);
    *rest = text + len;
    return true;
}

bool parse_seconds(const char *text, double *out)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"", 1}, {"s", 1}, {"ms", 0.001}, {"m", 60}, {"h", 3600}};
    const char *unit;
    double n;

    if (!decimal(text, &n, &unit))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        double seconds = n * units[i].seconds;

        if (strcmp(unit, units[i].unit) != 0)
            continue;
        if (!(seconds >= 0.001) || seconds > OPTIONS_SECONDS_MAX)
            return false;
        *out = seconds;
        return true;
    }
    return false;
}

static bool whole(const char *text, uint64_t max, uint64_t *out, const char **rest)
{
    uint64_t n = 0;
    const char *p = text;

    for (; *p >= '0' && *p <= '9'; p++) {
        n = n * 10 + (uint64_t)(*p - '0');
        if (n > max)
            return false;
    }
    *out = n;
    *rest = p;
    return p != text;
}

bool parse_count(const char *text, uint32_t *out)
{
    const char *rest;
    uint64_t n;

    if (!whole(text, UINT32_MAX, &n, &rest) || *rest != '\0' || n == 0)
        return false;
    *out = (uint32_t)n;
    return true;
}

bool parse_size(const char *text, size_t *out)
{
    const uint64_t max = (uint64_t)1 << 30;
    const char *rest;
    unsigned shift = 0;
    uint64_t n;

    if (!whole(text, max, &n, &rest) || n == 0)
        return false;
    if (*rest == 'K' || *rest == 'k')
        shift = 10;
    else if (*rest == 'M' || *rest == 'm')
        shift = 20;
    rest += shift != 0;
    if (*rest != '\0' || n > max >> shift)
        return false;
    *out = (size_t)(n << shift);
    return true;
}

/* Offsets come from offsetof, so the casts below are aligned. */
static void *field(void *to, size_t at)
{
    return (char *)to + at;
}

bool take_flag(void *to, size_t at, const char *value)
{
    (void)value;
    *(bool *)field(to, at) = true;
    return true;
}

bool take_off(void *to, size_t at, const char *value)
{
    (void)value;
    *(bool *)field(to, at) = false;
    return true;
}

bool take_text(void *to, size_t at, const char *value)
{
    *(const char **)field(to, at) = value;
    return *value != '\0';
}

bool take_count(void *to, size_t at, const char *value)
{
    return parse_count(value, field(to, at));
}

bool take_size(void *to, size_t at, const char *value)
{
    return parse_size(value, field(to, at));
}

bool take_seconds(void *to, size_t at, const char *value)
{
    return parse_seconds(value, field(to, at));
}

/* ---- addresses ---- */

/* Split "host:port", "[v6]:port", ":port" or "port" into two strings. */
static bool split(const char *text, char *host, size_t size, const char **port)
{
    const char *end;
    size_t n;

    host[0] = '\0';
    if (text[0] == '[') {
        text++;
        end = strchr(text, ']');
        if (!end || end[1] != ':')
            return false;
        *port = end + 2;
    } else {
        end = strchr(text, ':');
        if (!end)
            end = text; /* no colon: a port alone */
        else if (strchr(end + 1, ':'))
            return false; /* IPv6 without brackets: where does the port begin? */
        *port = end + (*end == ':');
    }
    n = (size_t)(end - text);
    if (n >= size)
        return false;
    memcpy(host, text, n);
    host[n] = '\0';
    return true;
}

enum parse_addr_status parse_addr(const char *text, struct sockaddr_storage *sa, socklen_t *len)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found;
    const char *port, *rest;
    char host[256];
    uint64_t n;

    if (!split(text, host, sizeof host, &port) || !whole(port, 65535, &n, &rest) || *rest != '\0')
        return PARSE_ADDR_FORM;
    /* A name with both families means IPv4 first: the Gateway's listener is IPv4 unless told. */
    hints.ai_family = strchr(host, ':') ? AF_INET6 : AF_INET;
    if (getaddrinfo(host[0] ? host : "127.0.0.1", port, &hints, &found) != 0) {
        hints.ai_family = AF_UNSPEC;
        if (getaddrinfo(host, port, &hints, &found) != 0)
            return PARSE_ADDR_UNKNOWN;
    }
    *sa = (struct sockaddr_storage){0};
    memcpy(sa, found->ai_addr, found->ai_addrlen);
    *len = found->ai_addrlen;
    freeaddrinfo(found);
    return PARSE_ADDR_OK;
}

static bool has_port(const struct sockaddr_storage *sa)
{
    if (sa->ss_family == AF_INET6)
        return ((const struct sockaddr_in6 *)sa)->sin6_port != 0;
    return ((const struct sockaddr_in *)sa)->sin_port != 0;
}

enum parse_addr_status parse_peer(const char *text, struct sockaddr_storage *sa, socklen_t *len)
{
    enum parse_addr_status status = parse_addr(text, sa, len);

    return status == PARSE_ADDR_OK && !has_port(sa) ? PARSE_ADDR_FORM : status;
}

bool parse_cidr(const char *text, uint8_t *family, uint8_t *bits, uint8_t addr[16])
{
    const char *slash = strchr(text, '/');
    size_t n = slash ? (size_t)(slash - text) : strlen(text);
    bool six = memchr(text, ':', n) != NULL;
    uint64_t max = six ? 128 : 32, want = max;
    char host[64];
    const char *rest;

    if (n >= sizeof host)
        return false;
    memcpy(host, text, n);
    host[n] = '\0';
    memset(addr, 0, 16);
    if (inet_pton(six ? AF_INET6 : AF_INET, host, addr) != 1)
        return false;
    if (slash && (!whole(slash + 1, max, &want, &rest) || *rest != '\0'))
        return false;
    *family = six ? 6 : 4;
    *bits = (uint8_t)want;
    return true;
}

const char *addr_text(const struct sockaddr_storage *sa, char *buf, size_t size)
{
    char host[64] = "?";
    unsigned port = 0;

    if (sa->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)sa;

        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        port = ntohs(in->sin_port);
    } else if (sa->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)sa;

        inet_ntop(AF_INET6, &in->sin6_addr, host, sizeof host);
        port = ntohs(in->sin6_port);
    }
    snprintf(buf, size, sa->ss_family == AF_INET6 ? "[%s]:%u" : "%s:%u", host, port);
    return buf;
}

bool addr_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
    const struct sockaddr_in *a4 = (const struct sockaddr_in *)a;
    const struct sockaddr_in *b4 = (const struct sockaddr_in *)b;
    const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)a;
    const struct sockaddr_in6 *b6 = (const struct sockaddr_in6 *)b;

    if (a->ss_family != b->ss_family)
        return false;
    if (a->ss_family == AF_INET)
        return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
    return a->ss_family == AF_INET6 && a6->sin6_port == b6->sin6_port &&
           memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof a6->sin6_addr) == 0;
}

bool addr_is_loopback(const struct sockaddr_storage *sa)
{
    if (sa->ss_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)sa)->sin_addr.s_addr) >> 24 == 127;
    if (sa->ss_family == AF_INET6) {
        const struct in6_addr *a = &((const struct sockaddr_in6 *)sa)->sin6_addr;

        return IN6_IS_ADDR_LOOPBACK(a) || (IN6_IS_ADDR_V4MAPPED(a) && a->s6_addr[12] == 127);
    }
    return false;
}

/* ---- the common options ---- */

bool take_color(void *to, size_t at, const char *value)
{
    static const char *const names[] = {"auto", "always", "never"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(value, names[i]) == 0) {
            *(enum option_color *)field(to, at) = (enum option_color)i;
            return true;
        }
    }
    return false;
}

bool take_more(void *to, size_t at, const char *value)
{
    (void)value;
    ++*(uint32_t *)field(to, at);
    return true;
}

#define COMMON(field) offsetof(struct common_options, field)
#define EXPECTS_NAMES                                                                              \
    "names of messages with * and ?, such as tickPrice,error or req*; twstap schema lists them"

static bool take_names(void *to, size_t at, const char *value)
{
    const char *name;
    size_t len;

    return filter_names_known(value, &name, &len) && take_text(to, at, value);
}

static bool take_req(void *to, size_t at, const char *value)
{
    struct common_options *c = to;
    char *end;
    long long n;

    (void)at;
    errno = 0;
    n = strtoll(value, &end, 10);
    if (end == value || *end || errno || (*value != '-' && (*value < '0' || *value > '9')))
        return false;
    c->req = n;
    c->has_req = true;
    return true;
}

bool take_side(void *to, size_t at, const char *value)
{
    int *dir = (int *)(void *)((char *)to + at);

    *dir = strcmp(value, "client") == 0    ? TWS_CLIENT
           : strcmp(value, "gateway") == 0 ? TWS_GATEWAY
                                           : TWS_NOBODY;
    return *dir != TWS_NOBODY;
}

/* Of commands that watch sessions. */
static const struct option_row session_rows[] = {
    {"handshake-timeout", 0, "TIME", "time limit of a handshake step (default: 3s)",
     EXPECTS_SECONDS, take_seconds, COMMON(handshake_timeout)},
    {"request-timeout", 0, "TIME", "time limit of a request's reply (default: 10s)",
     EXPECTS_SECONDS, take_seconds, COMMON(request_timeout)},
    {"slow-timeout", 0, "TIME",
     "the same for history, contract details and the like (default: 90s)", EXPECTS_SECONDS,
     take_seconds, COMMON(slow_timeout)},
    {"order-timeout", 0, "TIME", "the same for an order's first status (default: 5s)",
     EXPECTS_SECONDS, take_seconds, COMMON(order_timeout)},
    {NULL, 'v', NULL, "show each frame; -vv: each value too", NULL, take_more, COMMON(verbose)},
    {NULL, 'q', NULL, "show only verdicts of sessions in trouble, limits, and the summary", NULL,
     take_flag, COMMON(quiet)},
};

/* Of those that decode frames as well. */
static const struct option_row frame_rows[] = {
    {"json", 0, "FILE", "add events as JSON Lines to FILE; - for standard output, in place of text",
     "a file name, or -", take_text, COMMON(json)},
    {"overwrite", 0, NULL, "replace existing files (default: append JSON, new name for recordings)",
     NULL, take_flag, COMMON(overwrite)},
    {"only", 0, "NAME,..", "of the frames, show only these: tickPrice,error or tick*; implies -v",
     EXPECTS_NAMES, take_names, COMMON(only)},
    {"not", 0, "NAME,..", "show all frames but these; implies -v", EXPECTS_NAMES, take_names,
     COMMON(not )},
    {"req", 0, "ID", "show only frames with this reqId or orderId; implies -v", "a whole number",
     take_req, 0},
    {"dir", 0, "WHO", "show only frames that client or gateway sent; implies -v",
     "client or gateway", take_side, COMMON(dir)},
    {"hex", 0, NULL, "add each frame's payload in hexadecimal (in the text: with -v)", NULL,
     take_flag, COMMON(hex)},
    {"show-accounts", 0, NULL, "do not mask account ids and names", NULL, take_flag,
     COMMON(show_accounts)},
    {"color", 0, "WHEN", "auto, always or never; auto obeys NO_COLOR and TERM (default: auto)",
     "auto, always or never", take_color, COMMON(color)},
};

#define SESSION_ROWS (sizeof session_rows / sizeof session_rows[0])
#define FRAME_ROWS   (sizeof frame_rows / sizeof frame_rows[0])

void common_options_default(struct common_options *c)
{
    *c = (struct common_options){.request_timeout = 10, .handshake_timeout = 3};
}

/* ---- help ---- */

static void help_row(const struct option_row *r)
{
    char left[64];
    size_t n;

    n = (size_t)snprintf(left, sizeof left, "%s%s%s%s%s%s", r->letter ? "-" : "",
                         r->letter ? (char[]){r->letter, '\0'} : "",
                         r->letter && r->name ? ", " : "", r->name ? "--" : "",
                         r->name ? r->name : "", r->value ? " " : "");
    if (r->value && n < sizeof left)
        snprintf(left + n, sizeof left - n, "%s", r->value);
    printf("  %-26s %s\n", left, r->help);
}

static void help_page(const struct options_page *page)
{
    printf("usage: twstap %s %s\n\n%s\n", page->command, page->usage, page->about);
    if (page->n_rows)
        puts("options:");
    for (size_t i = 0; i < page->n_rows; i++)
        help_row(&page->rows[i]);
    if (page->takes != OPTIONS_OWN)
        puts("\nwhat is shown:");
    for (size_t i = 0; page->takes == OPTIONS_OF_SESSIONS && i < SESSION_ROWS; i++)
        help_row(&session_rows[i]);
    for (size_t i = 0; page->takes != OPTIONS_OWN && i < FRAME_ROWS; i++)
        help_row(&frame_rows[i]);
    printf("\n  %-26s %s\n  %-26s %s\n", "-h, --help", "this text", "--version", "the version");
    printf("\nexamples:\n%s", page->examples);
}

/* ---- parsing ---- */

int options_wrong(const char *command, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "twstap%s%s: ", command ? " " : "", command ? command : "");
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nsee twstap %s%s--help\n", command ? command : "", command ? " " : "");
    return CLI_USAGE;
}

/* An option as it stands on the command line. */
struct word {
    const char *text; /* for messages: "--listen" or "-q" */
    size_t text_len;
    const char *name; /* behind the dashes, name_len long; NULL: a letter */
    size_t name_len;
    char letter;
    const char *value; /* behind '=' or behind the letter; NULL: none attached */
};

static bool row_is(const struct option_row *r, const struct word *w)
{
    if (!w->name)
        return r->letter && r->letter == w->letter;
    return r->name && strlen(r->name) == w->name_len && memcmp(r->name, w->name, w->name_len) == 0;
}

static const struct option_row *find_row(const struct option_row *rows, size_t n,
                                         const struct word *w)
{
    for (size_t i = 0; i < n; i++)
        if (row_is(&rows[i], w))
            return &rows[i];
    return NULL;
}

static struct word read_long(const char *arg)
{
    const char *equals = strchr(arg, '=');
    size_t len = equals ? (size_t)(equals - arg) : strlen(arg);

    return (struct word){.text = arg,
                         .text_len = len,
                         .name = arg + 2,
                         .name_len = len - 2,
                         .value = equals ? equals + 1 : NULL};
}

/* The state of one options_parse. */
struct parse {
    const struct options_page *page;
    char **argv;
    int argc, at;
    void *own;
    struct common_options *common;
};

/* The command's own option, or one of the common ones that it takes; NULL: unknown. */
static const struct option_row *row_of(const struct options_page *page, const struct word *w,
                                       bool *common)
{
    const struct option_row *r = find_row(page->rows, page->n_rows, w);

    *common = !r;
    if (!r && page->takes == OPTIONS_OF_SESSIONS)
        r = find_row(session_rows, SESSION_ROWS, w);
    if (!r && page->takes != OPTIONS_OWN)
        r = find_row(frame_rows, FRAME_ROWS, w);
    return r;
}

/* One option, whose value (if it takes one) is attached or the next word. */
static enum options_status one(struct parse *p, const struct word *w)
{
    bool common;
    const struct option_row *r = row_of(p->page, w, &common);
    const char *value = w->value;
    void *to = common ? (void *)p->common : p->own;

    if (!r) {
        options_wrong(p->page->command, "unknown option %.*s", (int)w->text_len, w->text);
        return OPTIONS_WRONG;
    }
    if (!r->value && value) {
        options_wrong(p->page->command, "%.*s takes no value", (int)w->text_len, w->text);
        return OPTIONS_WRONG;
    }
    if (r->value && !value) {
        if (p->at + 1 >= p->argc) {
            options_wrong(p->page->command, "%.*s wants %s", (int)w->text_len, w->text, r->expects);
            return OPTIONS_WRONG;
        }
        value = p->argv[++p->at];
    }
    if (!r->take(to, r->at, value)) {
        options_wrong(p->page->command, "%.*s: '%s' is not %s", (int)w->text_len, w->text,
                      value ? value : "", r->expects ? r->expects : "possible here");
        return OPTIONS_WRONG;
    }
    return OPTIONS_GO;
}

/* "-v", "-vv", "-qv", "-i IFACE", "-iIFACE". */
static enum options_status letters(struct parse *p, const char *arg)
{
    for (const char *c = arg + 1; *c; c++) {
        char text[3] = {'-', *c, '\0'};
        struct word w = {.text = text, .text_len = 2, .letter = *c};
        const struct option_row *r = find_row(p->page->rows, p->page->n_rows, &w);
        bool last = r && r->value;
        enum options_status s;

        if (last && c[1])
            w.value = c + 1;
        s = one(p, &w);
        if (s != OPTIONS_GO || last)
            return s;
    }
    return OPTIONS_GO;
}

static enum options_status take_word(const struct options_page *page, struct options_words *words,
                                     const char *word)
{
    if (!words || words->n >= words->max) {
        options_wrong(page->command, "'%s' is one word too many", word);
        return OPTIONS_WRONG;
    }
    words->word[words->n++] = word;
    return OPTIONS_GO;
}

enum options_status options_parse(const struct options_page *page, int argc, char **argv, void *own,
                                  struct common_options *common, struct options_words *words)
{
    struct parse p = {
        .page = page, .argv = argv, .argc = argc, .at = 1, .own = own, .common = common};
    enum options_status s = OPTIONS_GO;
    bool only_words = false;

    for (; s == OPTIONS_GO && p.at < argc; p.at++) {
        const char *arg = argv[p.at];

        if (only_words || arg[0] != '-' || arg[1] == '\0') {
            s = take_word(page, words, arg);
        } else if (strcmp(arg, "--") == 0) {
            only_words = true;
        } else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
            help_page(page);
            return OPTIONS_DONE;
        } else if (strcmp(arg, "--version") == 0) {
            puts("twstap " TWSTAP_VERSION);
            return OPTIONS_DONE;
        } else if (arg[1] == '-') {
            struct word w = read_long(arg);

            s = one(&p, &w);
        } else {
            s = letters(&p, arg);
        }
    }
    return s;
}
