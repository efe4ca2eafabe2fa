/* options.h - the command line, from tables: one row an option, one page a command.
 *
 * The same row parses an option, checks its value and prints its help.  Everything a user can get
 * wrong ends in one line on standard error that says what was expected, and where to read more. */
#ifndef TWS_OPTIONS_H
#define TWS_OPTIONS_H
#include "open_output.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define OPTIONS_SECONDS_MAX 86400.0 /* a day: longer waits are mistakes */

struct option_row {
    const char *name;    /* "listen" for --listen; NULL: only the letter */
    char letter;         /* 'q' for -q; 0: none */
    const char *value;   /* what it takes, for help ("A:P"); NULL: a flag, take gets NULL */
    const char *help;    /* one line, with the default */
    const char *expects; /* for the message about a wrong value: "a time such as 250ms, 3s or 1m" */
    /* Put the value where it belongs; `to` is the struct given to options_parse, `at` the row's
     * offset in it.  False: not of the form that `expects` says. */
    bool (*take)(void *to, size_t at, const char *value);
    size_t at;
};

enum option_color { OPTION_COLOR_AUTO, OPTION_COLOR_ALWAYS, OPTION_COLOR_NEVER };

/* What commands that observe have in common. */
struct common_options {
    const char *json; /* --json FILE, "-" for standard output; NULL: none */
    bool overwrite;   /* --overwrite: files that exist are replaced */
    bool patient;     /* by the command: a slow reader is waited for, nothing lives meanwhile */
    struct output_user
        user; /* by the command, when it is not who called sudo: for whom root writes */
    bool hex;
    bool quiet;       /* -q */
    uint32_t verbose; /* -v, counted */
    bool show_accounts;
    bool stdout_taken;       /* by the command's own data: no text there */
    const char *only, *not ; /* --only, --not: names of frames; NULL: not asked for */
    int64_t req;             /* --req, with has_req */
    bool has_req;
    int dir; /* --dir: an enum tws_side; 0: both */
    enum option_color color;
    double request_timeout, handshake_timeout; /* seconds */
    double slow_timeout, order_timeout;        /* seconds; 0: as tws_timing says */
};

enum options_takes { OPTIONS_OWN, OPTIONS_OF_FRAMES, OPTIONS_OF_SESSIONS };

struct options_page {
    const char *command; /* "proxy" */
    const char *usage;   /* "[options]", what follows the command's name */
    const char *about;   /* a paragraph */
    const struct option_row *rows;
    size_t n_rows;
    enum options_takes takes; /* of the common options */
    const char *examples;     /* whole lines */
};

enum options_status {
    OPTIONS_GO,
    OPTIONS_DONE,  /* help or version was printed: leave with CLI_OK */
    OPTIONS_WRONG, /* the user was told: leave with CLI_USAGE */
};

#define OPTIONS_WORDS_MAX 64u

/* Words that are not options. */
struct options_words {
    const char *word[OPTIONS_WORDS_MAX]; /* borrowed from argv */
    size_t n, max; /* max: how many the command takes; one more is wrong usage */
};

void common_options_default(struct common_options *c);

/* Parse argv[1..].  `own` is what the page's rows fill; `common` may be NULL when the page does not
 * observe, `words` NULL when the command takes none. */
enum options_status options_parse(const struct options_page *page, int argc, char **argv, void *own,
                                  struct common_options *common, struct options_words *words);

/* Say on standard error what is wrong and where to read more; returns CLI_USAGE.  `command` may be
 * NULL. */
int options_wrong(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Ready-made `take` functions, by the type of the field at `at`. */
bool take_flag(void *to, size_t at, const char *value);    /* bool: true */
bool take_off(void *to, size_t at, const char *value);     /* bool: false */
bool take_text(void *to, size_t at, const char *value);    /* const char *, not empty */
bool take_count(void *to, size_t at, const char *value);   /* uint32_t, at least 1 */
bool take_size(void *to, size_t at, const char *value);    /* size_t: 65536, 256K, 1M */
bool take_seconds(void *to, size_t at, const char *value); /* double */
bool take_color(void *to, size_t at, const char *value);   /* enum option_color */
bool take_more(void *to, size_t at, const char *value);    /* uint32_t: one more */
bool take_side(void *to, size_t at, const char *value); /* int, an enum tws_side: client, gateway */
#define EXPECTS_COUNT   "a whole number from 1 on"
#define EXPECTS_SIZE    "a size such as 65536, 256K or 1M"
#define EXPECTS_SECONDS "a time such as 250ms, 3s or 1m, up to a day"
#define EXPECTS_ADDRESS                                                                            \
    "an address of a known host, such as 127.0.0.1:4002, [::1]:4002, localhost:4002 or 4002"

#define EXPECTS_PEER                                                                               \
    "an address and a port (1 to 65535) of a known host, such as 127.0.0.1:4002, [::1]:4002, "     \
    "localhost:4002 or 4002"

bool parse_seconds(const char *text, double *out);
bool parse_size(const char *text, size_t *out);
bool parse_count(const char *text, uint32_t *out);

enum parse_addr_status {
    PARSE_ADDR_OK,
    PARSE_ADDR_FORM,    /* not an address and port */
    PARSE_ADDR_UNKNOWN, /* no such host name */
};

/* "127.0.0.1:4002", "[::1]:4002", "localhost:4002"; ":4002" and "4002" are ports on 127.0.0.1. */
enum parse_addr_status parse_addr(const char *text, struct sockaddr_storage *sa, socklen_t *len);

/* The same for an address to connect to: port 0, which lets the system choose where to listen, has
 * the status PARSE_ADDR_FORM. */
enum parse_addr_status parse_peer(const char *text, struct sockaddr_storage *sa, socklen_t *len);

/* "10.0.0.0/8", "fd00::/8"; an address without "/bits" is that address alone. */
bool parse_cidr(const char *text, uint8_t *family, uint8_t *bits, uint8_t addr[16]);

/* "127.0.0.1:4002" or "[::1]:4002" into `buf`; returns `buf`. */
const char *addr_text(const struct sockaddr_storage *sa, char *buf, size_t size);
/* The same address and port? */
bool addr_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b);
bool addr_is_loopback(const struct sockaddr_storage *sa);
#endif
