/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Calls a fuzz target on every file named on the command line, and on every file in the folders named
 * there. Fails when there was nothing to call it on, so that a lost corpus is noticed. */
#include <dirent.h>
#include <errno.h>
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

static bool replay_file(const char *path, size_t size)
{
    FILE *stream = fopen(path, "rbe");
    bool ok = stream != NULL && replay_stream(stream, size);
    if (!ok)
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    if (stream != NULL)
        fclose(stream);
    return ok;
}

/* Number of inputs replayed, or -1. Folders are not entered any deeper. */
static long replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    long count = 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL && count >= 0; entry = readdir(folder)) {
        char file[4096];
        struct stat info;
        int len = snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        if (len < 0 || (size_t)len >= sizeof(file) || stat(file, &info) != 0 || !S_ISREG(info.st_mode))
            continue;
        count = replay_file(file, (size_t)info.st_size) ? count + 1 : -1;
    }
    closedir(folder);
    return count;
}

static long replay_path(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    if (S_ISDIR(info.st_mode))
        return replay_folder(path);
    return replay_file(path, (size_t)info.st_size) ? 1 : -1;
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
