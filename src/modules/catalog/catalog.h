/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Facade of catalog: items, recordings seen as specs and tracks, licence options, genres, reports. Owns item, slug_series,
 * recording, license_option, item_facet (public lists: genres, tags, moods, instruments, …), item_search, item_report, genre,
 * sold_recording, sold_feature, option_hold. */
#ifndef MODULES_CATALOG_CATALOG_H
#define MODULES_CATALOG_CATALOG_H

#include "base/data/vec.h"
#include "base/text/enum_table.h"
#include "base/value/money.h"

#include "platform/ctx/ctx.h"

struct tx;

/* Kinds of items; all but recordings keep a row of their own in their module, with the item's id. */
enum catalog_kind { CATALOG_RECORDING, CATALOG_PRODUCT };
enum catalog_status { CATALOG_DRAFT, CATALOG_PUBLISHED, CATALOG_SOLD, CATALOG_TAKEN_DOWN, CATALOG_DELETED };
enum catalog_category { CATALOG_BEAT, CATALOG_SAMPLE };
enum catalog_license_type {
    CATALOG_BASIC,
    CATALOG_PREMIUM,
    CATALOG_TRACKOUT,
    CATALOG_UNLIMITED,
    CATALOG_EXCLUSIVE
};
extern const struct enum_table catalog_status_words, catalog_category_words, catalog_license_type_words;

/* What other modules need of a spec. */
struct catalog_spec {
    struct id id;
    struct id owner_id;
    struct str title, slug, short_code;
    int32_t status, category;
    struct id master_asset_id, stems_asset_id, cover_asset_id; /* none: not given */
    bool free_mp3_enabled;
    int64_t duration_ms; /* 0: not known yet */
    int64_t version;
};

/* A licence option as it is offered now. */
struct catalog_option {
    struct id id;
    struct id spec_id;
    struct id seller_id;
    int32_t type; /* enum catalog_license_type */
    struct str name;
    struct money price;
    struct str features;   /* JSON array of text */
    struct str file_types; /* JSON array of "mp3" | "wav" | "stems" */
    struct str terms;      /* JSON object: the limits and rights that the contract names */
    struct str spec_title;
    bool is_open; /* spec published, option neither removed nor held, no exclusive sold */
};

#define CATALOG_REASONS(X)                                                                                   \
    X(catalog_not_publishable, "catalog.not_publishable", CONFLICT,                                          \
      "Something is missing before this can be published")                                                   \
    X(catalog_option_closed, "catalog.option_closed", CONFLICT,                                              \
      "This licence option is not offered any more")                                                         \
    X(catalog_duplicate_recording, "catalog.duplicate_recording", CONFLICT,                                  \
      "This recording was sold exclusively")                                                                 \
    X(catalog_not_free, "catalog.not_free", FORBIDDEN, "There is no free download of this")

REASONS_DECLARE(CATALOG_REASONS);

extern const struct module catalog_module;

/* Whatever its status; deleted ones too (licences keep them). */
MUST_USE struct error *catalog_find_spec(struct ctx *cx, struct tx *tx, struct id spec_id,
                                         struct catalog_spec *ret_spec, bool *ret_found);
/* Key is an id, short code or slug, tried in that order; only what the caller may see. Errors: not_found. */
MUST_USE struct error *catalog_load_visible_spec(struct ctx *cx, struct str key,
                                                 struct catalog_spec *ret_spec);

/* Errors: not_found. Prices are the present ones. */
MUST_USE struct error *catalog_load_option(struct ctx *cx, struct tx *tx, struct id option_id,
                                           struct catalog_option *ret_option);

/* Locks the recording's row for a sale decided in tx (a no-op on SQLite, where one writer runs), then says whether the option may
 * be sold now: NULL, or catalog_option_closed. Locks are taken in the order of spec ids. is_alone: tx changes what may be sold (an
 * exclusive sale, a hold); the others of one spec do not wait for each other. */
MUST_USE struct error *catalog_claim_sale(struct ctx *cx, struct tx *tx, struct id spec_id,
                                          struct id option_id, bool is_alone);
/* Keeps an option from direct sale for one holder (an auction), who sells it by catalog_claim_win; it is not open meanwhile. Errors
 * of hold: catalog_option_closed, also when it is held. Releasing may be said again. */
MUST_USE struct error *catalog_hold_option(struct ctx *cx, struct tx *tx, struct id spec_id,
                                           struct id option_id, struct id holder_id);
MUST_USE struct error *catalog_release_option(struct ctx *cx, struct tx *tx, struct id option_id,
                                              struct id holder_id);
/* The same for what an auction sold: its offer was the auction, so that neither a withdrawn option nor an unpublished spec stands
 * in the way; only what is sold exclusively, taken down or gone does. Errors: catalog_option_closed. */
MUST_USE struct error *catalog_claim_win(struct ctx *cx, struct tx *tx, struct id spec_id);
/* After an exclusive sale: closes every offering of the same recording (by master hash too) in tx; the spec becomes sold. */
MUST_USE struct error *catalog_close_offerings(struct ctx *cx, struct tx *tx, struct id spec_id,
                                               struct id order_id);
/* The order's payment fell through after all: what its sale closed is offered as it was before. May be said again. */
MUST_USE struct error *catalog_reopen_offerings(struct ctx *cx, struct tx *tx, struct id spec_id,
                                                struct id order_id);

/* The brief view used in orders, favourites, charts: title, slug, short code, cover URL, owner id and name. */
struct catalog_brief {
    struct id id;
    struct str title, slug, short_code;
    struct id owner_id;
    struct str owner_name;
    struct id cover_asset_id;
    int32_t status;
};
/* In the order of ids; missing ones are left out. */
MUST_USE struct error *catalog_list_briefs(struct ctx *cx, const struct id *spec_ids, size_t count,
                                           struct array *ret_briefs);

/* What lists of the catalogue show of a spec, for lists of others: an array of what the descriptor describes, in the order of ids;
 * what is not public is left out. */
extern const struct json_type catalog_card_type;
MUST_USE struct error *catalog_list_cards(struct ctx *cx, const struct id *spec_ids, size_t count,
                                          struct array *ret_cards);

/* Filled by app: whether an account may delete a spec for good depends on licences sold; plays and favourites for `plays` sorts
 * come from analytics events; what is taken down may be a product. */
struct catalog_port {
    struct error *(*has_licenses)(struct ctx *cx, struct tx *tx, struct id spec_id, bool *ret_has);
    /* What a moderator decides about a product, whose states are its module's. Both may be said again. */
    struct error *(*take_down_product)(struct ctx *cx, struct tx *tx, struct id product_id,
                                       struct str reason);
    struct error *(*restore_product)(struct ctx *cx, struct tx *tx, struct id product_id);
};
void catalog_set_port(const struct ctx *cx, const struct catalog_port *port);

/* Counters shown with a spec are a projection written by analytics through this command, in its consumer's tx. */
MUST_USE struct error *catalog_set_counters(struct ctx *cx, struct tx *tx, struct id spec_id, int64_t plays,
                                            int64_t favorites, int64_t purchases);

/* The owner's public name as items show it; in the transaction that renames the account. */
MUST_USE struct error *catalog_rename_owner(struct ctx *cx, struct tx *tx, struct id account_id,
                                            struct str display_name);

/* For the account's export and erasure (identity_export_port): what was sold stays for its buyers, the rest goes. */
MUST_USE struct error *catalog_export_account(struct ctx *cx, struct id account_id, struct str *ret_json);
MUST_USE struct error *catalog_erase_account(struct ctx *cx, struct tx *tx, struct id account_id);

/* --- items of other kinds --- */

struct catalog_item {
    struct id id;
    int32_t kind; /* enum catalog_kind */
    struct id owner_id;
    struct str owner_username, owner_name;
    struct str title, slug, short_code;
    int32_t status;             /* enum catalog_status */
    struct str takedown_reason; /* taken down: why */
    int32_t status_before;      /* what it was then */
    struct instant created_at, updated_at, published_at;
    int64_t version;
};
/* A draft of the caller's, with a slug and a short code of its own. In tx. */
MUST_USE struct error *catalog_create_item(struct ctx *cx, struct tx *tx, enum catalog_kind kind,
                                           struct str title, struct catalog_item *ret_item);
/* Whatever its status, deleted ones too. tx may be NULL. */
MUST_USE struct error *catalog_find_item(struct ctx *cx, struct tx *tx, enum catalog_kind kind, struct id id,
                                         struct catalog_item *ret_item, bool *ret_found);
/* Key is an id, short code or slug, tried in that order. */
MUST_USE struct error *catalog_find_item_by_key(struct ctx *cx, enum catalog_kind kind, struct str key,
                                                struct catalog_item *ret_item, bool *ret_found);
MUST_USE struct error *catalog_lock_item(struct ctx *cx, struct tx *tx, enum catalog_kind kind, struct id id,
                                         struct catalog_item *ret_item, bool *ret_found);
/* In the order of ids; missing ones are left out. Array of struct catalog_item. */
MUST_USE struct error *catalog_list_items(struct ctx *cx, const struct id *ids, size_t count,
                                          struct array *ret_items);
/* Writes title, status, published_at and what stands of a takedown, of an item that was locked; its version and updated_at move, in *item too. A slug stays. */
MUST_USE struct error *catalog_change_item(struct ctx *cx, struct tx *tx, struct catalog_item *item);
/* The row itself, its listing and its reports. Its slug is not given again. */
MUST_USE struct error *catalog_erase_item(struct ctx *cx, struct tx *tx, struct id id);

/* The place of an item in the public lists, as its module says; replaces what there was. Facets are texts of the module's own, that
 * start with the kind: "product:active". Words are folded here; what is too much of them is cut from the end. */
struct catalog_listing {
    struct id item_id;
    struct array facets; /* of struct str */
    struct instant listed_at;
    int64_t views;
    struct str text;
};
MUST_USE struct error *catalog_put_listing(struct ctx *cx, struct tx *tx,
                                           const struct catalog_listing *listing);
MUST_USE struct error *catalog_drop_listing(struct ctx *cx, struct tx *tx, struct id item_id);
/* For lists by views. */
MUST_USE struct error *catalog_set_item_views(struct ctx *cx, struct tx *tx, struct id item_id,
                                              int64_t views);

enum catalog_listed_sort { CATALOG_NEWEST, CATALOG_OLDEST, CATALOG_MOST_VIEWED };
struct catalog_listed_query {
    struct str facet;    /* the one that is walked: the rarest */
    struct array facets; /* of struct str: these too */
    struct str q;        /* words; empty: any */
    enum catalog_listed_sort sort;
    struct str cursor;
    int64_t limit;
    bool with_total;
};
struct catalog_listed_page {
    struct array ids; /* of struct id */
    struct str next_cursor;
    struct str total; /* a number as JSON, 1000 at most; absent unless it was asked for */
};
/* Errors: invalid (a cursor of another list). */
MUST_USE struct error *catalog_list_listed(struct ctx *cx, const struct catalog_listed_query *query,
                                           struct catalog_listed_page *ret_page);

/* --- reports --- */

/* What somebody says is wrong with an item, or with an auction of it. */
struct catalog_complaint {
    struct id item_id, auction_id; /* the latter none: the item itself */
    int32_t reason;
    struct str message;
};
/* The body of the routes that report something: reason and message. */
extern const struct json_type catalog_report_body;
/* To the moderators, once per person while the report is open. Whether the caller may see it is judged by its module. */
MUST_USE struct error *catalog_report(struct ctx *cx, const struct catalog_complaint *complaint);
/* The auction was made void: its reports are decided. In tx. */
MUST_USE struct error *catalog_settle_auction_reports(struct ctx *cx, struct tx *tx, struct id auction_id);

/* Events (payload struct catalog_event). */
struct catalog_event {
    struct id spec_id;
    struct id owner_id;
};
extern const struct event_type catalog_spec_published, catalog_spec_changed, catalog_spec_withdrawn;
/* catalog.spec.downloaded: the free MP3 was asked for. */
struct catalog_download_event {
    struct id spec_id;
    struct id owner_id;
    struct id account_id;
};
extern const struct event_type catalog_spec_downloaded;

#endif
