/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Finds a second file inside a file: an upload that is at once a good WAV and a good zip, PDF or web
 * page is an attack on whoever opens it by another name. Originals are delivered byte for byte, so they
 * are refused instead of cleaned. */
#ifndef MEDIA_FORMAT_FOREIGN_H
#define MEDIA_FORMAT_FOREIGN_H

#include "base/error/error.h"

#include "media/format/reader.h"

/* media.polyglot when the head has the marks of a document or the tail holds a zip directory. */
MUST_USE struct error *foreign_check(struct arena *arena, struct reader *reader);

/* Checks what follows a container that ends at `end`: nothing, zero bytes, ID3v1, ID3v2, APE and
 * Lyrics3 tags are harmless; anything else is media.polyglot. */
MUST_USE struct error *foreign_check_tail(struct arena *arena, struct reader *reader, int64_t end);

/* The first byte after the ID3v2 tags at the beginning, or 0. */
int64_t foreign_skip_id3(struct reader *reader);

#endif
