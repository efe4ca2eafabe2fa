/* timed.c - run a command and say what it took: one line of JSON.
 *
 * A small program of its own because the largest resident size that the kernel reports for a
 * process includes that of the program that it was before its exec: a Python's, if Python starts
 * it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void become(char **argv)
{
    int null = open("/dev/null", O_RDWR);

    if (null >= 0 && dup2(null, 0) == 0 && dup2(null, 1) == 1)
        execvp(argv[0], argv);
    fprintf(stderr, "twstap-timed: %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

int main(int argc, char **argv)
{
    struct rusage used;
    double began;
    int status;
    pid_t child;

    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        fputs("usage: twstap-timed COMMAND [ARGUMENT...]\n"
              "Runs it without input and with its output thrown away, and says what it took.\n",
              argc < 2 ? stderr : stdout);
        return argc < 2 ? 2 : 0;
    }
    began = now();
    child = fork();
    if (child == 0)
        become(argv + 1);
    if (child < 0 || wait4(child, &status, 0, &used) != child) {
        fprintf(stderr, "twstap-timed: %s\n", strerror(errno));
        return 1;
    }
    printf("{\"s\": %.6f, \"cpu_s\": %.6f, \"max_rss\": %ld, \"status\": %d}\n", now() - began,
           seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss * 1024,
           WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
