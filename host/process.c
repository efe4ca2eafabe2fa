/* process.c - what /proc says of processes. */
#include "host.h"
#include "table.h"
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the text of /proc/PID/stat ---- */

/* Numbers behind the state, counted from 4 as proc(5) does. */
enum { FIELD_FIRST = 4, FIELD_USER = 14, FIELD_SYSTEM = 15, FIELD_THREADS = 20, FIELD_START = 22 };

static const char *take_number(const char *p, const char *end, uint64_t *out)
{
    uint64_t n = 0;

    while (p < end && *p == ' ')
        p++;
    if (p < end && *p == '-') /* a priority may be below zero; none that is asked for is */
        p++;
    if (p == end || *p < '0' || *p > '9')
        return NULL;
    for (; p < end && *p >= '0' && *p <= '9'; p++)
        n = n > UINT64_MAX / 10 - 1 ? UINT64_MAX / 10 : n * 10 + (uint64_t)(*p - '0');
    *out = n;
    return p;
}

static bool take_numbers(const char *p, const char *end, uint64_t hz, struct host_process *out)
{
    uint64_t n[FIELD_START + 1] = {0};

    for (int i = FIELD_FIRST; i <= FIELD_START; i++) {
        p = take_number(p, end, &n[i]);
        if (!p)
            return false;
    }
    out->threads = n[FIELD_THREADS] < UINT32_MAX ? (uint32_t)n[FIELD_THREADS] : UINT32_MAX;
    out->cpu_ms = (n[FIELD_USER] / 2 + n[FIELD_SYSTEM] / 2) > UINT64_MAX / 2000
                      ? 0
                      : (n[FIELD_USER] + n[FIELD_SYSTEM]) * 1000 / hz;
    out->started = n[FIELD_START];
    return true;
}

bool host_stat_parse(const char *text, size_t len, uint64_t hz, struct host_process *out)
{
    const char *end = text + len, *open = memchr(text, '(', len), *close = NULL;
    uint64_t pid;
    size_t n;

    /* The name may hold blanks and brackets; it ends at the last bracket. */
    for (const char *p = open; p && p < end; p++)
        if (*p == ')')
            close = p;
    if (!close || end - close < 4 || hz == 0 || !take_number(text, open, &pid) || pid > UINT32_MAX)
        return false;
    *out = (struct host_process){.pid = (uint32_t)pid, .state = close[2]};
    n = (size_t)(close - open - 1);
    if (n >= sizeof out->comm)
        n = sizeof out->comm - 1;
    memcpy(out->comm, open + 1, n);
    return take_numbers(close + 3, end, hz, out);
}

void host_words(char *bytes, size_t n)
{
    while (n && bytes[n - 1] == '\0')
        n--;
    for (size_t i = 0; i < n; i++)
        if (bytes[i] == '\0')
            bytes[i] = ' ';
    bytes[n] = '\0';
}

#ifdef __linux__
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/utsname.h>

/* Bytes read, at most size; -1 with errno. */
static ssize_t read_file(uint32_t pid, const char *name, char *buf, size_t size)
{
    char path[64];
    size_t have = 0;
    ssize_t n = 0;
    int fd;

    snprintf(path, sizeof path, "/proc/%lu/%s", (unsigned long)pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    while (have < size && (n = read(fd, buf + have, size - have)) > 0)
        have += (size_t)n;
    close(fd);
    return n < 0 ? -1 : (ssize_t)have;
}

static enum host_answer answer_of(int error)
{
    if (error == EACCES || error == EPERM)
        return HOST_NO_RIGHT;
    return error == ENOENT || error == ESRCH ? HOST_NOT_THERE : HOST_FAILED;
}

static uint64_t ticks_a_second(void)
{
    long hz = sysconf(_SC_CLK_TCK);

    return hz > 0 ? (uint64_t)hz : 100;
}

static uint64_t up_ms(void)
{
    char text[64] = "";
    int fd = open("/proc/uptime", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    double s;

    if (fd >= 0)
        close(fd);
    s = n > 0 ? strtod(text, NULL) : 0;
    return s > 0 && s < 1e12 ? (uint64_t)(s * 1000) : 0;
}

static uint32_t user_of(uint32_t pid)
{
    char path[64];
    struct stat st;

    snprintf(path, sizeof path, "/proc/%lu", (unsigned long)pid);
    return stat(path, &st) == 0 ? (uint32_t)st.st_uid : UINT32_MAX;
}

enum host_answer host_process_brief(uint32_t pid, struct host_process *out)
{
    char text[1024];
    ssize_t n = read_file(pid, "stat", text, sizeof text);

    if (n < 0)
        return answer_of(errno);
    return host_stat_parse(text, (size_t)n, ticks_a_second(), out) ? HOST_TOLD : HOST_FAILED;
}

enum host_answer host_process(uint32_t pid, struct host_process *out)
{
    uint64_t hz = ticks_a_second(), up, started_ms;
    enum host_answer answer = host_process_brief(pid, out);
    ssize_t n;

    if (answer != HOST_TOLD)
        return answer;
    out->uid = user_of(pid);
    up = up_ms();
    started_ms = out->started < UINT64_MAX / 1000 ? out->started * 1000 / hz : 0;
    out->age_ms = up > started_ms ? up - started_ms : 0;
    n = read_file(pid, "cmdline", out->line, sizeof out->line - 1);
    host_words(out->line, n > 0 ? (size_t)n : 0);
    return HOST_TOLD;
}

/* The number that a name in /proc is; 0: it is none. */
static uint32_t pid_of(const char *name)
{
    char *end;
    unsigned long n;

    if (name[0] < '1' || name[0] > '9')
        return 0;
    errno = 0;
    n = strtoul(name, &end, 10);
    return *end || errno || n > UINT32_MAX ? 0 : (uint32_t)n;
}

/* Call `each` with every process's number. */
static enum host_answer every(bool (*each)(void *ctx, uint32_t pid), void *ctx)
{
    DIR *proc = opendir("/proc");
    const struct dirent *e;
    uint32_t seen = 0;

    if (!proc)
        return answer_of(errno);
    while (seen < HOST_PROCESSES_MAX && (e = readdir(proc)) != NULL) {
        uint32_t pid = pid_of(e->d_name);

        seen += pid != 0;
        if (pid && !each(ctx, pid))
            break;
    }
    closedir(proc);
    return HOST_TOLD;
}

/* The inode of the first namespace of processes is fixed (proc_ns.h of the kernel); hidepid hides
 * the first process too. */
#define FIRST_PID_NAMESPACE 0xEFFFFFFCu

bool host_sees_all(void)
{
    struct host_process first;
    struct utsname name;
    struct stat ours;

    /* Under WSL the machine's other half is Windows. */
    if (uname(&name) != 0 || strcasestr(name.release, "microsoft"))
        return false;
    return stat("/proc/self/ns/pid", &ours) == 0 && ours.st_ino == FIRST_PID_NAMESPACE &&
           host_process(1, &first) == HOST_TOLD;
}

struct each_process {
    bool (*each)(void *ctx, const struct host_process *p);
    void *ctx;
};

static bool each_process(void *ctx, uint32_t pid)
{
    struct each_process *e = ctx;
    struct host_process p;

    return host_process(pid, &p) != HOST_TOLD || e->each(e->ctx, &p);
}

enum host_answer host_processes(bool (*each)(void *ctx, const struct host_process *p), void *ctx)
{
    struct each_process e = {each, ctx};

    return every(each_process, &e);
}

/* ---- whose is a socket? ---- */

static int by_inode(const void *a, const void *b)
{
    uint32_t x = (*(struct host_row *const *)a)->inode, y = (*(struct host_row *const *)b)->inode;

    return (x > y) - (x < y);
}

struct owners {
    struct host_table *t;
    struct host_row **by_inode; /* rows that somebody has, sorted */
    size_t n;
    uint32_t pid; /* whose sockets are looked at */
};

static bool inode_of(const char *link, uint32_t *out)
{
    char *end;
    unsigned long n;

    if (strncmp(link, "socket:[", 8) != 0)
        return false;
    n = strtoul(link + 8, &end, 10);
    *out = (uint32_t)n;
    return *end == ']' && n <= UINT32_MAX;
}

static void give(struct owners *o, uint32_t inode, uint32_t pid)
{
    struct host_row key = {.inode = inode}, *wanted = &key, **found;

    found = bsearch(&wanted, o->by_inode, o->n, sizeof(struct host_row *), by_inode);
    if (found && !(*found)->pid)
        (*found)->pid = pid;
}

/* Call `each` with the inode of every socket of that process, until it says false.  False also
 * here then. */
static bool every_socket(uint32_t pid, bool (*each)(void *ctx, uint32_t inode), void *ctx,
                         bool *hidden)
{
    char path[64], link[64];
    const struct dirent *e;
    uint32_t seen = 0, inode;
    bool more = true;
    DIR *files;

    snprintf(path, sizeof path, "/proc/%lu/fd", (unsigned long)pid);
    files = opendir(path);
    if (!files) {
        *hidden = *hidden || errno == EACCES || errno == EPERM;
        return true;
    }
    while (more && seen++ < HOST_FDS_MAX && (e = readdir(files)) != NULL) {
        ssize_t n = readlinkat(dirfd(files), e->d_name, link, sizeof link - 1);

        if (n <= 0)
            continue;
        link[n] = '\0';
        more = !inode_of(link, &inode) || !inode || each(ctx, inode);
    }
    closedir(files);
    return more;
}

static bool give_socket(void *ctx, uint32_t inode)
{
    struct owners *o = ctx;

    give(o, inode, o->pid);
    return true;
}

static bool each_owner(void *ctx, uint32_t pid)
{
    struct owners *o = ctx;

    o->pid = pid;
    return every_socket(pid, give_socket, o, &o->t->hidden);
}

enum host_answer host_table_owners(struct host_table *t)
{
    struct owners o = {.t = t, .by_inode = malloc((t->n + 1) * sizeof(struct host_row *))};
    enum host_answer answer;

    if (!o.by_inode)
        return HOST_FAILED;
    for (size_t i = 0; i < t->n; i++)
        if (t->rows[i].inode)
            o.by_inode[o.n++] = &t->rows[i];
    qsort(o.by_inode, o.n, sizeof(struct host_row *), by_inode);
    t->hidden = false;
    answer = every(each_owner, &o);
    free(o.by_inode);
    return answer;
}

struct search {
    uint32_t inode, uid, pid; /* pid: found; 0: not yet */
    uint64_t until;           /* of host_now_ns */
    bool hidden;
};

static bool is_wanted(void *ctx, uint32_t inode)
{
    return inode != ((struct search *)ctx)->inode;
}

static bool search_in(void *ctx, uint32_t pid)
{
    struct search *s = ctx;

    if (host_now_ns() > s->until)
        return false;
    if (user_of(pid) == s->uid && !every_socket(pid, is_wanted, s, &s->hidden))
        s->pid = pid;
    return s->pid == 0;
}

enum host_answer host_socket_owner(uint32_t inode, uint32_t uid, uint64_t limit_ns, uint32_t *pid)
{
    struct search s = {.inode = inode, .uid = uid, .until = host_now_ns() + limit_ns};
    enum host_answer answer = every(search_in, &s);

    *pid = s.pid;
    if (answer != HOST_TOLD || s.pid)
        return answer;
    return s.hidden ? HOST_NO_RIGHT : HOST_NOT_THERE;
}

/* ---- network namespaces ---- */

static bool net_of(const char *path, struct stat *st)
{
    return stat(path, st) == 0;
}

bool host_other_net(uint32_t pid)
{
    char path[64];
    struct stat ours, theirs;

    snprintf(path, sizeof path, "/proc/%lu/ns/net", (unsigned long)pid);
    return net_of("/proc/self/ns/net", &ours) && net_of(path, &theirs) &&
           (ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev);
}

enum host_answer host_enter_net(uint32_t pid)
{
    enum host_answer answer = HOST_TOLD;
    char path[64];
    int fd;

    snprintf(path, sizeof path, "/proc/%lu/ns/net", (unsigned long)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return answer_of(errno);
    if (setns(fd, CLONE_NEWNET) != 0)
        answer = answer_of(errno);
    close(fd);
    return answer;
}
#else
enum host_answer host_process_brief(uint32_t pid, struct host_process *out)
{
    *out = (struct host_process){.pid = pid};
    return HOST_NO_PLATFORM;
}

enum host_answer host_process(uint32_t pid, struct host_process *out)
{
    return host_process_brief(pid, out);
}

enum host_answer host_processes(bool (*each)(void *ctx, const struct host_process *p), void *ctx)
{
    (void)each;
    (void)ctx;
    return HOST_NO_PLATFORM;
}

bool host_sees_all(void)
{
    return false;
}

enum host_answer host_table_owners(struct host_table *t)
{
    (void)t;
    return HOST_NO_PLATFORM;
}

enum host_answer host_socket_owner(uint32_t inode, uint32_t uid, uint64_t limit_ns, uint32_t *pid)
{
    (void)inode;
    (void)uid;
    (void)limit_ns;
    *pid = 0;
    return HOST_NO_PLATFORM;
}

bool host_other_net(uint32_t pid)
{
    (void)pid;
    return false;
}

enum host_answer host_enter_net(uint32_t pid)
{
    (void)pid;
    return HOST_NO_PLATFORM;
}
#endif

/* Only an address of ours can be bound; the port does not matter. */
bool host_is_here(const struct sockaddr_storage *sa, socklen_t len)
{
    struct sockaddr_storage at = *sa;
    int fd = socket(sa->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool here;

    if (fd < 0)
        return false;
    /* The port stands behind the first two bytes in both families. */
    memset((char *)&at + 2, 0, 2);
    here = bind(fd, (struct sockaddr *)&at, len) == 0;
    close(fd);
    return here;
}

bool host_endpoint_is_here(const struct tws_endpoint *e)
{
    struct sockaddr_storage at = {0};
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)&at;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)&at;

    if (e->family == 4) {
        four->sin_family = AF_INET;
        memcpy(&four->sin_addr, e->addr, sizeof four->sin_addr);
        return host_is_here(&at, sizeof *four);
    }
    if (e->family != 6)
        return false;
    six->sin6_family = AF_INET6;
    six->sin6_scope_id = e->scope;
    memcpy(&six->sin6_addr, e->addr, sizeof six->sin6_addr);
    return host_is_here(&at, sizeof *six);
}
