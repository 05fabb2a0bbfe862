/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The web page inside the program: the files of web/dist, packed at build time by tools/embed. */
#ifndef APP_EMBEDDED_H
#define APP_EMBEDDED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text/str.h"

/* One file. Everything points into the program itself and lives as long. */
struct embedded_file {
    const char *path; /* from the root, as in a request: "/assets/index-3fa9c1d2.js" */
    const char *type; /* Content-Type */
    const char *etag; /* strong, with its quotes; of the plain bytes */
    const unsigned char *bytes;
    size_t size;
    const unsigned char *gzip; /* NULL where compressing saves less than a tenth */
    size_t gzip_size;
    const unsigned char *brotli; /* NULL as above */
    size_t brotli_size;
    bool immutable; /* its name holds a hash of its content: may be cached for ever */
};

/* Ordered by path, byte by byte. Always has "/index.html": the page, or a note that it was not built. */
extern const struct embedded_file embedded_files[];
extern const size_t embedded_files_count;

/* The file of that path, or NULL. The caller strips the query and decodes the path first. */
const struct embedded_file *embedded_find(struct str path);

#endif
