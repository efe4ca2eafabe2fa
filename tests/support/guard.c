#include "guard.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* Bytes of the readable pages before the guard page; one page even for nothing. */
static size_t readable(size_t n)
{
    size_t page = page_size();

    return n == 0 ? page : (n + page - 1) / page * page;
}

const uint8_t *guarded(const void *p, size_t n)
{
    size_t room = readable(n);
    uint8_t *base =
        mmap(NULL, room + page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (base == MAP_FAILED || mprotect(base + room, page_size(), PROT_NONE) != 0)
        abort();
    if (n > 0)
        memcpy(base + room - n, p, n);
    return base + room - n;
}

void unguard(const uint8_t *p, size_t n)
{
    size_t room = readable(n);

    if (munmap((void *)((uintptr_t)p + n - room), room + page_size()) != 0)
        abort();
}
