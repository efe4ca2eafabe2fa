/* replay.c - run a fuzz target once over each file of its corpus, where there is no fuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (1u << 20) /* bytes of one file that are read */

static int replay(const char *folder, const char *name, uint8_t *buf)
{
    char path[1024];
    FILE *f;
    size_t n;
    uint8_t *exact; /* a sanitizer sees a read behind the end of it */

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "rb");
    if (!f) {
        perror(path);
        return 1;
    }
    n = fread(buf, 1, INPUT_MAX, f);
    fclose(f);
    exact = malloc(n > 0 ? n : 1);
    if (!exact)
        return 1;
    for (size_t i = 0; i < n; i++)
        exact[i] = buf[i];
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    uint8_t *buf = malloc(INPUT_MAX);
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    struct dirent *entry;
    int failed = 0;

    if (!folder || !buf) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
        free(buf);
        return 2;
    }
    while ((entry = readdir(folder))) {
        if (entry->d_name[0] != '.')
            failed |= replay(argv[1], entry->d_name, buf);
    }
    closedir(folder);
    free(buf);
    return failed;
}
