/* The beginning of the one file: find the folder in which the program is unpacked, make it whole, and become the program.
 *
 * It is linked statically, and runs on every Linux of its processor. It stays the same process, so that signals, the
 * sockets of systemd and an exit code need nobody to pass them on.
 */
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRAM "gatepost"
#define SELF "/proc/self/exe"
#define LIBRARIES "_internal" /* where PyInstaller puts them */
#define MEGABYTE 1000000

static char reason[1024];
static char tried[MOST_PLACES * 1280];

void because(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(reason, sizeof reason, format, values);
    va_end(values);
}

const char *why(void)
{
    return reason;
}

/* The same file under a number that is none of the three streams, which may be closed. */
int above_streams(int fd)
{
    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    int above = fcntl(fd, F_DUPFD, STDERR_FILENO + 1);
    close(fd);
    return above;
}

static void fail(void)
{
    fprintf(stderr, PROGRAM ": this executable cannot start: %s.\n", why());
    exit(1);
}

static void fail_everywhere(const struct archive *archive, const char *name)
{
    fprintf(stderr,
            PROGRAM ": this executable finds no folder to unpack itself into: it needs %llu MB in one that is its user's "
            "alone and where programs may run. Tried %s. Set GATEPOST_CACHE to the path of such a folder.\n",
            (unsigned long long)(archive->room / MEGABYTE + 1), name);
    exit(1);
}

/* Whether the folder of this name may be used as it is: nobody but this user has ever been able to write into it. */
static int is_private(int base, const char *name)
{
    struct stat status;
    return fstatat(base, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode)
        && status.st_uid == geteuid() && (status.st_mode & 07777) == 0700;
}

/* Open the program's folder in a base that is locked; make it, or make it anew, where it may not be used. */
static int open_folder(int base, const struct archive *archive)
{
    if (!is_private(base, archive->folder)) {
        remove_tree(base, archive->folder);
        if (!place_has_room(base, archive->room))
            return -1;
        if (mkdirat(base, archive->folder, 0700) < 0) {
            because("%s", strerror(errno));
            return -1;
        }
    }
    int folder = above_streams(openat(base, archive->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    if (folder < 0)
        because("%s: %s", archive->folder, strerror(errno));
    return folder;
}

/* Return the program's folder, whole and held by a lock, which the program keeps: nobody removes it meanwhile, no other
 * start, and not systemd-tmpfiles. */
static int unpacked(int base, const struct archive *archive)
{
    int folder = open_folder(base, archive);
    if (folder < 0)
        return -1;
    flock(folder, LOCK_SH); /* waits where the system is just cleaning up */
    if (folder_make_whole(folder, archive) < 0) {
        close(folder);
        remove_abandoned(base, "");
        return -1;
    }
    remove_abandoned(base, archive->folder);
    return folder;
}

static int settle(const struct archive *archive, struct place *place)
{
    int base = place_open(place);
    if (base < 0)
        return -1;
    int folder = place_lock(base) < 0 ? -1 : unpacked(base, archive);
    close(base);
    return folder;
}

/* The program begins with a loader that needs zlib, which not every system has, and we do. */
static void set_library_path(const struct archive *archive, const struct place *place)
{
    const char *before = getenv("LD_LIBRARY_PATH");
    size_t room = sizeof place->path + 512 + (before == NULL ? 0 : strlen(before));
    char *path = malloc(room);
    if (path == NULL)
        return;
    snprintf(path, room, "%s/%s/" LIBRARIES "%s%s", place->path, archive->folder, before == NULL ? "" : ":",
             before == NULL ? "" : before);
    setenv("LD_LIBRARY_PATH", path, 1);
    free(path);
}

/* Become the program; return where it cannot be started. GATEPOST_UNPACKED tells it what it has to keep. */
static void start(const struct archive *archive, const struct place *place, int folder, char **words)
{
    char program[sizeof place->path + 512], kept[sizeof place->path + 64];
    snprintf(program, sizeof program, "%s/%s/%s", place->path, archive->folder, PROGRAM);
    if (getenv("GATEPOST_UNPACK_ONLY") != NULL) {
        program[strlen(program) - strlen("/" PROGRAM)] = 0;
        exit(puts(program) < 0);
    }
    snprintf(kept, sizeof kept, "%d %d %s", folder, archive->fd, place->path);
    setenv("GATEPOST_UNPACKED", kept, 1);
    set_library_path(archive, place);
    execv(program, words);
    because("the program cannot be started there: %s", strerror(errno));
    close(folder);
}

int main(int count, char **words)
{
    struct archive archive;
    struct place found[MOST_PLACES];
    (void)count;
    if (getuid() != geteuid() || getgid() != getegid()) {
        because("it must not be setuid or setgid: whoever starts it chooses where it is unpacked");
        fail();
    }
    if (archive_open(&archive, SELF) < 0 || !system_is_new_enough(&archive))
        fail();
    int most = places(found);
    for (int at = 0; at < most; at++) {
        mode_t mask = umask(077);
        int folder = settle(&archive, &found[at]);
        umask(mask);
        if (folder >= 0)
            start(&archive, &found[at], folder, words);
        size_t length = strlen(tried);
        snprintf(tried + length, sizeof tried - length, "%s%s: %s", length ? "; " : "", found[at].path, why());
    }
    fail_everywhere(&archive, tried);
}
