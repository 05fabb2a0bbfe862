/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Descriptors of specs, tracks and their lists: what comes in, what goes out. */
#include "modules/catalog/catalog_http.h"

/* clang-format off */
static const struct json_field path_fields[] = {
    JSON_TEXT(struct spec_path, key, .min = 1, .max = 80, .flags = JSON_REQUIRED, .help = "Id, short code or slug"),
};
const struct json_type spec_path = JSON_TYPE("SpecPath", struct spec_path, path_fields);

static const struct json_field asset_path_fields[] = {
    JSON_TEXT(struct asset_path, key, .min = 1, .max = 80, .flags = JSON_REQUIRED, .help = "Id, short code or slug"),
    JSON_ENUM(struct asset_path, slot, &catalog_slot_words, .flags = JSON_REQUIRED),
};
const struct json_type asset_path = JSON_TYPE("AssetPath", struct asset_path, asset_path_fields);

/* --- views --- */

static const struct json_field producer_fields[] = {
    JSON_ID(struct producer_view, id),
    JSON_TEXT(struct producer_view, username),
    JSON_TEXT(struct producer_view, display_name),
};
static const struct json_type producer_type = JSON_TYPE("Producer", struct producer_view, producer_fields);

#define MAX_USES 1000000000
static const struct json_field terms_fields[] = {
    JSON_INTEGER(struct license_terms, max_streams, .max = MAX_USES, .help = "0: unlimited"),
    JSON_INTEGER(struct license_terms, max_copies, .max = MAX_USES, .help = "0: unlimited"),
    JSON_INTEGER(struct license_terms, max_videos, .max = MAX_USES, .help = "0: unlimited"),
    JSON_INTEGER(struct license_terms, term_months, .max = 1200, .help = "0: for ever"),
    JSON_BOOLEAN(struct license_terms, may_perform, .help = "Public performances for profit"),
    JSON_BOOLEAN(struct license_terms, may_broadcast, .help = "Radio and television"),
    JSON_BOOLEAN(struct license_terms, must_credit),
    JSON_BOOLEAN(struct license_terms, is_exclusive, .help = "Follows from the type"),
};
const struct json_type license_terms_type = JSON_TYPE("LicenseTerms", struct license_terms, terms_fields);

/* What goes out as it was stored: it was written by these rules. */
static const struct json_field texts_held = {.kind = JSON_KIND_ARRAY, .element = JSON_KIND_TEXT};
static const struct json_field file_types_held = {.kind = JSON_KIND_ARRAY, .element = JSON_KIND_ENUM, .values = &catalog_file_type_words};
static const struct json_field bars_held = {.kind = JSON_KIND_ARRAY, .element = JSON_KIND_I64, .max = 4096};

static const struct json_field license_view_fields[] = {
    JSON_ID(struct license_view, id),
    JSON_ENUM(struct license_view, type, &catalog_license_type_words),
    JSON_TEXT(struct license_view, name),
    JSON_MONEY(struct license_view, price),
    JSON_RAW(struct license_view, features, .holds = &texts_held),
    JSON_RAW(struct license_view, file_types, .holds = &file_types_held),
    JSON_OBJECT(struct license_view, terms, struct license_terms, &license_terms_type),
};
static const struct json_type license_view_type = JSON_TYPE("LicenseOption", struct license_view, license_view_fields);

/* What lists and single views of specs and tracks have in common. */
#define COMMON_FIELDS                                                                                        \
    JSON_ID(struct spec_view, id),                                                                           \
    JSON_TEXT(struct spec_view, title),                                                                      \
    JSON_TEXT(struct spec_view, slug),                                                                       \
    JSON_TEXT(struct spec_view, short_code),                                                                 \
    JSON_ENUM(struct spec_view, status, &catalog_status_words),                                              \
    JSON_NUMBER(struct spec_view, bpm, .min = BPM_MIN, .max = BPM_MAX, .flags = JSON_NULLABLE),              \
    JSON_ENUM(struct spec_view, key, &catalog_key_words, .flags = JSON_NULLABLE),                            \
    JSON_INTEGER(struct spec_view, duration_ms, .min = 1, .max = INT64_C(1) << 40, .flags = JSON_NULLABLE),  \
    JSON_RAW(struct spec_view, waveform, .holds = &bars_held, .help = "64 bars, 0 to 100; none while the master is processed"), \
    JSON_ARRAY(struct spec_view, genres, JSON_KIND_TEXT),                                                    \
    JSON_ARRAY(struct spec_view, tags, JSON_KIND_TEXT),                                                      \
    JSON_TEXT(struct spec_view, cover_url, .flags = JSON_NULLABLE),                                          \
    JSON_OBJECT(struct spec_view, producer, struct producer_view, &producer_type),                           \
    JSON_INTEGER(struct spec_view, play_count),                                                              \
    JSON_INTEGER(struct spec_view, favorite_count),                                                          \
    JSON_INSTANT(struct spec_view, created_at),                                                              \
    JSON_INSTANT(struct spec_view, published_at, .flags = JSON_NULLABLE)

#define SPEC_FIELDS                                                                                          \
    COMMON_FIELDS,                                                                                           \
    JSON_ENUM(struct spec_view, category, &catalog_category_words),                                          \
    JSON_TEXT(struct spec_view, type),                                                                       \
    JSON_ARRAY(struct spec_view, moods, JSON_KIND_ENUM, .values = &catalog_mood_words),                      \
    JSON_ARRAY(struct spec_view, instruments, JSON_KIND_ENUM, .values = &catalog_instrument_words),          \
    JSON_MONEY(struct spec_view, price, .flags = JSON_NULLABLE, .help = "The lowest of its licences"),       \
    JSON_BOOLEAN(struct spec_view, free_mp3_enabled),                                                        \
    JSON_BOOLEAN(struct spec_view, has_stems),                                                               \
    JSON_BOOLEAN(struct spec_view, is_lossless, .help = "The master is, so WAV can be delivered"),           \
    JSON_INTEGER(struct spec_view, purchase_count)

static const struct json_field card_fields[] = {SPEC_FIELDS};
const struct json_type catalog_card_type = JSON_TYPE("SpecCard", struct spec_view, card_fields);

static const struct json_field spec_fields[] = {
    SPEC_FIELDS,
    JSON_TEXT(struct spec_view, description, .max = DESCRIPTION_MAX, .flags = JSON_MULTILINE),
    JSON_RAW(struct spec_view, loudness_lufs, .flags = JSON_NULLABLE, .help = "Integrated, EBU R128; a number"),
    JSON_RAW(struct spec_view, true_peak_dbtp, .flags = JSON_NULLABLE, .help = "A number"),
    JSON_OBJECTS(struct spec_view, licenses, &license_view_type),
    JSON_BOOLEAN(struct spec_view, has_master),
    JSON_TEXT(struct spec_view, takedown_reason, .flags = JSON_OMITTED, .max = 1000),
    JSON_INSTANT(struct spec_view, updated_at),
};
const struct json_type spec_view_type = JSON_TYPE(CATALOG_SPEC_VIEW, struct spec_view, spec_fields);

static const struct json_field track_card_fields[] = {COMMON_FIELDS};
static const struct json_type track_card_type = JSON_TYPE("TrackCard", struct spec_view, track_card_fields);

static const struct json_field track_fields[] = {
    COMMON_FIELDS,
    JSON_TEXT(struct spec_view, description, .max = DESCRIPTION_MAX, .flags = JSON_MULTILINE),
    JSON_RAW(struct spec_view, loudness_lufs, .flags = JSON_NULLABLE, .help = "Integrated, EBU R128; a number"),
    JSON_RAW(struct spec_view, true_peak_dbtp, .flags = JSON_NULLABLE, .help = "A number"),
    JSON_BOOLEAN(struct spec_view, is_lossless),
    JSON_INSTANT(struct spec_view, updated_at),
};
const struct json_type track_view_type = JSON_TYPE(CATALOG_TRACK_VIEW, struct spec_view, track_fields);

#define PAGE_FIELDS(card_)                                                                                   \
    JSON_OBJECTS(struct spec_page, items, &(card_)),                                                         \
    JSON_TEXT(struct spec_page, next_cursor, .flags = JSON_NULLABLE),                                        \
    JSON_RAW(struct spec_page, total, .flags = JSON_OMITTED, .help = "Number of all, 1000 at most; with page or with_total"), \
    JSON_INTEGER(struct spec_page, page, .min = 1, .max = LIST_TOTAL_MAX, .flags = JSON_OMITTED)

static const struct json_field spec_page_fields[] = {PAGE_FIELDS(catalog_card_type)};
const struct json_type spec_page_type = JSON_TYPE("SpecPage", struct spec_page, spec_page_fields);
static const struct json_field track_page_fields[] = {PAGE_FIELDS(track_card_type)};
const struct json_type track_page_type = JSON_TYPE("TrackPage", struct spec_page, track_page_fields);

/* --- bodies --- */

static const struct json_field license_draft_fields[] = {
    JSON_ENUM(struct license_draft, type, &catalog_license_type_words, .flags = JSON_REQUIRED),
    JSON_TEXT(struct license_draft, name, .min = 1, .max = OPTION_NAME_MAX, .flags = JSON_REQUIRED | JSON_TRIMMED),
    JSON_INTEGER(struct license_draft, price, .min = 0, .max = INT64_C(1000000000000), .flags = JSON_REQUIRED, .help = "Minor units of the currency"),
    JSON_ARRAY(struct license_draft, features, JSON_KIND_TEXT, .max = FEATURES_MAX, .item_min = 1, .item_max = FEATURE_MAX),
    JSON_ARRAY(struct license_draft, file_types, JSON_KIND_ENUM, .values = &catalog_file_type_words, .max = CATALOG_FILE_TYPES, .flags = JSON_UNIQUE, .help = "Left out: those of the type"),
    JSON_OBJECT(struct license_draft, terms, struct license_terms, &license_terms_type, .help = "Left out: those of the type"),
};
const struct json_type license_draft_type = JSON_TYPE("LicenseOptionInput", struct license_draft, license_draft_fields, JSON_PRESENCE(struct license_draft));

/* What POST and PATCH both take; title and category must be there in POST only. */
#define DRAFT_FIELDS(required_)                                                                              \
    JSON_TEXT(struct spec_draft, title, .min = 1, .max = TITLE_MAX, .flags = (required_) | JSON_TRIMMED),    \
    JSON_ENUM(struct spec_draft, category, &catalog_category_words, .flags = (required_)),                   \
    JSON_TEXT(struct spec_draft, type, .max = TYPE_MAX, .flags = JSON_TRIMMED),                              \
    JSON_NUMBER(struct spec_draft, bpm, .min = BPM_MIN, .max = BPM_MAX, .flags = JSON_NULLABLE, .help = "Left out: found by analysis"), \
    JSON_ENUM(struct spec_draft, key, &catalog_key_words, .flags = JSON_NULLABLE, .fallback = -1, .help = "Left out: found by analysis"), \
    JSON_TEXT(struct spec_draft, description, .max = DESCRIPTION_MAX, .flags = JSON_TRIMMED | JSON_MULTILINE), \
    JSON_ARRAY(struct spec_draft, genres, JSON_KIND_TEXT, .max = GENRES_MAX, .item_min = 1, .item_max = 40, .flags = JSON_UNIQUE, .help = "Slugs of GET /api/v1/genres"), \
    JSON_ARRAY(struct spec_draft, tags, JSON_KIND_TEXT, .max = TAGS_MAX, .item_min = 1, .item_max = TAG_MAX, .flags = JSON_UNIQUE), \
    JSON_ARRAY(struct spec_draft, moods, JSON_KIND_ENUM, .values = &catalog_mood_words, .max = MOODS_MAX, .flags = JSON_UNIQUE), \
    JSON_ARRAY(struct spec_draft, instruments, JSON_KIND_ENUM, .values = &catalog_instrument_words, .max = INSTRUMENTS_MAX, .flags = JSON_UNIQUE), \
    JSON_BOOLEAN(struct spec_draft, free_mp3_enabled)

static const struct json_field create_fields[] = {
    DRAFT_FIELDS(JSON_REQUIRED),
    JSON_TEXT(struct spec_draft, currency, .max = 3, .format = &json_format_currency),
    JSON_OBJECTS(struct spec_draft, licenses, &license_draft_type, .max = 5),
};
const struct json_type spec_create_body = JSON_TYPE("SpecInput", struct spec_draft, create_fields);

static const struct json_field patch_fields[] = {DRAFT_FIELDS(0)};
const struct json_type spec_patch_body = JSON_TYPE("SpecPatch", struct spec_draft, patch_fields, JSON_PRESENCE(struct spec_draft));

static const struct json_field license_set_fields[] = {
    JSON_TEXT(struct license_set, currency, .max = 3, .format = &json_format_currency),
    JSON_OBJECTS(struct license_set, licenses, &license_draft_type, .max = 5, .flags = JSON_REQUIRED),
};
const struct json_type license_set_body = JSON_TYPE("LicenseOptionSet", struct license_set, license_set_fields);

static const struct json_field asset_body_fields[] = {JSON_ID(struct asset_body, upload_id, .flags = JSON_REQUIRED)};
const struct json_type asset_body = JSON_TYPE("AssetUpload", struct asset_body, asset_body_fields);

static const struct json_field reason_fields[] = {
    JSON_TEXT(struct reason_body, reason, .min = 1, .max = 1000, .flags = JSON_REQUIRED | JSON_TRIMMED | JSON_MULTILINE),
};
const struct json_type reason_body = JSON_TYPE("ModerationReason", struct reason_body, reason_fields);

/* --- queries --- */

#define MAX_PRICE    INT64_C(1000000000000)
#define MAX_DURATION INT64_C(86400000)
#define PAGING_FIELDS                                                                                        \
    JSON_TEXT(struct spec_query, cursor, .max = 64, .help = "next_cursor of the page before"),               \
    JSON_INTEGER(struct spec_query, limit, .min = 1, .max = 100, .fallback = 20),                            \
    JSON_INTEGER(struct spec_query, page, .min = 1, .max = LIST_TOTAL_MAX, .help = "Instead of a cursor"),   \
    JSON_BOOLEAN(struct spec_query, with_total)

#define FILTER_FIELDS                                                                                        \
    JSON_ENUM(struct spec_query, category, &catalog_category_words, .fallback = -1),                         \
    JSON_ARRAY(struct spec_query, genre, JSON_KIND_TEXT, .max = 10, .item_min = 1, .item_max = 40, .help = "One of these; may be repeated"), \
    JSON_ARRAY(struct spec_query, tag, JSON_KIND_TEXT, .max = TAGS_MAX, .item_min = 1, .item_max = TAG_MAX, .help = "All of these"), \
    JSON_ARRAY(struct spec_query, mood, JSON_KIND_ENUM, .values = &catalog_mood_words, .max = 7, .help = "One of these"), \
    JSON_ARRAY(struct spec_query, instrument, JSON_KIND_ENUM, .values = &catalog_instrument_words, .max = 9, .help = "One of these"), \
    JSON_ENUM(struct spec_query, key, &catalog_key_words, .fallback = -1),                                   \
    JSON_NUMBER(struct spec_query, bpm_min, .min = 1, .max = 1000),                                          \
    JSON_NUMBER(struct spec_query, bpm_max, .min = 1, .max = 1000),                                          \
    JSON_INTEGER(struct spec_query, price_min, .min = 0, .max = MAX_PRICE, .help = "Minor units; wants currency"), \
    JSON_INTEGER(struct spec_query, price_max, .min = 0, .max = MAX_PRICE, .help = "Minor units; wants currency"), \
    JSON_INTEGER(struct spec_query, duration_min, .min = 0, .max = MAX_DURATION, .help = "Milliseconds"),    \
    JSON_INTEGER(struct spec_query, duration_max, .min = 0, .max = MAX_DURATION, .help = "Milliseconds"),    \
    JSON_TEXT(struct spec_query, currency, .max = 3, .format = &json_format_currency),                       \
    JSON_TEXT(struct spec_query, q, .max = 200, .help = "Words of title, tags, genres, moods, instruments, producer, description; the last one may be unfinished"), \
    JSON_BOOLEAN(struct spec_query, free, .help = "Only with a free MP3"),                                   \
    JSON_BOOLEAN(struct spec_query, has_stems),                                                              \
    JSON_ENUM(struct spec_query, sort, &catalog_sort_words, .help = "Those by price want currency; those by tempo show what has one")

static const struct json_field list_fields[] = {
    FILTER_FIELDS,
    JSON_TEXT(struct spec_query, producer, .max = 64, .help = "Id or user name"),
    PAGING_FIELDS,
};
const struct json_type spec_list_query = JSON_TYPE("SpecQuery", struct spec_query, list_fields, JSON_PRESENCE(struct spec_query));

static const struct json_field user_list_fields[] = {FILTER_FIELDS, PAGING_FIELDS};
const struct json_type user_list_query = JSON_TYPE("UserSpecQuery", struct spec_query, user_list_fields, JSON_PRESENCE(struct spec_query));

static const struct json_field own_list_fields[] = {PAGING_FIELDS};
const struct json_type own_list_query = JSON_TYPE("OwnSpecQuery", struct spec_query, own_list_fields, JSON_PRESENCE(struct spec_query));
/* clang-format on */
