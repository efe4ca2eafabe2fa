/* layer_files.c - what the Gateway's own files say, where they can be read.
 *
 * Names of user folders are user names in disguise: they are never shown. */
#include "look.h"
#include "settings.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX    (256u * 1024u) /* bytes of a file that are looked at */
#define ENTRIES_MAX 512u           /* of a folder */
#define PATH_SIZE   512u

struct text {
    char *bytes; /* owned */
    size_t n;
};

static struct tws_cursor cursor(const struct text *t)
{
    return (struct tws_cursor){(const uint8_t *)t->bytes, t->n};
}

/* 0, or errno; only a regular file is read. */
static int read_text(const char *path, struct text *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    ssize_t n;

    *out = (struct text){0};
    if (fd < 0)
        return errno;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return EISDIR;
    }
    out->bytes = malloc(FILE_MAX);
    while (out->bytes && out->n < FILE_MAX &&
           (n = read(fd, out->bytes + out->n, FILE_MAX - out->n)) > 0)
        out->n += (size_t)n;
    close(fd);
    return out->bytes ? 0 : ENOMEM;
}

/* dir/name into `to`; false: it is too long to be looked at. */
static bool join(char to[PATH_SIZE], const char *dir, const char *name)
{
    int n = snprintf(to, PATH_SIZE, "%s/%s", dir, name);

    return n > 0 && n < (int)PATH_SIZE;
}

/* Call `each` for the entries of a folder that do not begin with a dot. */
static void every_entry(const char *dir, void (*each)(void *ctx, const char *dir, const char *name),
                        void *ctx)
{
    DIR *d = opendir(dir);
    const struct dirent *e;
    unsigned n = 0;

    while (d && n++ < ENTRIES_MAX && (e = readdir(d)) != NULL)
        if (e->d_name[0] != '.')
            each(ctx, dir, e->d_name);
    if (d)
        closedir(d);
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

/* ---- the folder of one user ---- */

struct found {
    struct diag_report *r;
    unsigned port; /* of the doctor's address */
    unsigned encrypted, restarts, api_logs;
    bool plain; /* the settings could be read */
    bool other_port;
    char memory[SETTINGS_VALUE];
};

static void read_xml(struct found *f, const char *path)
{
    char port[SETTINGS_VALUE] = "?", read_only[SETTINGS_VALUE] = "?", local[SETTINGS_VALUE] = "?";
    struct text t;

    if (read_text(path, &t) == 0 && settings_xml(cursor(&t), "ApiSettings", "port", port)) {
        (void)settings_xml(cursor(&t), "ApiSettings", "readOnlyApi", read_only);
        (void)settings_xml(cursor(&t), "ApiSettings", "allowOnlyLocalhost", local);
        f->plain = true;
        f->other_port = f->other_port || strtoul(port, NULL, 10) != f->port;
        diag_add(f->r, TWS_FROM_PROCESS,
                 "saved settings: API port %s, Read-Only API %s, localhost only %s", port,
                 read_only, local);
    }
    free(t.bytes);
}

static void user_entry(void *ctx, const char *dir, const char *name)
{
    struct found *f = ctx;
    char path[PATH_SIZE];

    f->encrypted += ends_with(name, ".ibgzenc");
    f->restarts += strcmp(name, "autorestart") == 0;
    f->api_logs += strncmp(name, "api.", 4) == 0;
    if ((strcmp(name, "ibg.xml") == 0 || strcmp(name, "tws.xml") == 0) && join(path, dir, name))
        read_xml(f, path);
}

static void memory_of(struct found *f, const char *path)
{
    struct text t;

    if (read_text(path, &t) == 0)
        (void)settings_option(cursor(&t), "-Xmx", f->memory);
    free(t.bytes);
}

static void version_entry(void *ctx, const char *dir, const char *name)
{
    char folder[PATH_SIZE], path[PATH_SIZE];

    if (!join(folder, dir, name))
        return;
    if (join(path, folder, "ibgateway.vmoptions"))
        memory_of(ctx, path);
    if (join(path, folder, "tws.vmoptions"))
        memory_of(ctx, path);
}

static void top_entry(void *ctx, const char *dir, const char *name)
{
    char path[PATH_SIZE];

    if (!join(path, dir, name))
        return;
    if (strcmp(name, "ibgateway") == 0 || strcmp(name, "tws") == 0)
        every_entry(path, version_entry, ctx);
    else
        every_entry(path, user_entry, ctx);
    user_entry(ctx, dir, name); /* some set-ups have one user's files right here */
}

/* ---- the settings folder ---- */

static const struct {
    const char *section, *key, *means;
} ini_rows[] = {
    {"IBGateway", "ApiOnly", "login page for the API (not FIX)"},
    {"Logon", "UseSSL", "TLS toward IB (not toward your program)"},
    {"Logon", "TimeZone", "time zone of restart times"},
};

static void say_folder(struct found *f, const char *dir, const char *shown, struct tws_cursor ini)
{
    char value[SETTINGS_VALUE];

    every_entry(dir, top_entry, f);
    if (f->restarts > 1)
        diag_attention(f->r,
                       "%s can be read; %u autorestart files, and more than one confuses "
                       "the restart",
                       shown, f->restarts);
    else if (f->other_port)
        diag_attention(f->r, "%s can be read; the saved API port is not %u", shown, f->port);
    else
        diag_works(f->r, "%s can be read%s", shown,
                   f->plain ? "" : "; the API settings in it are encrypted or not there");
    for (size_t i = 0; i < sizeof ini_rows / sizeof ini_rows[0]; i++)
        if (settings_ini(ini, ini_rows[i].section, ini_rows[i].key, value))
            diag_add(f->r, TWS_FROM_PROCESS, "jts.ini: %s=%s: %s", ini_rows[i].key, value,
                     ini_rows[i].means);
    if (f->memory[0])
        diag_add(f->r, TWS_FROM_PROCESS, "memory limit of Java: %s", f->memory);
    diag_add(f->r, TWS_FROM_PROCESS,
             "%u autorestart file%s, %u API message log%s, %u encrypted "
             "file%s",
             f->restarts, f->restarts == 1 ? "" : "s", f->api_logs, f->api_logs == 1 ? "" : "s",
             f->encrypted, f->encrypted == 1 ? "" : "s");
}

/* `shown`: what the folder is called.  False: there is no jts.ini that we may read; *denied: there
 * may be one. */
static bool try_folder(const struct look *l, struct diag_report *r, const char *dir,
                       const char *shown, bool *denied)
{
    struct found f = {.r = r, .port = l->to.port};
    char path[PATH_SIZE];
    struct text t;
    int error;

    if (!join(path, dir, "jts.ini"))
        return false;
    error = read_text(path, &t);
    if (error == 0)
        say_folder(&f, dir, shown, cursor(&t));
    *denied = *denied || error == EACCES || error == EPERM;
    free(t.bytes);
    return error == 0;
}

/* Where a process's files are seen from here: a container has a root of its own. */
static bool try_root(const struct look *l, struct diag_report *r, const struct look_owner *g,
                     const char *root, bool *denied)
{
    static const char *const usual[] = {"/home/ibgateway/Jts", "/opt/ibkr", "/root/Jts"};
    const struct passwd *user = getpwuid((uid_t)g->process.uid);
    char path[PATH_SIZE];

    if (user && user->pw_dir &&
        snprintf(path, sizeof path, "%s%s/Jts", root, user->pw_dir) < (int)sizeof path &&
        try_folder(l, r, path, path + strlen(root), denied))
        return true;
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (snprintf(path, sizeof path, "%s%s", root, usual[i]) < (int)sizeof path &&
            try_folder(l, r, path, path + strlen(root), denied))
            return true;
    return false;
}

void layer_files(struct look *l, struct diag_report *r)
{
    const struct look_owner *g = l->here ? look_gateway(l) : NULL;
    char path[64];
    bool denied = false, found;

    if (l->ask->settings) {
        if (!try_folder(l, r, l->ask->settings, l->ask->settings, &denied))
            diag_cannot_tell(r, "%s holds no jts.ini that we may read", l->ask->settings);
        return;
    }
    if (!l->here) {
        diag_cannot_tell(r, "they are on another machine: run twstap doctor there");
        return;
    }
    if (!g || !host_is_gateway(g->who.kind)) {
        diag_cannot_tell(r, "no Gateway's process to look for them by (--settings DIR names the "
                            "folder)");
        return;
    }
    snprintf(path, sizeof path, "/proc/%lu/cwd", (unsigned long)g->pid);
    found = try_folder(l, r, path, "the folder that it works in", &denied);
    snprintf(path, sizeof path, "/proc/%lu/root", (unsigned long)g->pid);
    found = found || try_root(l, r, g, path, &denied) || try_root(l, r, g, "", &denied);
    if (!found)
        diag_cannot_tell(r, denied ? "the settings folder is another user's: that takes root"
                                   : "no jts.ini where it usually is (--settings DIR names the "
                                     "folder)");
}
