/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of the catalogue. See catalog_domain.h; the walk along lists is in catalog_list_domain.c. */
#include "modules/catalog/catalog_domain.h"

#include <math.h>

#include "base/text/strbuf.h"
#include "base/value/slug.h"

/* clang-format off */
static const char *const status_words[] = {
    [CATALOG_DRAFT] = "draft", [CATALOG_PUBLISHED] = "published", [CATALOG_SOLD] = "sold",
    [CATALOG_TAKEN_DOWN] = "taken_down", [CATALOG_DELETED] = "deleted",
};
static const char *const category_words[] = {[CATALOG_BEAT] = "beat", [CATALOG_SAMPLE] = "sample"};
static const char *const license_type_words[] = {
    [CATALOG_BASIC] = "basic", [CATALOG_PREMIUM] = "premium", [CATALOG_TRACKOUT] = "trackout",
    [CATALOG_UNLIMITED] = "unlimited", [CATALOG_EXCLUSIVE] = "exclusive",
};
static const char *const key_words[] = {
    "c_major", "c_sharp_major", "d_major", "d_sharp_major", "e_major", "f_major",
    "f_sharp_major", "g_major", "g_sharp_major", "a_major", "a_sharp_major", "b_major",
    "c_minor", "c_sharp_minor", "d_minor", "d_sharp_minor", "e_minor", "f_minor",
    "f_sharp_minor", "g_minor", "g_sharp_minor", "a_minor", "a_sharp_minor", "b_minor",
};
static const char *const mood_words[] = {"moody", "dark", "cinematic", "dreamy", "aggressive", "soulful", "melancholic"};
static const char *const instrument_words[] = {"piano", "guitar", "drums", "synth", "bass", "strings", "brass", "808", "vocal"};
static const char *const file_type_words[] = {
    [CATALOG_FILE_MP3] = "mp3", [CATALOG_FILE_WAV] = "wav", [CATALOG_FILE_STEMS] = "stems",
};
static const char *const slot_words[] = {[CATALOG_MASTER] = "master", [CATALOG_STEMS] = "stems", [CATALOG_COVER] = "cover"};
static const char *const report_reason_words[] = {
    [REPORT_COPYRIGHT] = "copyright", [REPORT_SPAM] = "spam", [REPORT_OFFENSIVE] = "offensive",
    [REPORT_MISLEADING] = "misleading", [REPORT_OTHER] = "other",
};
static const char *const kind_words[] = {[CATALOG_RECORDING] = "spec", [CATALOG_PRODUCT] = "product"};
static const char *const decision_words[] = {[DECISION_DISMISSED] = "dismissed", [DECISION_TAKEN_DOWN] = "taken_down"};
static const char *const sort_words[] = {
    [SORT_NEWEST] = "newest", [SORT_OLDEST] = "oldest", [SORT_PRICE_ASC] = "price_asc", [SORT_PRICE_DESC] = "price_desc",
    [SORT_BPM_ASC] = "bpm_asc", [SORT_BPM_DESC] = "bpm_desc", [SORT_PLAYS] = "plays",
};

const struct enum_table catalog_status_words = ENUM_TABLE("spec_status", status_words);
const struct enum_table catalog_category_words = ENUM_TABLE("spec_category", category_words);
const struct enum_table catalog_license_type_words = ENUM_TABLE("license_type", license_type_words);
const struct enum_table catalog_key_words = ENUM_TABLE("musical_key", key_words);
const struct enum_table catalog_mood_words = ENUM_TABLE("mood", mood_words);
const struct enum_table catalog_instrument_words = ENUM_TABLE("instrument", instrument_words);
const struct enum_table catalog_file_type_words = ENUM_TABLE("file_type", file_type_words);
const struct enum_table catalog_slot_words = ENUM_TABLE("asset_slot", slot_words);
const struct enum_table catalog_report_reason_words = ENUM_TABLE("report_reason", report_reason_words);
const struct enum_table catalog_kind_words = ENUM_TABLE("item_kind", kind_words);
const struct enum_table catalog_decision_words = ENUM_TABLE("report_decision", decision_words);
const struct enum_table catalog_sort_words = ENUM_TABLE("spec_sort", sort_words);

static const struct publish_gap_text gap_texts[GAP_COUNT] = {
    [GAP_MASTER]            = {"/master", "required", "is missing: upload the recording"},
    [GAP_MASTER_PROCESSING] = {"/master", "processing", "is still being processed"},
    [GAP_MASTER_FAILED]     = {"/master", "failed", "could not be processed: upload another file"},
    [GAP_STEMS]             = {"/stems", "required", "are promised by a licence option but missing"},
    [GAP_STEMS_PROCESSING]  = {"/stems", "processing", "are still being checked"},
    [GAP_STEMS_FAILED]      = {"/stems", "failed", "could not be accepted: upload another archive"},
    [GAP_COVER_FAILED]      = {"/cover", "failed", "could not be processed: upload another picture"},
    [GAP_WAV]               = {"/licenses", "lossless", "promise WAV, which needs a lossless master"},
    [GAP_GENRE]             = {"/genres", "required", "must be exactly one for a beat"},
    [GAP_LICENSES]          = {"/licenses", "required", "must have at least one option for a beat"},
};
/* clang-format on */

/* --- numbers and words --- */

int64_t bpm_to_milli(double bpm)
{
    return (int64_t)llround(bpm * 1000);
}

double bpm_from_milli(int64_t bpm_milli)
{
    return (double)bpm_milli / 1000;
}

double bpm_fold(double bpm)
{
    if (!(bpm > 0) || !isfinite(bpm))
        return 0;
    while (bpm < BPM_MIN)
        bpm *= 2;
    while (bpm > BPM_MAX)
        bpm /= 2;
    return bpm;
}

int32_t bits_of(const struct array *values)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < values->count; i++)
        bits |= UINT32_C(1) << *ARRAY_AT(int32_t, *values, i);
    return (int32_t)bits;
}

struct array bits_list(struct arena *arena, int32_t bits)
{
    VEC(int32_t) values = {0};
    for (int32_t i = 0; i < 31; i++)
        if (((uint32_t)bits >> i & 1) != 0)
            *VEC_PUSH(arena, &values) = i;
    return (struct array){values.items, values.count};
}

struct str lines_join(struct arena *arena, const struct array *words)
{
    struct strbuf out;
    strbuf_init(&out, arena, 1 << 14);
    for (size_t i = 0; i < words->count; i++) {
        strbuf_append_cstr(&out, i > 0 ? "\n" : "");
        strbuf_append(&out, *ARRAY_AT(struct str, *words, i));
    }
    REQUIRE(!out.overflow);
    return strbuf_str(&out);
}

struct array lines_split(struct arena *arena, struct str lines)
{
    VEC(struct str) words = {0};
    struct str word;
    if (str_is_empty(lines))
        return (struct array){0};
    while (str_split(&lines, '\n', &word))
        *VEC_PUSH(arena, &words) = word;
    return (struct array){words.items, words.count};
}

struct str slug_suffixed(struct arena *arena, struct str base, struct str suffix)
{
    struct str stem = str_slice(base, 0, SLUG_MAX_CHARS - 1 - suffix.len);
    while (stem.len > 1 && stem.ptr[stem.len - 1] == '-')
        stem.len--;
    return arena_printf(arena, "%" STR_FMT "-%" STR_FMT, STR_ARG(stem), STR_ARG(suffix));
}

struct str slug_numbered(struct arena *arena, struct str base, int64_t number)
{
    return number == 1 ? base : slug_suffixed(arena, base, arena_printf(arena, "%lld", (long long)number));
}

struct str genre_slug(struct arena *arena, struct str word)
{
    char *slug = arena_cstr(arena, word);
    for (size_t i = 0; i < word.len; i++)
        slug[i] = slug[i] == '_' ? '-' : slug[i];
    return str_from(slug, word.len);
}

/* --- licences --- */

int32_t license_files(enum catalog_license_type type)
{
    static const int32_t files[] = {
        [CATALOG_BASIC] = 1 << CATALOG_FILE_MP3,
        [CATALOG_PREMIUM] = 1 << CATALOG_FILE_MP3 | 1 << CATALOG_FILE_WAV,
        [CATALOG_TRACKOUT] = 1 << CATALOG_FILE_MP3 | 1 << CATALOG_FILE_WAV | 1 << CATALOG_FILE_STEMS,
        [CATALOG_UNLIMITED] = 1 << CATALOG_FILE_MP3 | 1 << CATALOG_FILE_WAV | 1 << CATALOG_FILE_STEMS,
        [CATALOG_EXCLUSIVE] = 1 << CATALOG_FILE_MP3 | 1 << CATALOG_FILE_WAV | 1 << CATALOG_FILE_STEMS,
    };
    return files[type];
}

struct license_terms license_terms_default(enum catalog_license_type type)
{
    static const struct license_terms terms[] = {
        [CATALOG_BASIC] = {.max_streams = 50000,
                           .max_copies = 2000,
                           .max_videos = 1,
                           .term_months = 36,
                           .must_credit = true},
        [CATALOG_PREMIUM] = {.max_streams = 250000,
                             .max_copies = 10000,
                             .max_videos = 2,
                             .term_months = 60,
                             .may_perform = true,
                             .must_credit = true},
        [CATALOG_TRACKOUT] = {.max_streams = 500000,
                              .max_copies = 25000,
                              .max_videos = 3,
                              .term_months = 120,
                              .may_perform = true,
                              .may_broadcast = true,
                              .must_credit = true},
        [CATALOG_UNLIMITED] = {.may_perform = true, .may_broadcast = true, .must_credit = true},
        [CATALOG_EXCLUSIVE] = {.may_perform = true,
                               .may_broadcast = true,
                               .must_credit = true,
                               .is_exclusive = true},
    };
    return terms[type];
}

/* --- publishing --- */

static bool promises(const struct publish_facts *facts, enum catalog_file_type file)
{
    return ((uint32_t)facts->promised_files >> file & 1) != 0;
}

uint32_t publish_judge(const struct publish_facts *facts)
{
    const bool missing[GAP_COUNT] = {
        [GAP_MASTER] = !facts->has_master,
        [GAP_MASTER_PROCESSING] = facts->has_master && !facts->is_master_ready && !facts->is_master_failed,
        [GAP_MASTER_FAILED] = facts->has_master && facts->is_master_failed,
        [GAP_STEMS] = !facts->has_stems && promises(facts, CATALOG_FILE_STEMS),
        [GAP_STEMS_PROCESSING] = facts->has_stems && !facts->is_stems_ready && !facts->is_stems_failed,
        [GAP_STEMS_FAILED] = facts->has_stems && facts->is_stems_failed,
        [GAP_COVER_FAILED] = facts->is_cover_failed,
        [GAP_WAV] = facts->is_master_ready && !facts->is_lossless && promises(facts, CATALOG_FILE_WAV),
        [GAP_GENRE] = facts->is_beat && facts->genre_count != 1,
        [GAP_LICENSES] = facts->is_beat && facts->option_count == 0,
    };
    uint32_t gaps = 0;
    for (int gap = 0; gap < GAP_COUNT; gap++)
        if (missing[gap])
            gaps |= UINT32_C(1) << gap;
    return gaps;
}

const struct publish_gap_text *publish_gap_text(enum publish_gap gap)
{
    return &gap_texts[gap];
}

bool status_is_public(enum catalog_status status)
{
    return status == CATALOG_PUBLISHED || status == CATALOG_SOLD;
}
