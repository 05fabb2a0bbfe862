/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of the catalogue. One function per statement; tx may be NULL where nothing is locked. */
#ifndef MODULES_CATALOG_CATALOG_REPO_H
#define MODULES_CATALOG_CATALOG_REPO_H

#include "base/data/vec.h"

#include "platform/ctx/ctx.h"
#include "platform/db/db.h"

#include "modules/catalog/catalog_domain.h"

/* An item with its recording. */
struct spec_row {
    struct id id, owner_id;
    struct str owner_username, owner_name;
    struct str title, slug, short_code;
    int32_t status, status_before; /* enum catalog_status */
    struct str takedown_reason;
    struct instant created_at, updated_at, published_at, deleted_at;
    int64_t version;
    int32_t category;
    struct str type, description;
    int64_t bpm_milli; /* 0 unknown */
    bool is_bpm_given;
    int32_t musical_key; /* -1 unknown */
    bool is_key_given;
    struct str genres, tags;    /* a line each */
    int32_t moods, instruments; /* bits */
    bool free_mp3_enabled;
    struct str currency;
    int64_t price_min, price_max; /* -1: nothing is offered */
    struct id master_asset_id, stems_asset_id, cover_asset_id;
    struct str master_sha256;
    bool is_lossless;
    int64_t duration_ms;
    double loudness_lufs, true_peak_dbtp;
    struct str waveform;
    int64_t plays, favorites, purchases;
    int64_t counted; /* how often the three above were set */
    struct instant sold_at;
};

/* What a list shows of a spec. */
struct card_row {
    int64_t listed_at;
    struct id id, owner_id;
    struct str owner_username, owner_name;
    struct str title, slug, short_code;
    int32_t status;
    struct instant created_at, published_at;
    int32_t category;
    struct str type;
    int64_t bpm_milli;
    int32_t musical_key;
    struct str genres, tags;
    int32_t moods, instruments;
    bool free_mp3_enabled;
    struct str currency;
    int64_t price_min; /* -1: none */
    struct id stems_asset_id, cover_asset_id;
    bool is_lossless;
    int64_t duration_ms;
    struct str waveform;
    int64_t plays, favorites, purchases;
};

struct option_row {
    struct id id;
    int32_t type;
    struct str name;
    int64_t price;
    struct str currency;
    struct str features, file_types, terms; /* JSON */
};

/* Writes slug, short code and both rows; ret_inserted is false when the slug or the short code is taken. */
MUST_USE struct error *catalog_repo_insert_spec(struct ctx *cx, struct tx *tx, const struct spec_row *spec,
                                                bool *ret_inserted);
MUST_USE struct error *catalog_repo_next_slug_number(struct ctx *cx, struct tx *tx, struct str base,
                                                     int64_t *ret_number);

MUST_USE struct error *catalog_repo_find_spec(struct ctx *cx, struct tx *tx, struct id id,
                                              struct spec_row *ret_spec, bool *ret_found);
/* The options, which may be newer than the spec but not older, on the same way to the database. */
MUST_USE struct error *catalog_repo_find_offered_spec(struct ctx *cx, struct id id, struct spec_row *ret_spec,
                                                      struct array *ret_options, bool *ret_found);
MUST_USE struct error *catalog_repo_find_by_short_code(struct ctx *cx, struct str short_code,
                                                       struct spec_row *ret_spec, bool *ret_found);
MUST_USE struct error *catalog_repo_find_by_slug(struct ctx *cx, struct str slug, struct spec_row *ret_spec,
                                                 bool *ret_found);
MUST_USE struct error *catalog_repo_lock_spec(struct ctx *cx, struct tx *tx, struct id id,
                                              struct spec_row *ret_spec, bool *ret_found);
/* Against those who lock it alone only; what was locked so is not changed in tx. */
MUST_USE struct error *catalog_repo_lock_spec_shared(struct ctx *cx, struct tx *tx, struct id id,
                                                     struct spec_row *ret_spec, bool *ret_found);
/* The specs that use an asset, in ret_ids of struct id. */
MUST_USE struct error *catalog_repo_list_by_asset(struct ctx *cx, struct tx *tx, struct id asset_id,
                                                  struct array *ret_ids);

/* What the owner states; version and time move too. */
MUST_USE struct error *catalog_repo_update_spec(struct ctx *cx, struct tx *tx, const struct spec_row *spec,
                                                struct instant now);
MUST_USE struct error *catalog_repo_touch(struct ctx *cx, struct tx *tx, struct id id, struct instant now);
/* Both -1: nothing is offered. */
MUST_USE struct error *catalog_repo_update_prices(struct ctx *cx, struct tx *tx, struct id id,
                                                  struct str currency, int64_t price_min, int64_t price_max);
MUST_USE struct error *catalog_repo_update_assets(struct ctx *cx, struct tx *tx, const struct spec_row *spec);
MUST_USE struct error *catalog_repo_update_analysis(struct ctx *cx, struct tx *tx,
                                                    const struct spec_row *spec);
/* Status, what it was before, the reason and the times; version moves. */
MUST_USE struct error *catalog_repo_update_status(struct ctx *cx, struct tx *tx, const struct spec_row *spec,
                                                  struct instant now);
MUST_USE struct error *catalog_repo_update_sold(struct ctx *cx, struct tx *tx, struct id id,
                                                struct id order_id, struct instant now);
/* Undoes that: the options that went with the sale, the prices and the memory of its sound. */
MUST_USE struct error *catalog_repo_clear_sold(struct ctx *cx, struct tx *tx, struct id id);
struct spec_counts {
    int64_t plays;
    int64_t favorites;
    int64_t purchases;
};
MUST_USE struct error *catalog_repo_update_counters(struct ctx *cx, struct tx *tx, struct id id,
                                                    const struct spec_counts *counts, bool *ret_found);
MUST_USE struct error *catalog_repo_rename_owner(struct ctx *cx, struct tx *tx, struct id owner_id,
                                                 struct str name);
/* The row and everything of it. */
MUST_USE struct error *catalog_repo_delete_spec(struct ctx *cx, struct tx *tx, struct id id);

/* The keys by which caches know an item. */
struct item_keys {
    struct id id;
    struct str slug, short_code;
};
MUST_USE struct error *catalog_repo_list_keys_of_owner(struct ctx *cx, struct tx *tx, struct id owner_id,
                                                       struct array *ret_keys);
/* Other drafts and published specs with the same master, ids rising, in ret_ids of struct id. */
MUST_USE struct error *catalog_repo_list_same_master(struct ctx *cx, struct tx *tx, struct str sha256,
                                                     struct id id, struct array *ret_ids);
/* Those that an exclusive sale of this one closed too. */
MUST_USE struct error *catalog_repo_list_same_sold(struct ctx *cx, struct tx *tx, const struct spec_row *sold,
                                                   struct id order_id, struct array *ret_ids);
/* Array of struct catalog_brief, in no order. */
MUST_USE struct error *catalog_repo_list_briefs(struct ctx *cx, struct array ids, struct array *ret_briefs);

struct genre_row {
    struct id id;
    struct str slug, name;
};
MUST_USE struct error *catalog_repo_list_genres(struct ctx *cx, struct array *ret_genres);

/* --- licence options (catalog_option_repo.c) --- */

MUST_USE struct error *catalog_repo_list_options(struct ctx *cx, struct tx *tx, struct id spec_id,
                                                 struct array *ret_options);
extern const struct db_row catalog_option_row;
MUST_USE struct error *catalog_repo_find_option(struct ctx *cx, struct tx *tx, struct id id,
                                                struct catalog_option *ret_option, bool *ret_found);
MUST_USE struct error *catalog_repo_insert_option(struct ctx *cx, struct tx *tx, struct id spec_id,
                                                  const struct option_row *option, int32_t position,
                                                  struct instant now);
MUST_USE struct error *catalog_repo_update_option(struct ctx *cx, struct tx *tx,
                                                  const struct option_row *option, int32_t position);
MUST_USE struct error *catalog_repo_remove_option(struct ctx *cx, struct tx *tx, struct id id,
                                                  struct instant now);
/* Nothing when it is held already. */
MUST_USE struct error *catalog_repo_hold_option(struct ctx *cx, struct tx *tx, struct id id,
                                                struct id holder_id, struct instant now);
MUST_USE struct error *catalog_repo_release_option(struct ctx *cx, struct tx *tx, struct id id,
                                                   struct id holder_id);
MUST_USE struct error *catalog_repo_remove_options(struct ctx *cx, struct tx *tx, struct id spec_id,
                                                   struct instant now);

/* --- public lists (catalog_list_repo.c) --- */

/* What a list is asked for. Numbers below 0 and empty arrays mean "not asked". */
struct list_filter {
    struct str facet;                        /* the one that is walked */
    struct array facets;                     /* all of these */
    struct array moods, instruments, genres; /* facets, one of each group */
    struct str currency;                     /* absent: any */
    int64_t bpm_min, bpm_max;                /* thousandths */
    int64_t price_min, price_max;            /* minor units */
    int64_t duration_min, duration_max;      /* ms */
    struct str words;                        /* folded; absent: not searched */
    enum catalog_sort sort;
    bool has_cursor;
    struct list_cursor cursor;
    int64_t limit, offset;
};
/* The facet (of at least one struct str) that the fewest are listed under; of equal ones the first. */
MUST_USE struct error *catalog_repo_find_rarest(struct ctx *cx, struct array facets, struct str *ret_facet);
/* Array of struct card_row. */
MUST_USE struct error *catalog_repo_list_specs(struct ctx *cx, const struct list_filter *filter,
                                               struct array *ret_cards);
/* Stops at LIST_TOTAL_MAX + 1. */
MUST_USE struct error *catalog_repo_count_specs(struct ctx *cx, const struct list_filter *filter,
                                                int64_t *ret_count);
MUST_USE struct error *catalog_repo_list_own(struct ctx *cx, struct id owner_id,
                                             const struct list_filter *filter, struct array *ret_cards);
MUST_USE struct error *catalog_repo_count_own(struct ctx *cx, struct id owner_id, int64_t *ret_count);
/* Those that are public, in no order. */
MUST_USE struct error *catalog_repo_list_cards(struct ctx *cx, struct array ids, struct array *ret_cards);
/* The sort key of a row under a sort. */
int64_t card_sort_key(const struct card_row *card, enum catalog_sort sort);

/* Puts an item into the public lists and the search, or takes it out. */
struct listing {
    struct id item_id;
    struct array facets; /* of struct str */
    struct instant listed_at;
    struct str currency;
    int64_t price_min; /* -1: none */
    int64_t bpm_milli, plays;
    struct str words; /* folded */
};
MUST_USE struct error *catalog_repo_insert_listing(struct ctx *cx, struct tx *tx,
                                                   const struct listing *listing);
MUST_USE struct error *catalog_repo_delete_listing(struct ctx *cx, struct tx *tx, struct id item_id);

/* --- items of other kinds --- */

MUST_USE struct error *catalog_repo_insert_item(struct ctx *cx, struct tx *tx,
                                                const struct catalog_item *item, bool *ret_inserted);
MUST_USE struct error *catalog_repo_find_item(struct ctx *cx, struct tx *tx, enum catalog_kind kind,
                                              struct id id, struct catalog_item *ret_item, bool *ret_found);
MUST_USE struct error *catalog_repo_find_item_by_short_code(struct ctx *cx, enum catalog_kind kind,
                                                            struct str short_code,
                                                            struct catalog_item *ret_item, bool *ret_found);
MUST_USE struct error *catalog_repo_find_item_by_slug(struct ctx *cx, enum catalog_kind kind, struct str slug,
                                                      struct catalog_item *ret_item, bool *ret_found);
MUST_USE struct error *catalog_repo_lock_item(struct ctx *cx, struct tx *tx, enum catalog_kind kind,
                                              struct id id, struct catalog_item *ret_item, bool *ret_found);
/* Array of struct catalog_item, in no order. */
MUST_USE struct error *catalog_repo_list_items(struct ctx *cx, struct array ids, struct array *ret_items);
/* Title, status and times; version moves. */
MUST_USE struct error *catalog_repo_change_item(struct ctx *cx, struct tx *tx,
                                                const struct catalog_item *item);
MUST_USE struct error *catalog_repo_delete_item(struct ctx *cx, struct tx *tx, struct id id);
MUST_USE struct error *catalog_repo_update_views(struct ctx *cx, struct tx *tx, struct id id, int64_t views);

struct listed_row {
    struct id item_id;
    int64_t listed_at, views;
};
struct listed_filter {
    struct str facet;
    struct array facets;
    struct str words; /* folded; absent: not searched */
    enum catalog_listed_sort sort;
    bool has_cursor;
    struct list_cursor cursor;
    int64_t limit;
};
/* Array of struct listed_row. */
MUST_USE struct error *catalog_repo_list_listed(struct ctx *cx, const struct listed_filter *filter,
                                                struct array *ret_rows);
/* Whatever its cursor. Stops at LIST_TOTAL_MAX + 1. */
MUST_USE struct error *catalog_repo_count_listed(struct ctx *cx, const struct listed_filter *filter,
                                                 int64_t *ret_count);
/* --- search on SQLite (catalog_list_repo.c) --- */

/* Items that hold the words of a filter. */
struct matches {
    bool is_few;
    struct array ids; /* of struct db_id; all of them when they are few */
};
/* On PostgreSQL, and without words, they are never few. */
MUST_USE struct error *catalog_repo_find_matches(struct ctx *cx, struct str words,
                                                 struct matches *ret_matches);
/* Those of few that the filter lets through, in its order: array of struct listed_row. */
MUST_USE struct error *catalog_repo_list_matches(struct ctx *cx, const struct list_filter *filter,
                                                 const struct matches *few, struct array *ret_rows);
/* Stops at LIST_TOTAL_MAX + 1. */
MUST_USE struct error *catalog_repo_count_matches(struct ctx *cx, const struct list_filter *filter,
                                                  int64_t *ret_count);
extern const struct db_row catalog_listed_row;

/* --- reports (catalog_report_repo.c) --- */

struct report_row {
    struct id id, item_id, reporter_id;
    struct id auction_id; /* none: the item itself was reported */
    int32_t kind;         /* enum catalog_kind */
    int32_t reason;       /* enum catalog_report_reason */
    struct str message;
    struct instant created_at;
    struct str title, slug, short_code;
    int32_t status;
    struct id owner_id;
    struct str owner_name;
};
MUST_USE struct error *catalog_repo_insert_report(struct ctx *cx, struct tx *tx,
                                                  const struct report_row *report);
/* Open ones, oldest first; array of struct report_row. */
MUST_USE struct error *catalog_repo_list_reports(struct ctx *cx, const struct list_cursor *after,
                                                 int64_t limit, struct array *ret_reports);
MUST_USE struct error *catalog_repo_decide_reports(struct ctx *cx, struct tx *tx, struct id item_id,
                                                   enum catalog_decision decision, struct id account_id,
                                                   struct instant now);
MUST_USE struct error *catalog_repo_decide_auction_reports(struct ctx *cx, struct tx *tx,
                                                           struct id auction_id, struct id account_id,
                                                           struct instant now);

/* --- what was sold exclusively (catalog_report_repo.c) --- */

struct sold_row {
    struct id spec_id;
    struct str fingerprint;
};
struct sold_mark {
    struct id spec_id;
    struct id order_id;
    struct str master_sha256;
    struct str fingerprint;
    struct array features; /* of the fingerprint: what a search for copies starts from */
};
MUST_USE struct error *catalog_repo_insert_sold(struct ctx *cx, struct tx *tx, const struct sold_mark *mark,
                                                struct instant now);
MUST_USE struct error *catalog_repo_is_master_sold(struct ctx *cx, struct tx *tx, struct str sha256,
                                                   struct id except, bool *ret_sold);
/* Sold ones that share features, the likeliest first; array of struct sold_row. */
MUST_USE struct error *catalog_repo_list_sold_candidates(struct ctx *cx, struct tx *tx, struct array features,
                                                         struct id except, struct array *ret_sold);

#endif
