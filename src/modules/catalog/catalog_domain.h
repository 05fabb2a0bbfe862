/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of the catalogue: vocabularies, what a spec must have before it is published, what a licence promises, how lists are
 * walked. Pure. */
#ifndef MODULES_CATALOG_CATALOG_DOMAIN_H
#define MODULES_CATALOG_CATALOG_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/data/vec.h"
#include "base/mem/arena.h"
#include "base/text/enum_table.h"
#include "base/text/str.h"
#include "base/value/id.h"

#include "modules/catalog/catalog.h"

enum catalog_file_type { CATALOG_FILE_MP3, CATALOG_FILE_WAV, CATALOG_FILE_STEMS, CATALOG_FILE_TYPES };
enum catalog_slot { CATALOG_MASTER, CATALOG_STEMS, CATALOG_COVER };
enum catalog_report_reason {
    REPORT_COPYRIGHT,
    REPORT_SPAM,
    REPORT_OFFENSIVE,
    REPORT_MISLEADING,
    REPORT_OTHER
};
extern const struct enum_table catalog_kind_words;
enum catalog_decision { DECISION_DISMISSED, DECISION_TAKEN_DOWN };
enum catalog_sort {
    SORT_NEWEST,
    SORT_OLDEST,
    SORT_PRICE_ASC,
    SORT_PRICE_DESC,
    SORT_BPM_ASC,
    SORT_BPM_DESC,
    SORT_PLAYS,
    SORT_COUNT
};

extern const struct enum_table catalog_key_words, catalog_mood_words, catalog_instrument_words,
    catalog_file_type_words, catalog_slot_words, catalog_report_reason_words, catalog_decision_words,
    catalog_sort_words;

enum {
    TITLE_MAX = 100,
    DESCRIPTION_MAX = 500,
    TYPE_MAX = 50,
    TAGS_MAX = 3,
    TAG_MAX = 30,
    GENRES_MAX = 3,
    MOODS_MAX = 5,
    INSTRUMENTS_MAX = 5,
    BPM_MIN = 60,
    BPM_MAX = 300,
    OPTION_NAME_MAX = 100,
    FEATURES_MAX = 20,
    FEATURE_MAX = 200,
    LIST_TOTAL_MAX = 1000,
    SEARCH_WORDS_MAX = 12,
    INDEXED_WORDS_MAX = 200,
};

/* Thousandths of a beat per minute, as stored. bpm 0: unknown. */
int64_t bpm_to_milli(double bpm);
double bpm_from_milli(int64_t bpm_milli);
/* A tempo found by analysis, brought into BPM_MIN … BPM_MAX by doubling or halving; 0 stays 0. */
double bpm_fold(double bpm);

/* An enum's values as bits, and back. */
int32_t bits_of(const struct array *values);               /* of int32_t */
struct array bits_list(struct arena *arena, int32_t bits); /* of int32_t, rising */
/* Words as one text with a line each, and back. */
struct str lines_join(struct arena *arena, const struct array *words); /* of struct str */
struct array lines_split(struct arena *arena, struct str lines);
/* Both cut the base so that it stays a slug. The number-th slug of a base: "night-drive", "night-drive-2", … */
struct str slug_suffixed(struct arena *arena, struct str base, struct str suffix);
struct str slug_numbered(struct arena *arena, struct str base, int64_t number);
/* "hip_hop" is "hip-hop". */
struct str genre_slug(struct arena *arena, struct str word);

/* Files that a licence of the type carries when its maker does not say. Bits of enum catalog_file_type. */
int32_t license_files(enum catalog_license_type type);
/* The terms of the type when its maker does not say: a limit of 0 is none. */
struct license_terms {
    int64_t max_streams, max_copies, max_videos, term_months;
    bool may_perform, may_broadcast, must_credit, is_exclusive;
};
struct license_terms license_terms_default(enum catalog_license_type type);

/* What is asked before publishing. Bits of what is missing come back; 0 when nothing is. */
struct publish_facts {
    bool is_beat;
    bool has_master, is_master_ready, is_master_failed;
    bool has_stems, is_stems_ready, is_stems_failed;
    bool is_cover_failed;
    bool is_lossless;
    int32_t genre_count, option_count;
    int32_t promised_files; /* bits of enum catalog_file_type of all options */
};
enum publish_gap {
    GAP_MASTER,
    GAP_MASTER_PROCESSING,
    GAP_MASTER_FAILED,
    GAP_STEMS,
    GAP_STEMS_PROCESSING,
    GAP_STEMS_FAILED,
    GAP_COVER_FAILED,
    GAP_WAV,
    GAP_GENRE,
    GAP_LICENSES,
    GAP_COUNT
};
uint32_t publish_judge(const struct publish_facts *facts);
/* Pointer into the spec, rule word and sentence part of a gap. */
struct publish_gap_text {
    const char *pointer, *rule, *message;
};
const struct publish_gap_text *publish_gap_text(enum publish_gap gap);

/* Who sees an item of that status by its key: everybody, or its owner and moderators only. */
bool status_is_public(enum catalog_status status);

/* --- lists --- */

/* Where a page ended: the sort key and the id of its last row. */
struct list_cursor {
    int64_t key;
    struct id id;
};
struct str cursor_format(struct arena *arena, enum catalog_sort sort, const struct list_cursor *cursor);
/* False for what is no cursor, or one of another sort. */
MUST_USE bool cursor_parse(struct arena *arena, enum catalog_sort sort, struct str text,
                           struct list_cursor *ret_cursor);

/* The properties under which a listed item is found. */
struct facet_source {
    struct id owner_id;
    int32_t category, key, moods, instruments;
    struct array genres, tags; /* of struct str */
    bool is_free, has_stems;
};
#define FACET_ALL STR("all")
struct array facets_of(struct arena *arena,
                       const struct facet_source *source); /* of struct str, different ones */
struct str facet_of(struct arena *arena, const char *kind, struct str value); /* "genre:trap" */
struct str facet_of_tag(struct arena *arena, struct str tag);                 /* folded */

/* A match in the language of an engine, for folded words; the last one matches as a prefix when it has two or more
 * characters. */
struct str match_sqlite(struct arena *arena, struct str words);
struct str match_postgresql(struct arena *arena, struct str words);
/* The same for whole words alone. */
struct str match_sqlite_whole(struct arena *arena, struct str words);
/* What a text between blanks holds when it matches: array of struct str. */
struct array match_parts(struct arena *arena, struct str words);
/* The longest of the words. */
struct str match_longest(struct str words);
/* Of so many texts: how many matches are cheaper to sort than a page of them is to meet in a walk. */
int64_t match_few(int64_t texts);

#endif
