/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Use cases of the catalogue, for its own HTTP file. Others use catalog.h. */
#ifndef MODULES_CATALOG_CATALOG_SERVICE_H
#define MODULES_CATALOG_CATALOG_SERVICE_H

#include "base/data/vec.h"
#include "base/json/json_type.h"

#include "modules/catalog/catalog.h"
#include "modules/catalog/catalog_repo.h"

struct media_asset;

struct catalog_state {
    const struct catalog_port *port;
};

extern const struct cache_space catalog_spec_space, catalog_list_space, catalog_walk_space;
extern const struct job_type catalog_relist_job;
extern const struct reason *const catalog_reasons[];
/* NULL-terminated, for the module's description. */
extern const struct event_type *const catalog_events[];
extern const struct event_consumer *const catalog_consumers[];

/* --- views --- */

struct producer_view {
    struct id id;
    struct str username, display_name;
};

struct license_view {
    struct id id;
    int32_t type; /* enum catalog_license_type */
    struct str name;
    struct money price;
    struct str features, file_types; /* JSON lists, as they are stored */
    struct license_terms terms;
};

/* A spec in full; also what a list shows of it, where the members that lists leave out are empty. */
struct spec_view {
    struct id id;
    struct str title, slug, short_code;
    int32_t category, status;
    struct str type, description;
    double bpm;  /* 0: unknown */
    int32_t key; /* -1: unknown */
    int64_t duration_ms;
    struct str loudness_lufs, true_peak_dbtp; /* numbers as JSON, or absent: 0 is a loudness too */
    struct str waveform;                      /* a JSON list, as it is stored */
    struct array genres, tags;                /* of struct str */
    struct array moods, instruments;          /* of int32_t */
    struct money price;                       /* the lowest; none: nothing is offered */
    struct array licenses;                    /* of struct license_view */
    bool free_mp3_enabled, has_master, has_stems, is_lossless;
    struct str cover_url;
    struct producer_view producer;
    int64_t play_count, favorite_count, purchase_count;
    struct instant created_at, updated_at, published_at;
    struct str takedown_reason; /* owner and moderators */
    int64_t version;
    int64_t counted;
};

/* What the owner states of a spec: the body of POST, and with `present` of PATCH. */
struct spec_draft {
    struct str title;
    int32_t category;
    struct str type;
    double bpm;  /* 0: analysis fills it */
    int32_t key; /* -1: analysis fills it */
    struct str description;
    struct array genres, tags;       /* of struct str */
    struct array moods, instruments; /* of int32_t */
    struct str currency;
    bool free_mp3_enabled;
    struct array licenses; /* of struct license_draft; POST only */
    uint64_t present;
};
extern const struct json_type spec_patch_body;

struct license_draft {
    int32_t type;
    struct str name;
    int64_t price; /* minor units of the body's currency */
    struct array features, file_types;
    struct license_terms terms;
    uint64_t present;
};
extern const struct json_type license_draft_type, license_terms_type;

/* The body of PUT …/licenses. */
struct license_set {
    struct str currency;
    struct array licenses; /* of struct license_draft */
};

struct problem_view {
    struct str code, detail;
};

struct asset_view {
    int32_t slot; /* enum catalog_slot */
    struct id asset_id;
    int32_t status, stage; /* enum media_status, enum media_stage */
    double progress;
    struct str file_name;
    int64_t size_bytes;
    struct problem_view problem; /* failed */
};

struct processing_view {
    int32_t status, stage;
    double progress;
    struct problem_view problem; /* failed */
    struct array assets;         /* of struct asset_view */
};
extern const struct json_type processing_view_type;

/* --- specs --- */

MUST_USE struct error *catalog_create_spec(struct ctx *cx, const struct spec_draft *draft, struct id *ret_id);
/* if_match checks the version that the client named, before anything is changed. */
typedef struct error *(*catalog_match_fn)(struct ctx *cx, void *arg, struct id id, int64_t version);
struct catalog_match {
    catalog_match_fn check;
    void *arg;
};
MUST_USE struct error *catalog_patch_spec(struct ctx *cx, struct str key, const struct spec_draft *changes,
                                          struct catalog_match match);
MUST_USE struct error *catalog_set_licenses(struct ctx *cx, struct str key, const struct license_set *set,
                                            struct catalog_match match);
/* Soft when licences were sold. */
MUST_USE struct error *catalog_delete_spec(struct ctx *cx, struct str key, struct catalog_match match);
MUST_USE struct error *catalog_publish_spec(struct ctx *cx, struct str key);
MUST_USE struct error *catalog_unpublish_spec(struct ctx *cx, struct str key);

/* Errors: not_found. */
MUST_USE struct error *catalog_load_view(struct ctx *cx, struct id id, struct spec_view *ret_view);

/* Names of the descriptors that kept specs are encoded by: a change forgets each. */
#define CATALOG_SPEC_VIEW  "Spec"
#define CATALOG_TRACK_VIEW "Track"
/* What GET sends: JSON by the descriptor, from the cache when it is there. */
struct spec_reading {
    struct str json;
    struct id id;
    int64_t tag; /* number of the entity tag for this caller */
};
MUST_USE struct error *catalog_read_spec(struct ctx *cx, struct str key, const struct json_type *type,
                                         struct spec_reading *ret_reading);

/* A signed link to the free MP3. Errors: not_found, catalog_not_free, media_not_ready. */
struct free_download {
    struct str url, file_name;
    int64_t size_bytes;
    struct instant expires_at;
};
MUST_USE struct error *catalog_download_free(struct ctx *cx, struct str key,
                                             struct free_download *ret_download);

/* --- assets --- */

MUST_USE struct error *catalog_put_asset(struct ctx *cx, struct str key, enum catalog_slot slot,
                                         struct id upload_id, struct processing_view *ret_view);
MUST_USE struct error *catalog_load_processing(struct ctx *cx, struct str key,
                                               struct processing_view *ret_view);
/* Calls send with each new state until all assets are done, the client goes or the deadline passes; with a NULL view now and
 * then, so that a connection does not look dead. */
typedef struct error *(*processing_send_fn)(struct ctx *cx, void *arg, const struct processing_view *view);
MUST_USE struct error *catalog_follow_processing(struct ctx *cx, struct str key, processing_send_fn send,
                                                 void *arg);

/* --- lists --- */

struct spec_query {
    int32_t category;                   /* -1: any */
    struct array genre, tag;            /* of struct str */
    struct array mood, instrument;      /* of int32_t */
    int32_t key;                        /* -1: any */
    double bpm_min, bpm_max;            /* 0: any */
    int64_t price_min, price_max;       /* -1: any */
    int64_t duration_min, duration_max; /* ms; -1: any */
    struct str currency;
    struct str producer; /* id or user name */
    struct str q;
    bool free; /* only with a free MP3 */
    bool has_stems;
    int32_t sort; /* enum catalog_sort */
    struct str cursor;
    int64_t limit, page; /* page 0: by cursor */
    bool with_total;
    uint64_t present;
};

struct spec_page {
    struct array items; /* of struct spec_view */
    struct str next_cursor;
    struct str total; /* a number as JSON, or absent */
    int64_t page;     /* 0: by cursor */
};

/* JSON by the page's descriptor, from the cache when it is there. */
MUST_USE struct error *catalog_read_list(struct ctx *cx, const struct spec_query *query,
                                         const struct json_type *page_type, struct str *ret_json);
MUST_USE struct error *catalog_list_own(struct ctx *cx, const struct spec_query *query,
                                        struct spec_page *ret_page);

/* Of several facets that are all asked for, makes the rarest the one that is walked. */
MUST_USE struct error *catalog_pick_walk(struct ctx *cx, struct str *facet, struct array *facets);

struct genre_view {
    struct id id;
    struct str slug, name;
};
MUST_USE struct error *catalog_list_genres(struct ctx *cx, struct array *ret_genres);

/* --- moderation --- */

/* Errors: not_found, also for what the caller may not see. */
MUST_USE struct error *catalog_report_spec(struct ctx *cx, struct str key,
                                           struct catalog_complaint complaint);
struct report_page {
    struct array items; /* of struct report_row */
    struct str next_cursor;
};
MUST_USE struct error *catalog_list_reports(struct ctx *cx, struct str cursor, int64_t limit,
                                            struct report_page *ret_page);
/* An item of any kind, by id, short code or slug. */
MUST_USE struct error *catalog_take_down(struct ctx *cx, struct str key, struct str reason);
/* To what it was before; dismisses the open reports, also of what was never taken down. */
MUST_USE struct error *catalog_restore(struct ctx *cx, struct str key);

/* --- within the module: shared by the service's files --- */

struct catalog_state *catalog_state_of(const struct ctx *cx);
/* By id, short code or slug; whatever its status. */
MUST_USE struct error *catalog_find_by_key(struct ctx *cx, struct str key, struct spec_row *ret_spec,
                                           bool *ret_found);
/* The spec of a key with its options, whatever its status; not_found. */
MUST_USE struct error *catalog_load_offered(struct ctx *cx, struct str key, struct spec_row *ret_spec,
                                            struct array *ret_options);
/* The spec of a key that the caller may change (its owner, or item:admin): unlocked. not_found also for what one may not see. */
MUST_USE struct error *catalog_load_own(struct ctx *cx, struct str key, struct spec_row *ret_spec);
/* Locks a spec that was found before. not_found when it was deleted meanwhile. */
MUST_USE struct error *catalog_lock(struct ctx *cx, struct tx *tx, struct id id, struct spec_row *ret_spec);
bool catalog_may_see(const struct ctx *cx, enum catalog_status status, struct id owner_id);
MUST_USE struct error *catalog_fill_view(struct ctx *cx, const struct spec_row *spec,
                                         const struct array *options, struct spec_view *ret_view);
void catalog_fill_card(struct ctx *cx, const struct card_row *card, struct spec_view *ret_view);

/* A slug and a short code for a title that are most likely free: an insert tells, and the next attempt (from 0) is another. In tx. */
enum { CATALOG_NAMING_TRIES = 20 };
MUST_USE struct error *catalog_choose_names(struct ctx *cx, struct tx *tx, struct str title, int attempt,
                                            struct str *ret_slug, struct str *ret_short_code);

/* A change of a spec in tx: takes it out of the public lists or puts it in again as its row says now, and makes every cache forget
 * it at the commit. The row must be as stored. */
MUST_USE struct error *catalog_changed(struct ctx *cx, struct tx *tx, const struct spec_row *spec);
/* Every cache forgets it at the commit. */
void catalog_forget(struct ctx *cx, struct tx *tx, struct id id, struct str slug, struct str short_code);
/* As catalog_changed for a spec whose row has been changed in tx, and tells the bus. */
MUST_USE struct error *catalog_tell(struct ctx *cx, struct tx *tx, const struct event_type *type,
                                    struct id id);

/* Softly when licences were sold, else for good. */
MUST_USE struct error *catalog_delete_locked(struct ctx *cx, struct tx *tx, struct spec_row *spec);
/* Stores the options that are offered from now on, by type, and the prices that follow from them. */
MUST_USE struct error *catalog_store_licenses(struct ctx *cx, struct tx *tx, const struct spec_row *spec,
                                              struct str currency, const struct array *licenses);
/* What no single member can tell: genres that exist, one licence a type, a currency where prices are. Errors: invalid. */
MUST_USE struct error *catalog_check_draft(struct ctx *cx, const struct spec_draft *draft);
MUST_USE struct error *catalog_check_licenses(struct ctx *cx, const struct license_set *set);

/* Processing of an asset ended, in a consumer's tx: its specs take what analysis found. */
MUST_USE struct error *catalog_take_asset(struct ctx *cx, struct tx *tx, struct id asset_id);
/* The same for a spec whose master may have become ready just now, before the event of it came: nothing waits for that. In tx the
 * row is changed, without one only *spec. */
MUST_USE struct error *catalog_take_analysis(struct ctx *cx, struct tx *tx, struct spec_row *spec);
/* What a ready master says where the owner says nothing. */
void catalog_take_music(const struct media_asset *asset, struct spec_row *spec);
/* catalog_not_publishable with a violation for everything that is missing. */
MUST_USE struct error *catalog_check_publishable(struct ctx *cx, struct tx *tx, const struct spec_row *spec);
/* catalog_duplicate_recording when the master was sold exclusively as something else. */
MUST_USE struct error *catalog_check_duplicate(struct ctx *cx, const struct spec_row *spec);
/* Keeps what is needed to know an exclusively sold master again. */
MUST_USE struct error *catalog_remember_sold(struct ctx *cx, struct tx *tx, const struct spec_row *spec,
                                             struct id order_id);

#endif
