/* Whether this system's C library is new enough. The launcher itself needs none, so that it can say so. */
#include "launcher.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const LIBRARIES[] = {
    "/lib/x86_64-linux-gnu/libc.so.6", "/lib/aarch64-linux-gnu/libc.so.6", "/lib64/libc.so.6", "/usr/lib64/libc.so.6",
    "/usr/lib/libc.so.6",
};

/* Whether the library has the symbol of a version, as the dynamic loader would ask. */
static int knows(int library, const char *symbol)
{
    struct stat status;
    if (fstat(library, &status) < 0 || status.st_size == 0)
        return 1;
    void *start = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, library, 0);
    if (start == MAP_FAILED)
        return 1;
    int is_known = memmem(start, (size_t)status.st_size, symbol, strlen(symbol) + 1) != NULL;
    munmap(start, (size_t)status.st_size);
    return is_known;
}

/* What cannot be read is left to the loader, where there is one. */
int system_is_new_enough(const struct archive *archive)
{
    const char *version = strchr(archive->glibc, '_');
    if (archive->loader[0] == '/' && access(archive->loader, F_OK) < 0) {
        because("it needs glibc, and this system has none (%s is missing)", archive->loader);
        return 0;
    }
    if (version == NULL)
        return 1;
    for (size_t at = 0; at < sizeof LIBRARIES / sizeof *LIBRARIES; at++) {
        int library = open(LIBRARIES[at], O_RDONLY | O_CLOEXEC);
        if (library < 0)
            continue;
        int is_known = knows(library, archive->glibc);
        close(library);
        if (!is_known)
            because("it needs glibc %s or newer, and this system's is older (%s)", version + 1, LIBRARIES[at]);
        return is_known;
    }
    return 1;
}
