/* Where the program may be unpacked: folders of this user that nobody else may write, tried in turn. */
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define OTHERS (S_IWGRP | S_IWOTH)
#define MEGABYTE 1000000ULL
#define TURNS 2400 /* of 50 ms, for another start that unpacks */

static void add(struct place found[], int *count, int creates, const char *folder, const char *below)
{
    if (folder == NULL || folder[0] == 0 || *count == MOST_PLACES)
        return;
    struct place *place = &found[*count];
    int length = snprintf(place->path, sizeof place->path, "%s%s", folder, below);
    if (length >= PATH_MAX - 256)
        return;
    place->creates = creates;
    place->is_chosen = 0;
    (*count)++;
}

/* The places in the order in which they are tried; a chosen one is the only one. */
int places(struct place found[MOST_PLACES])
{
    char own[32];
    int count = 0;
    add(found, &count, 2, getenv("GATEPOST_CACHE"), "");
    if (count > 0) {
        found[0].is_chosen = 1;
        return count;
    }
    snprintf(own, sizeof own, "/gatepost-%u", (unsigned)geteuid());
    add(found, &count, 0, getenv("CACHE_DIRECTORY"), ""); /* of systemd; of several, none */
    add(found, &count, 2, getenv("XDG_CACHE_HOME"), "/gatepost");
    add(found, &count, 2, getenv("HOME"), "/.cache/gatepost");
    add(found, &count, 1, getenv("TMPDIR"), own);
    add(found, &count, 1, "/var/tmp", own);
    add(found, &count, 1, "/tmp", own);
    return count;
}

/* Make the folder, with at most so many of those above it, where it is not there; return what kept it from being made. */
static int create(const char *path, int most)
{
    char above[PATH_MAX];
    struct stat status;
    if (most == 0 || stat(path, &status) == 0)
        return 0;
    snprintf(above, sizeof above, "%s", path);
    char *slash = strrchr(above, '/');
    if (slash != NULL && slash != above) {
        *slash = 0;
        create(above, most - 1);
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : errno;
}

/* Whether nobody but this user and root may put another folder in the place of this one, or of one below it. */
static int step_is_safe(const char *way)
{
    struct stat status;
    if (lstat(way, &status) < 0) {
        because("%s: %s", way, strerror(errno));
        return 0;
    }
    if (status.st_uid != 0 && status.st_uid != geteuid()) {
        because("%s belongs to user %u", way, (unsigned)status.st_uid);
        return 0;
    }
    if ((status.st_mode & OTHERS) && !(status.st_mode & S_ISVTX)) {
        because("others may write %s (mode %o)", way, status.st_mode & 07777u);
        return 0;
    }
    return 1;
}

/* Whether that holds for every folder on the way from / to this one. */
static int way_is_safe(const char *path)
{
    char way[PATH_MAX];
    snprintf(way, sizeof way, "%s", path);
    if (!step_is_safe("/"))
        return 0;
    for (char *slash = strchr(way + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (!step_is_safe(way))
            return 0;
        *slash = '/';
    }
    return step_is_safe(way);
}

static int is_own(int folder)
{
    struct stat status;
    if (fstat(folder, &status) < 0) {
        because("%s", strerror(errno));
        return 0;
    }
    if (status.st_uid != geteuid()) {
        because("it belongs to user %u, and this program runs as user %u", (unsigned)status.st_uid, (unsigned)geteuid());
        return 0;
    }
    if (status.st_mode & OTHERS) {
        because("others may write it (mode %o)", status.st_mode & 07777u);
        return 0;
    }
    return 1;
}

static int allows_programs(int folder)
{
    struct statvfs system;
    if (fstatvfs(folder, &system) == 0 && (system.f_flag & ST_NOEXEC)) {
        because("no program may run there (it is mounted noexec)");
        return 0;
    }
    return 1;
}

/* Whether the program fits; asked where it has to be unpacked. */
int place_has_room(int base, uint64_t room)
{
    struct statvfs system;
    if (fstatvfs(base, &system) < 0)
        return 1;
    uint64_t free_octets = (uint64_t)system.f_bavail * system.f_frsize;
    if (free_octets >= room)
        return 1;
    because("%llu MB are free there", (unsigned long long)(free_octets / MEGABYTE));
    return 0;
}

/* Open the folder, and make it where that is allowed; its path is then one without symbolic links. */
int place_open(struct place *place)
{
    char real[PATH_MAX];
    if (place->path[0] != '/') {
        because("write it with all folders above it, from / on");
        return -1;
    }
    int obstacle = create(place->path, place->creates);
    if (realpath(place->path, real) == NULL) {
        because("%s", strerror(obstacle ? obstacle : errno));
        return -1;
    }
    int base = open(real, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (base < 0) {
        because("%s", strerror(errno));
        return -1;
    }
    if (!is_own(base) || !way_is_safe(real) || !allows_programs(base)) {
        close(base);
        return -1;
    }
    snprintf(place->path, sizeof place->path, "%s", real);
    return base;
}

/* Wait until no other start unpacks there. */
int place_lock(int base)
{
    const struct timespec turn = {.tv_nsec = 50000000};
    for (int turns = 0; turns < TURNS; turns++) {
        if (flock(base, LOCK_EX | LOCK_NB) == 0)
            return 0;
        if (errno != EWOULDBLOCK && errno != EINTR) {
            because("it cannot be locked: %s", strerror(errno));
            return -1;
        }
        nanosleep(&turn, NULL);
    }
    because("another start has been unpacking there for two minutes");
    return -1;
}
