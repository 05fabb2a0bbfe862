/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Calls a fuzz target on every file named on the command line, and on every file in the folders named
 * there. Fails when there was nothing to call it on, so that a lost corpus is noticed. */
#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes are moved into a block of exactly their size, so that a sanitizer sees a read past the end. */
static bool replay_stream(FILE *stream, size_t size)
{
    uint8_t *data = malloc(size != 0 ? size : 1);
    bool ok = data != NULL && fread(data, 1, size, stream) == size;
    if (ok)
        (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    return ok;
}

static bool replay_file(const char *path)
{
    FILE *stream = fopen(path, "rbe");
    struct stat info;
    bool ok =
        stream != NULL && fstat(fileno(stream), &info) == 0 && replay_stream(stream, (size_t)info.st_size);
    if (!ok)
        perror(path);
    if (stream != NULL)
        fclose(stream);
    return ok;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Replays the files of a folder, in order; there are no folders in it. False when one fails. */
static bool replay_folder(const char *path, long *count)
{
    struct dirent **entries = NULL;
    int found = scandir(path, &entries, is_visible, alphasort);
    if (found < 0)
        perror(path);
    bool ok = found >= 0;
    for (int i = 0; i < found; i++) {
        char file[4096];
        int len = snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
        ok = ok && len > 0 && (size_t)len < sizeof(file) && replay_file(file);
        *count += 1;
        free(entries[i]);
    }
    free(entries);
    return ok;
}

/* Number of inputs replayed, or -1. */
static long replay_path(const char *path)
{
    struct stat info;
    long count = 1;
    if (stat(path, &info) != 0) {
        perror(path);
        return -1;
    }
    if (!S_ISDIR(info.st_mode))
        return replay_file(path) ? count : -1;
    count = 0;
    return replay_folder(path, &count) ? count : -1;
}

int main(int argc, char **argv)
{
    long total = 0;
    for (int i = 1; i < argc; i++) {
        long count = replay_path(argv[i]);
        if (count <= 0) {
            fprintf(stderr, "%s: no input was replayed\n", argv[i]);
            return EXIT_FAILURE;
        }
        total += count;
    }
    printf("%ld inputs replayed\n", total);
    return total > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
