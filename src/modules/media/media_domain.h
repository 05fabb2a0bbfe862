/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of media that need nobody: words, the headers of tus, names of files. Pure. */
#ifndef MODULES_MEDIA_MEDIA_DOMAIN_H
#define MODULES_MEDIA_MEDIA_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/data/vec.h"
#include "base/mem/arena.h"
#include "base/text/str.h"
#include "base/value/id.h"

#include "modules/media/media.h"

enum { MEDIA_PURPOSE_COUNT = MEDIA_IMAGE + 1, MEDIA_NO_PURPOSE = -1 };

enum upload_kind { UPLOAD_WHOLE, UPLOAD_PART, UPLOAD_JOINED };
enum upload_status { UPLOAD_OPEN, UPLOAD_COMPLETE, UPLOAD_ADOPTED };

/* --- Upload-Metadata: `filename d29ybGQ=,is_confidential` --- */

enum { UPLOAD_METADATA_MAX_BYTES = 4096, UPLOAD_METADATA_MAX_PAIRS = 32 };

struct upload_metadata {
    struct str file_name, file_type, purpose; /* decoded; absent when not given */
};

/* Keys are printable ASCII and differ; values are canonical base64 or left out. Of the values we know, filename must be UTF-8
 * without control characters. False: malformed. Texts live in the arena. */
MUST_USE bool upload_metadata_parse(struct arena *arena, struct str header,
                                    struct upload_metadata *ret_metadata);

/* --- Upload-Checksum: `sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=` --- */

struct upload_checksum {
    struct str algorithm; /* absent: no checksum was sent */
    struct str digest;    /* bytes */
};
MUST_USE bool upload_checksum_parse(struct arena *arena, struct str header,
                                    struct upload_checksum *ret_checksum);

/* --- Upload-Concat: `partial`, or `final;/api/v1/uploads/ID /api/v1/uploads/ID` --- */

enum { UPLOAD_MAX_PARTS = 64 };

struct upload_concat {
    enum upload_kind kind;
    struct array parts; /* struct id, of UPLOAD_JOINED, in their order; each once */
};
/* An absent header is UPLOAD_WHOLE. */
MUST_USE bool upload_concat_parse(struct arena *arena, struct str header, struct upload_concat *ret_concat);

/* --- names --- */

/* The last component of what a client called its file, without what a file system or a header could trip over, at most 200 bytes;
 * "file" when nothing is left. */
struct str file_name_clean(struct arena *arena, struct str name);
/* name with its extension replaced by another ("mp3"). */
struct str file_name_with(struct arena *arena, struct str name, struct str extension);
/* `attachment; filename="…"; filename*=UTF-8''…` (RFC 6266, RFC 8187). */
struct str file_disposition(struct arena *arena, struct str name);

#endif
