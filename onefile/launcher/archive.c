/* The one file: launcher, packed contents, table of contents, and a last line that says where the table is.
 *
 * onefile/pack.py writes it. All numbers are text.
 */
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define LAST_LINE 62 /* octets */
#define BLOCK (1 << 17)

static int is_cut(void)
{
    because("it is damaged: copy it here once more, and do not strip it");
    return -1;
}

static int map(struct archive *archive, const char *path)
{
    struct stat status;
    archive->fd = above_streams(open(path, O_RDONLY));
    if (archive->fd < 0 || fstat(archive->fd, &status) < 0) {
        because("%s: %s", path, strerror(errno));
        return -1;
    }
    archive->length = (uint64_t)status.st_size;
    archive->start = mmap(NULL, archive->length, PROT_READ, MAP_PRIVATE, archive->fd, 0);
    if (archive->start == MAP_FAILED) {
        because("%s cannot be mapped: %s", path, strerror(errno));
        return -1;
    }
    return 0;
}

/* Return a copy of the table, checked, which ends with a zero; NULL where the file is damaged. */
static char *table(const struct archive *archive)
{
    char line[LAST_LINE + 1] = "";
    uint64_t offset, size;
    uint32_t crc;
    if (archive->length > LAST_LINE)
        memcpy(line, archive->start + archive->length - LAST_LINE, LAST_LINE);
    if (line[LAST_LINE - 1] != '\n'
        || sscanf(line, "\nGATEPOST-ONE-FILE %16" SCNx64 " %16" SCNx64 " %8" SCNx32 "\n", &offset, &size, &crc) != 3)
        return NULL;
    if (offset > archive->length || size > archive->length - offset
        || crc32_z(0, archive->start + offset, size) != crc)
        return NULL;
    char *copy = malloc(size + 1);
    if (copy != NULL) {
        memcpy(copy, archive->start + offset, size);
        copy[size] = 0;
    }
    return copy;
}

/* Whether a name stays below the folder. */
static int is_below(const char *name)
{
    return name[0] != 0 && name[0] != '/' && strncmp(name, "../", 3) != 0 && strstr(name, "/../") == NULL;
}

static int read_entry(char *line, const struct archive *archive, struct entry *entry)
{
    int name = 0;
    int read = sscanf(line, "%c %o %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNx32 " %n", &entry->kind, &entry->mode,
                      &entry->size, &entry->packed, &entry->offset, &entry->crc, &name);
    entry->name = line + name;
    if (read != 6 || name == 0 || strchr("dfl", entry->kind) == NULL || !is_below(entry->name)
        || entry->offset > archive->length || entry->packed > archive->length - entry->offset)
        return -1;
    return 0;
}

int archive_open(struct archive *archive, const char *path)
{
    char *rest, *line;
    if (map(archive, path) < 0)
        return -1;
    if ((rest = table(archive)) == NULL || (line = strsep(&rest, "\n")) == NULL)
        return is_cut();
    archive->folder = malloc(strlen(line) + 1);
    archive->loader = malloc(strlen(line) + 1);
    archive->glibc = malloc(strlen(line) + 1);
    if (archive->folder == NULL || archive->loader == NULL || archive->glibc == NULL
        || sscanf(line, "%s %s %s %" SCNu64 " %zu", archive->folder, archive->loader, archive->glibc, &archive->room,
                  &archive->count) != 5
        || (archive->entries = calloc(archive->count + 1, sizeof(struct entry))) == NULL)
        return is_cut();
    for (size_t at = 0; at < archive->count; at++)
        if ((line = strsep(&rest, "\n")) == NULL || read_entry(line, archive, &archive->entries[at]) < 0)
            return is_cut();
    return 0;
}

static int write_all(int into, const unsigned char *octets, size_t left)
{
    while (left > 0) {
        ssize_t written = write(into, octets, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            because("%s", strerror(errno));
            return -1;
        }
        octets += written;
        left -= (size_t)written;
    }
    return 0;
}

/* Unpack an entry into a descriptor, or into `target` of entry->size octets. Its checksum is verified. */
static int unpack(const struct archive *archive, const struct entry *entry, int into, unsigned char *target)
{
    static unsigned char block[BLOCK];
    z_stream stream = {.next_in = (unsigned char *)archive->start + entry->offset, .avail_in = (uInt)entry->packed};
    uint32_t crc = 0;
    uint64_t size = 0;
    int state = inflateInit(&stream);
    while (state == Z_OK) {
        stream.next_out = block;
        stream.avail_out = BLOCK;
        state = inflate(&stream, Z_NO_FLUSH);
        size_t got = BLOCK - stream.avail_out;
        if (size + got > entry->size)
            break;
        if (target != NULL)
            memcpy(target + size, block, got);
        else if (write_all(into, block, got) < 0) {
            inflateEnd(&stream);
            return -1;
        }
        crc = (uint32_t)crc32_z(crc, block, got);
        size += got;
    }
    inflateEnd(&stream);
    return state == Z_STREAM_END && size == entry->size && crc == entry->crc ? 0 : is_cut();
}

int archive_write(const struct archive *archive, const struct entry *entry, int into)
{
    return unpack(archive, entry, into, NULL);
}

/* Return the target of a symbolic link; NULL where it cannot be read. */
char *archive_link(const struct archive *archive, const struct entry *entry)
{
    char *target = calloc(entry->size + 1, 1);
    if (target == NULL || unpack(archive, entry, -1, (unsigned char *)target) < 0)
        return NULL;
    return target;
}
