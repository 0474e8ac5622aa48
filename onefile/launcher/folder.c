/* The folder of the unpacked program: what is missing or wrong in it is written anew, and nothing else.
 *
 * So to unpack, to go on after a kill in the middle, and to repair are one and the same. Each file takes its place by a
 * rename: whoever has the former one mapped keeps it. A seal says that all was right, and which inodes that was about:
 * while it fits, no content is read.
 */
#include "launcher.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define SEAL ".seal"
#define PREFIX "gatepost-"
#define HASH_DIGITS 16
#define RIGHTS 07777

static int fails(const char *name)
{
    because("%s: %s", name, strerror(errno));
    return -1;
}

/* Remove a file, or a folder with all that is in it. Of what cannot be removed, the next start tries again. */
void remove_tree(int at, const char *name)
{
    if (unlinkat(at, name, 0) == 0 || (errno != EISDIR && errno != EPERM))
        return;
    int folder = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *listing = folder < 0 ? NULL : fdopendir(folder);
    if (listing == NULL) {
        if (folder >= 0)
            close(folder);
        return;
    }
    for (struct dirent *found; (found = readdir(listing)) != NULL;)
        if (strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0)
            remove_tree(folder, found->d_name);
    closedir(listing);
    unlinkat(at, name, AT_REMOVEDIR);
}

/* Whether a name is one that a version gives its folder: gatepost-VERSION-HASH, the hash of HASH_DIGITS. */
static int is_ours(const char *name)
{
    const char *dash = strrchr(name, '-');
    return strncmp(name, PREFIX, strlen(PREFIX)) == 0 && dash > name + strlen(PREFIX)
           && strlen(dash + 1) == HASH_DIGITS && strspn(dash + 1, "0123456789abcdef") == HASH_DIGITS;
}

/* Remove the folder of another version, where it is this user's and no program lives in it. */
static void remove_if_abandoned(int base, const char *name)
{
    struct stat status;
    int folder = openat(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        return;
    if (fstat(folder, &status) == 0 && status.st_uid == geteuid() && flock(folder, LOCK_EX | LOCK_NB) == 0)
        remove_tree(base, name);
    close(folder);
}

/* Remove what other versions have left behind. `base` is locked. */
void remove_abandoned(int base, const char *keep)
{
    int again = openat(base, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = again < 0 ? NULL : fdopendir(again);
    if (listing == NULL)
        return;
    for (struct dirent *found; (found = readdir(listing)) != NULL;)
        if (is_ours(found->d_name) && strcmp(found->d_name, keep) != 0)
            remove_if_abandoned(base, found->d_name);
    closedir(listing);
}

static mode_t kind_of(const struct entry *entry)
{
    return entry->kind == 'd' ? S_IFDIR : entry->kind == 'l' ? S_IFLNK : S_IFREG;
}

/* Whether the inode is what the table says: this user's, of the right kind, rights and size. */
static int looks_right(const struct entry *entry, const struct stat *status)
{
    if ((status->st_mode & S_IFMT) != kind_of(entry) || status->st_uid != geteuid())
        return 0;
    if (entry->kind != 'l' && (status->st_mode & RIGHTS) != entry->mode)
        return 0;
    return entry->kind == 'd' || (uint64_t)status->st_size == entry->size;
}

static int content_is_right(int folder, const struct entry *entry)
{
    static unsigned char block[1 << 17];
    uint32_t crc = 0;
    ssize_t got;
    int file = openat(folder, entry->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0)
        return 0;
    while ((got = read(file, block, sizeof block)) > 0)
        crc = (uint32_t)crc32_z(crc, block, (size_t)got);
    close(file);
    return got == 0 && crc == entry->crc;
}

static int target_is_right(int folder, const struct entry *entry)
{
    char target[4096];
    ssize_t got = readlinkat(folder, entry->name, target, sizeof target);
    return got >= 0 && (uint64_t)got == entry->size
        && (uint32_t)crc32_z(0, (unsigned char *)target, (size_t)got) == entry->crc;
}

static int is_right(int folder, const struct entry *entry)
{
    struct stat status;
    if (fstatat(folder, entry->name, &status, AT_SYMLINK_NOFOLLOW) < 0 || !looks_right(entry, &status))
        return 0;
    if (entry->kind == 'd')
        return 1;
    return entry->kind == 'l' ? target_is_right(folder, entry) : content_is_right(folder, entry);
}

static int make_folder(int folder, const struct entry *entry)
{
    struct stat status;
    if (fstatat(folder, entry->name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode)
        && status.st_uid == geteuid())
        return fchmodat(folder, entry->name, entry->mode, 0) == 0 ? 0 : fails(entry->name);
    remove_tree(folder, entry->name);
    return mkdirat(folder, entry->name, entry->mode) == 0 ? 0 : fails(entry->name);
}

static int make_link(int folder, const struct archive *archive, const struct entry *entry)
{
    char *target = archive_link(archive, entry);
    if (target == NULL)
        return -1;
    remove_tree(folder, entry->name);
    int done = symlinkat(target, folder, entry->name);
    free(target);
    return done == 0 ? 0 : fails(entry->name);
}

static int make_file(int folder, const struct archive *archive, const struct entry *entry)
{
    char beside[4096 + 8];
    snprintf(beside, sizeof beside, "%s.new", entry->name);
    remove_tree(folder, beside);
    int file = openat(folder, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, entry->mode);
    if (file < 0)
        return fails(entry->name);
    int is_written = archive_write(archive, entry, file) == 0;
    if (close(file) < 0 && is_written)
        is_written = fails(entry->name) == 0;
    if (is_written && renameat(folder, beside, folder, entry->name) < 0 && errno == EISDIR) {
        remove_tree(folder, entry->name);
        is_written = renameat(folder, beside, folder, entry->name) == 0 || fails(entry->name) == 0;
    }
    if (!is_written)
        remove_tree(folder, beside);
    return is_written ? 0 : -1;
}

static int make(int folder, const struct archive *archive, const struct entry *entry)
{
    if (entry->kind == 'd')
        return make_folder(folder, entry);
    return entry->kind == 'l' ? make_link(folder, archive, entry) : make_file(folder, archive, entry);
}

/* This start of the machine: what was written before an outage of power may not have reached the disk. */
static uint32_t boot(void)
{
    char id[64] = "";
    int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? 0 : read(file, id, sizeof id);
    if (file >= 0)
        close(file);
    return (uint32_t)crc32_z(0, (unsigned char *)id, got > 0 ? (size_t)got : 0);
}

/* The sum of the inodes as they are: whoever writes to one changes the time of its change, which nobody can set.
 * Return -1 where one is not as the table says. */
static int sum(int folder, const struct archive *archive, char text[32])
{
    struct stat status;
    char line[256];
    uint32_t crc = boot();
    for (size_t at = 0; at < archive->count; at++) {
        const struct entry *entry = &archive->entries[at];
        if (fstatat(folder, entry->name, &status, AT_SYMLINK_NOFOLLOW) < 0 || !looks_right(entry, &status))
            return -1;
        if (entry->kind == 'd') /* its times change with what lies in it */
            continue;
        int length = snprintf(line, sizeof line, "%llu %llu %lld %ld\n", (unsigned long long)status.st_dev,
                              (unsigned long long)status.st_ino, (long long)status.st_ctim.tv_sec,
                              status.st_ctim.tv_nsec);
        crc = (uint32_t)crc32_z(crc, (unsigned char *)line, (size_t)length);
    }
    snprintf(text, 32, "%08x %zu\n", crc, archive->count);
    return 0;
}

static int is_sealed(int folder, const struct archive *archive)
{
    char now[32], then[32] = "";
    int file = openat(folder, SEAL, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0)
        return 0;
    ssize_t got = read(file, then, sizeof then - 1);
    close(file);
    return got > 0 && sum(folder, archive, now) == 0 && strcmp(now, then) == 0;
}

/* Without a seal, where none can be written, each start reads all contents. */
static void seal(int folder, const struct archive *archive)
{
    char now[32];
    if (sum(folder, archive, now) < 0)
        return;
    remove_tree(folder, SEAL);
    int file = openat(folder, SEAL, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return;
    if (write(file, now, strlen(now)) < 0)
        remove_tree(folder, SEAL);
    close(file);
}

/* Make the folder's content that of the archive. The folder's base is locked. */
int folder_make_whole(int folder, const struct archive *archive)
{
    if (is_sealed(folder, archive))
        return 0;
    for (size_t at = 0; at < archive->count; at++)
        if (!is_right(folder, &archive->entries[at]) && make(folder, archive, &archive->entries[at]) < 0)
            return -1;
    seal(folder, archive);
    return 0;
}
