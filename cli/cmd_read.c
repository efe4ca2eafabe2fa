#include "cli.h"
#include "passive.h"
#include "pasted_log.h"
#include "stop.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Lines leave when so many packets have been looked at, and at the end. */
#define PACKETS_A_FLUSH 4096u

struct options {
    struct ports ports;
    const char *log; /* NULL: packets are read */
};

static const struct option_row rows[] = {
    {"port", 0, "P,..", "ports of the Gateway (default: the usual four, and any with a hello)",
     EXPECTS_PORTS, take_ports, offsetof(struct options, ports)},
    {"log", 0, "FILE",
     "read a log of a client library or of TWS instead of packets (- standard input)",
     "a file name, or -", take_text, offsetof(struct options, log)},
};

static const struct options_page page = {
    .command = "read",
    .usage = "[options] FILE... | --log FILE",
    .about =
        "Reads pcap and pcapng files, those of tcpdump, Wireshark and `twstap proxy --record`, and "
        "says\nwhat `twstap proxy` would have said had it been there.  Several files are read in "
        "time "
        "order;\n- is standard input.\n",
    .rows = rows,
    .n_rows = sizeof rows / sizeof rows[0],
    .takes = OPTIONS_OF_SESSIONS,
    .examples = "  twstap read session.pcapng                     stages, silences, verdicts\n"
                "  twstap read -v session.pcapng                  each frame by name\n"
                "  twstap read --json - -q session.pcapng         all events as JSON Lines\n"
                "  ssh host tcpdump -i any -U -w - port 4002 | twstap read -\n"
                "  twstap read --port 4009 odd-port.pcap          a Gateway on another port\n"
                "  twstap read --log ib_async.log                 the sessions of a client's log\n",
};

/* The worst of what happened to the files. */
static int pull(struct passive *p)
{
    struct packet packet;
    uint32_t n = 0;
    int status = CLI_OK;

    while (!stop_asked && !observer_in_vain(&p->observer)) {
        switch (source_next(p->source, &packet)) {
        case SOURCE_PACKET:
            passive_packet(p, &packet);
            if (++n % PACKETS_A_FLUSH == 0)
                observer_flush(&p->observer);
            break;
        case SOURCE_CUT:
            observer_flush(&p->observer);
            fprintf(stderr, "twstap read: %s\n", source_error(p->source));
            break;
        case SOURCE_FAILED:
            observer_flush(&p->observer);
            fprintf(stderr, "twstap read: %s\n", source_error(p->source));
            status = CLI_COULD_NOT_LOOK;
            return status;
        case SOURCE_PAUSE: /* whoever watches the writer of a pipe sees all that came */
            observer_flush(&p->observer);
            break;
        case SOURCE_LATER: /* a signal came while a pipe was waited for */
            break;
        case SOURCE_END:
            return status;
        }
    }
    return status;
}

int cmd_read(int argc, char **argv)
{
    struct common_options common;
    struct options_words words = {.max = OPTIONS_WORDS_MAX};
    struct options options = {0};
    struct passive p = {0};
    char error[SOURCE_ERROR_MAX];
    int status, seen;

    common_options_default(&common);
    switch (options_parse(&page, argc, argv, &options, &common, &words)) {
    case OPTIONS_GO:
        break;
    case OPTIONS_DONE:
        return CLI_OK;
    case OPTIONS_WRONG:
        return CLI_USAGE;
    }
    if (options.log && (words.n > 0 || options.ports.n > 0))
        return options_wrong("read", "--log reads one log, and neither packets nor ports");
    if (options.log)
        return pasted_log_read(options.log, &common);
    if (words.n == 0)
        return options_wrong("read", "which file? - is standard input");
    p.ports = options.ports;
    if (p.ports.n == 0)
        ports_default(&p.ports);
    p.source = source_files(words.word, words.n, error);
    if (!p.source) {
        fprintf(stderr, "twstap read: %s\n", error);
        return CLI_COULD_NOT_LOOK;
    }
    signal(SIGPIPE, SIG_IGN);
    common.patient = true;
    status = observer_open(&p.observer, "read", &common, ev_default_loop(0));
    if (status != CLI_OK) {
        source_close(p.source);
        return status;
    }
    stop_watch();
    observer_wait_until(&p.observer, &stop_asked);
    if (!passive_open(&p, options.ports.n == 0)) {
        fputs("twstap read: no memory\n", stderr);
        source_close(p.source);
        observer_abandon(&p.observer);
        return CLI_INTERNAL;
    }
    status = pull(&p);
    passive_end(&p, p.last_ns);
    seen = passive_close(&p);
    if (status == CLI_OK && observer_failed(&p.observer))
        status = CLI_COULD_NOT_LOOK;
    return status != CLI_OK ? status : seen;
}
