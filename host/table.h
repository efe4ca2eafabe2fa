/* table.h - the kernel's table of TCP sockets, and the processes that own them.
 *
 * For somebody who looks around once, not for polling: a look costs one netlink dump for each
 * address family, and owners cost a walk through /proc.  Nothing here sends a byte to anybody. */
#ifndef TWS_TABLE_H
#define TWS_TABLE_H
#include "event.h"
#include <sys/socket.h>
#include <sys/types.h>

#define HOST_ROWS_MAX      32768u /* rows that are kept; see host_table.cut */
#define HOST_PROCESSES_MAX 65536u /* processes that are looked at */
#define HOST_FDS_MAX       65536u /* open files of one process that are looked at */
#define HOST_COMM_MAX      64u    /* bytes with the NUL */
#define HOST_LINE_MAX      4096u  /* of a command line; the rest is cut */

/* What came of a question to the system. */
enum host_answer {
    HOST_TOLD,
    HOST_NO_RIGHT,    /* it is there, and not for us to see */
    HOST_NOT_THERE,   /* no such process */
    HOST_NO_PLATFORM, /* this platform cannot tell */
    HOST_FAILED,      /* the system said no, with errno */
};

enum host_state {
    HOST_OTHER_STATE,
    HOST_LISTEN,
    HOST_OPENING, /* SYN-SENT, SYN-RECV */
    HOST_ESTABLISHED,
    HOST_CLOSE_WAIT, /* the other end has closed, ours has not */
    HOST_FIN_WAIT,   /* FIN-WAIT-1 and 2: ours has closed, the other end has not */
    HOST_LEAVING,    /* LAST-ACK, CLOSING: both have */
};

/* An IPv4 address in an IPv6 socket stands as the IPv4 address that it is. */
struct host_row {
    struct tws_endpoint local, remote;
    enum host_state state;
    uint32_t recv_q; /* bytes not read; of a listener: connections that wait to be accepted */
    uint32_t send_q; /* bytes not acknowledged; of a listener: how many may wait */
    uint32_t inode;  /* 0: no process has it.  ESTABLISHED, CLOSE-WAIT: it was never accepted */
    uint32_t uid;
    uint32_t pid;          /* filled by host_table_owners; 0: not known */
    bool only_six;         /* of an IPv6 listener: it takes no IPv4 */
    bool tcp_known;        /* the kernel gave the three below */
    uint32_t retransmits;  /* going on now */
    uint32_t last_data_ms; /* since data came in; without any, since the connection was made */
    uint32_t last_sent_ms;
};

struct host_table {
    struct host_row *rows; /* owned */
    size_t n, cap;         /* private: cap */
    bool cut;              /* there are more rows than are kept */
    bool hidden;           /* by host_table_owners: some processes' files were not for us to see */
};

/* All rows but TIME-WAIT, of both families.  Past half of HOST_ROWS_MAX only rows of `ports`, at
 * either end, are taken.  Free the table whatever comes back. */
enum host_answer host_table_read(struct host_table *t, const uint16_t *ports, size_t n_ports);
void host_table_free(struct host_table *t);

/* Fill `pid` of every row whose process can be seen. */
enum host_answer host_table_owners(struct host_table *t);

/* Which process of user `uid` has this socket, into *pid; the search ends after `limit_ns`.
 * HOST_NOT_THERE: none was found. */
enum host_answer host_socket_owner(uint32_t inode, uint32_t uid, uint64_t limit_ns, uint32_t *pid);

/* Which of these ports somebody listens on, each port once, in the order of `ports`; `view`: see
 * host_view_open. */
struct host_listening {
    uint16_t port;
    uint32_t inode, uid;
};
size_t host_listenings(int view, const uint16_t *ports, size_t n, struct host_listening *out,
                       size_t max);

struct host_process {
    uint32_t pid, uid;
    char state; /* R runs, S and I sleep, D waits for a device, T stopped, t traced, Z dead */
    uint32_t threads;
    uint64_t cpu_ms;          /* user and system time so far */
    uint64_t age_ms;          /* since its start; 0: not known */
    uint64_t started;         /* ticks since boot: with `pid` it names a process for good */
    char comm[HOST_COMM_MAX]; /* the kernel's short name */
    char line[HOST_LINE_MAX]; /* its words with blanks between; empty: not known */
};

enum host_answer host_process(uint32_t pid, struct host_process *out);

/* Only what host_stat_parse fills: one file instead of three. */
enum host_answer host_process_brief(uint32_t pid, struct host_process *out);

/* Every process that can be seen, until `each` says false. */
enum host_answer host_processes(bool (*each)(void *ctx, const struct host_process *p), void *ctx);

/* Can all processes of this machine be seen?  Not with hidepid, in a container, or under WSL. */
bool host_sees_all(void);

/* Has that process a network namespace of its own, that is not ours?  False also where that cannot
 * be told. */
bool host_other_net(uint32_t pid);

/* From here on this thread's sockets and tables are those of that process's network namespace.
 * Takes CAP_SYS_ADMIN. */
enum host_answer host_enter_net(uint32_t pid);

/* Is that an address of this machine (of this network namespace)? */
bool host_is_here(const struct sockaddr_storage *sa, socklen_t len);
bool host_endpoint_is_here(const struct tws_endpoint *e);

/* The text of /proc/PID/stat into pid, comm, state, threads, cpu_ms and started; pure.  `hz`: ticks
 * a second.  False: it is not of that form; *out is then undefined. */
bool host_stat_parse(const char *text, size_t len, uint64_t hz, struct host_process *out);

/* Words that end with NUL each, `n` bytes of them, to one text in place: blanks between, no blank
 * behind the last, a NUL at the end.  `bytes` has room for n + 1. */
void host_words(char *bytes, size_t n);
#endif
