/* The launcher of the one file: what its parts share. onefile/__init__.py tells what the whole does.
 *
 * A function that returns -1 has said why by because(). Everything is done by descriptors of folders that nobody but this
 * user and root may write; what is unpacked has no rights for others.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* One line of the table of contents. */
struct entry {
    char kind;      /* d: a folder, f: a file, l: a symbolic link */
    unsigned mode;  /* 0700 for a folder and a program, 0600 for any other file */
    uint64_t size, packed, offset; /* octets of the content (or of the link's target), and where it lies, packed by zlib */
    uint32_t crc;   /* of the content */
    char *name;     /* below the folder; a folder comes before what lies in it */
};

/* The one file, mapped. */
struct archive {
    int fd;
    const unsigned char *start;
    uint64_t length, room; /* room: octets of the disk that the unpacked program takes */
    char *folder;          /* the name of its folder, which contains a hash of all contents */
    char *loader;          /* of the system's glibc, which the program names; "-" for any */
    char *glibc;           /* the symbol that glibc must know, such as GLIBC_2.35; "-" for any */
    struct entry *entries;
    size_t count;
};

/* main.c */
void because(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *why(void);
int above_streams(int fd);

/* archive.c */
int archive_open(struct archive *archive, const char *path);
int archive_write(const struct archive *archive, const struct entry *entry, int into);
char *archive_link(const struct archive *archive, const struct entry *entry);

/* folder.c */
int folder_make_whole(int folder, const struct archive *archive);
void remove_tree(int at, const char *name);
void remove_abandoned(int base, const char *keep);

/* system.c */
int system_is_new_enough(const struct archive *archive);

/* places.c */
struct place {
    char path[4096]; /* PATH_MAX */
    int creates;   /* how many of its last folders may be made */
    int is_chosen; /* by a person: then there is no other */
};
#define MOST_PLACES 8
int places(struct place found[MOST_PLACES]);
int place_open(struct place *place);
int place_has_room(int base, uint64_t room);
int place_lock(int base);
