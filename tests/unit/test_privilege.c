#include "privilege.h"
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_root(void)
{
    if (geteuid() == 0)
        return true;
    fprintf(stderr, "skipped: only root has privileges to drop\n");
    return false;
}

/* The rest of the line of /proc/self/status that begins with `key`. */
static bool status_line(const char *key, char out[256])
{
    FILE *f = fopen("/proc/self/status", "re");
    bool found = false;

    while (f && !found && fgets(out, 256, f)) {
        found = strncmp(out, key, strlen(key)) == 0;
        if (found)
            memmove(out, out + strlen(key), strlen(out + strlen(key)) + 1);
    }
    if (f)
        fclose(f);
    return found;
}

static bool status_is(const char *key, unsigned long long want, int base)
{
    char line[256];

    return status_line(key, line) && strtoull(line, NULL, base) == want;
}

/* Drop in a child, which tells by its exit status what is left: a test program stays root. */
static int in_child(int (*job)(const struct host_user *u), const struct host_user *u)
{
    pid_t pid = fork();
    int status;

    cr_assert_geq(pid, 0);
    if (pid == 0)
        _exit(job(u));
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int drop_and_look(const struct host_user *u)
{
    static const char *const sets[] = {"CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"};
    char error[HOST_ERROR_MAX], ids[256], line[256];

    if (!host_drop(u, error)) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        if (!status_is(sets[i], 0, 16))
            return 2;
    }
    if (!status_is("NoNewPrivs:", 1, 10))
        return 3;
    snprintf(ids, sizeof ids, "\t%u\t%u\t%u\t%u\n", u->uid, u->uid, u->uid, u->uid);
    if (!status_line("Uid:", line) || strcmp(line, ids) != 0)
        return 4;
    snprintf(ids, sizeof ids, "\t%u\t%u\t%u\t%u\n", u->gid, u->gid, u->gid, u->gid);
    if (u->change && (!status_line("Gid:", line) || strcmp(line, ids) != 0))
        return 5;
    return 0;
}

static int no_group_of_root_is_left(const struct host_user *u)
{
    char error[HOST_ERROR_MAX];
    gid_t groups[256];
    int n;

    if (!host_drop(u, error))
        return 1;
    n = getgroups(256, groups);
    for (int i = 0; i < n; i++) {
        if (groups[i] == 0)
            return 2;
    }
    return n < 0 ? 3 : 0;
}

static int no_packet_socket(const struct host_user *u)
{
    char error[HOST_ERROR_MAX];

    if (!host_drop(u, error))
        return 1;
    return socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == EPERM ? 0 : 2;
}

static struct host_user find(const char *name)
{
    char error[HOST_ERROR_MAX] = "";
    struct host_user u;

    cr_assert(host_user_find(name, &u, error), "%s", error);
    return u;
}

Test(privilege, nothing_is_left_after_the_drop)
{
    struct host_user u;

    if (!is_root())
        return;
    u = find("nobody");
    cr_expect(u.change && u.uid != 0);
    cr_expect_eq(in_child(drop_and_look, &u), 0);
    cr_expect_eq(in_child(no_group_of_root_is_left, &u), 0);
    cr_expect_eq(in_child(no_packet_socket, &u), 0);
}

/* Root by its own wish keeps its name and its files, and no capability. */
Test(privilege, root_by_name_has_no_capabilities_either)
{
    struct host_user u;

    if (!is_root())
        return;
    u = find("root");
    cr_expect(!u.change && u.uid == 0);
    cr_expect_eq(in_child(drop_and_look, &u), 0);
    cr_expect_eq(in_child(no_packet_socket, &u), 0);
}

/* A uid that no name belongs to, as in containers. */
Test(privilege, a_user_without_a_name_gets_no_groups)
{
    struct host_user u;

    if (!is_root())
        return;
    setenv("SUDO_UID", "3999999998", 1);
    setenv("SUDO_GID", "3999999997", 1);
    u = find(NULL);
    cr_expect(u.change && u.uid == 3999999998u && u.gid == 3999999997u && u.name[0] == '\0');
    cr_expect_eq(in_child(drop_and_look, &u), 0);
    cr_expect_eq(in_child(no_group_of_root_is_left, &u), 0);
}

Test(privilege, becomes_who_called_sudo_and_else_nobody)
{
    static const char *const of_root[] = {NULL, "",   "0",          "-1",
                                          "x",  "1x", "4294967295", "99999999999999999999"};
    const struct passwd *daemon;

    if (!is_root())
        return;
    for (size_t i = 0; i < sizeof of_root / sizeof of_root[0]; i++) {
        unsetenv("SUDO_UID");
        setenv("SUDO_GID", "1", 1);
        if (of_root[i])
            setenv("SUDO_UID", of_root[i], 1);
        cr_expect_str_eq(find(NULL).name, "nobody", "SUDO_UID %s", of_root[i]);
    }
    setenv("SUDO_UID", "1", 1);
    cr_expect_eq(find(NULL).uid, 1);
    daemon = getpwuid(1);
    if (daemon)
        cr_expect_str_eq(find(NULL).name, daemon->pw_name);
}

Test(privilege, refuses_a_user_there_is_not)
{
    char error[HOST_ERROR_MAX];
    struct host_user u;

    cr_assert(!host_user_find("no such user", &u, error));
    cr_expect_str_eq(error, "user no such user: there is none of that name");
}

static int stays_itself(const struct host_user *nobody)
{
    char error[HOST_ERROR_MAX];
    struct host_user u;

    if (setgroups(0, NULL) != 0 || setgid(nobody->gid) != 0 || setuid(nobody->uid) != 0)
        return 1;
    if (host_user_find("root", &u, error) || !strstr(error, "only root"))
        return 2;
    if (!host_user_find(NULL, &u, error) || u.change || u.uid != nobody->uid)
        return 3;
    if (!host_user_find("nobody", &u, error) || u.change)
        return 4;
    return host_drop(&u, error) ? 0 : 5;
}

Test(privilege, who_is_not_root_stays_who_it_is)
{
    struct host_user u;

    if (!is_root())
        return;
    u = find("nobody");
    cr_expect_eq(in_child(stays_itself, &u), 0);
}

/* A drop that does not lead to the user it was asked for is an error. */
static int lies(const struct host_user *nobody)
{
    char error[HOST_ERROR_MAX];
    struct host_user other = *nobody;

    other.change = false; /* and so stays root */
    return !host_drop(&other, error) && strstr(error, "cannot give up privileges") ? 0 : 1;
}

Test(privilege, a_drop_that_did_not_work_is_said)
{
    struct host_user u;

    if (!is_root())
        return;
    u = find("nobody");
    cr_expect_eq(in_child(lies, &u), 0);
}

Test(privilege, hints_at_a_command)
{
    char hint[400];

    host_capture_hint(hint, sizeof hint);
    cr_expect(strstr(hint, "sudo") || strstr(hint, "--cap-add"), "%s", hint);
    if (strstr(hint, "setcap"))
        cr_expect_neq(strstr(hint, "test_privilege"), NULL, "%s", hint);
}

Test(privilege, gives_a_file_of_its_own_and_no_other)
{
    char name[] = "/tmp/twstap-give-XXXXXX", second[sizeof name + 2];
    struct host_user user = {.uid = 65534, .gid = 65534, .change = true};
    int fd, null;
    struct stat st;

    if (!is_root())
        return;
    fd = mkstemp(name);
    null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    cr_assert(fd >= 0 && null >= 0);
    snprintf(second, sizeof second, "%s.2", name);
    cr_assert_eq(link(name, second), 0);
    cr_expect(host_give(&user, fd, name) && fstat(fd, &st) == 0 && st.st_uid == 0,
              "who has made the other name?");
    cr_assert_eq(unlink(second), 0);
    cr_expect(host_give(&user, fd, name) && fstat(fd, &st) == 0 && st.st_uid == 65534);
    cr_expect(host_give(&user, null, "/dev/null") && fstat(null, &st) == 0 && st.st_uid == 0);
    cr_expect(host_give(&user, -1, name));
    close(fd);
    close(null);
    unlink(name);
}

/* A file of the user's in a folder of root's, /etc/profile.d for instance, would make it root. */
Test(privilege, gives_no_file_in_a_folder_of_root)
{
    char folder[] = "/tmp/twstap-root-XXXXXX", link_name[sizeof folder + 2];
    char name[sizeof folder + 4], through[sizeof link_name + 4];
    struct host_user user = {.uid = 65534, .gid = 65534, .change = true};
    struct stat st;
    int fd;

    if (!is_root())
        return;
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chmod(folder, 0755), 0);
    snprintf(name, sizeof name, "%s/a", folder);
    snprintf(link_name, sizeof link_name, "%s.l", folder);
    snprintf(through, sizeof through, "%s/a", link_name);
    cr_assert_eq(symlink(folder, link_name), 0);
    fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    cr_assert(fd >= 0);
    cr_expect(host_give(&user, fd, name) && fstat(fd, &st) == 0 && st.st_uid == 0);
    cr_expect(host_give(&user, fd, through) && fstat(fd, &st) == 0 && st.st_uid == 0);
    cr_expect(host_give(&user, fd, "/tmp/a") && fstat(fd, &st) == 0 && st.st_uid == 0,
              "a link that leads elsewhere by now");
    cr_assert_eq(chmod(folder, 0777), 0);
    cr_expect(host_give(&user, fd, through) && fstat(fd, &st) == 0 && st.st_uid == 65534);
    close(fd);
    unlink(name);
    unlink(link_name);
    rmdir(folder);
}
