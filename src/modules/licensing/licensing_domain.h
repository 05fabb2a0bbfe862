/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of licensing: which files a licence carries, its key, the names of its files, who may do what with it. Pure. */
#ifndef MODULES_LICENSING_LICENSING_DOMAIN_H
#define MODULES_LICENSING_LICENSING_DOMAIN_H

#include "base/data/vec.h"
#include "base/text/enum_table.h"
#include "base/value/id.h"
#include "base/value/instant.h"

/* What a licence is delivered as. */
enum license_file_kind { LICENSE_MP3, LICENSE_WAV, LICENSE_STEMS, LICENSE_FILE_KINDS };
extern const struct enum_table license_file_kind_words;

/* Licence types in the order of enum catalog_license_type, whose values they are. */
enum license_type {
    LICENSE_BASIC,
    LICENSE_PREMIUM,
    LICENSE_TRACKOUT,
    LICENSE_UNLIMITED,
    LICENSE_EXCLUSIVE,
    LICENSE_TYPES
};

/* Sets of kinds, as bits. */
#define LICENSE_FILE_BIT(kind) (1U << (kind))
/* What must be there when a licence of the type is sold; promised: what the sold option names (0: nothing said, the type's own). */
unsigned license_files_due(enum license_type type, unsigned promised);
/* What else goes along when it is there: an exclusive licence carries all. */
unsigned license_files_wanted(enum license_type type, unsigned promised);

/* "LIC-XXXXX-XXXXX-XXXXX-XXXXX": 100 random bits in Crockford's base 32, which has no I, L, O, U. */
#define LICENSE_KEY_CHARS  27
#define LICENSE_KEY_RANDOM 20
void license_key_make(const uint8_t random[LICENSE_KEY_RANDOM], char ret_key[LICENSE_KEY_CHARS]);
/* The written form of what somebody typed: upper case, I and L read as 1, O as 0. False when it can be no key. */
bool license_key_read(struct str text, char ret_key[LICENSE_KEY_CHARS]);

/* "Night Drive (stems).zip": what file systems refuse becomes '_'; at most 120 bytes before the extension. */
struct str license_file_name(struct arena *arena, struct str title, enum license_file_kind kind,
                             struct str extension);
/* attachment; filename="…"; filename*=UTF-8''… (RFC 6266). */
struct str license_disposition(struct arena *arena, struct str file_name);

enum license_download_verdict { DOWNLOAD_OK, DOWNLOAD_WITHDRAWN, DOWNLOAD_LINK_EXPIRED, DOWNLOAD_USED_UP };
struct license_download_facts {
    bool is_withdrawn;
    bool is_known_grant; /* the link was used before: no new download */
    struct instant expires_at, now;
    int64_t downloads, max_downloads; /* 0: no limit */
};
enum license_download_verdict license_judge_download(const struct license_download_facts *facts);

/* The pattern for `like` that finds the text anywhere, with its own % _ \ taken literally. ASCII is folded. */
struct str license_search_pattern(struct arena *arena, struct str text);
struct str license_search_fold(struct arena *arena, struct str text);

#endif
