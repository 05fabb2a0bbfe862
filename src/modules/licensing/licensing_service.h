/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Use cases of licensing, for its own HTTP file. Others use licensing.h. */
#ifndef MODULES_LICENSING_LICENSING_SERVICE_H
#define MODULES_LICENSING_LICENSING_SERVICE_H

#include "platform/config/config.h"
#include "platform/jobs/jobs.h"
#include "platform/module/module.h"

#include "modules/catalog/catalog.h"
#include "modules/licensing/licensing.h"
#include "modules/licensing/licensing_repo.h"

struct licensing_settings {
    int64_t max_downloads; /* of each file; 0: no limit */
    int64_t link_us;       /* lifetime of a download link */
};
extern const struct setting_group licensing_settings_group;

struct licensing_state {
    const struct licensing_settings *settings;
};
struct licensing_state *licensing_state_of(const struct ctx *cx);

/* What a person sees of a licence. */
struct license_view {
    struct id id;
    struct str key;
    struct id order_id, spec_id;
    struct str spec_title;
    struct id seller_id, buyer_id;
    struct str seller_name, buyer_name;
    int32_t type;
    struct str option_name;
    struct array features;   /* of struct str */
    struct array file_types; /* of int32_t, enum license_file_kind */
    struct str terms;        /* JSON */
    struct money price;
    struct instant issued_at, withdrawn_at;
    struct str withdrawn_reason;
    bool is_active;
    int64_t version;
};

struct license_search {
    struct str q;
    int32_t type; /* < 0: any */
    struct id cursor;
    int64_t limit, page; /* page 0: by cursor */
    bool with_total;
};
/* The caller's own. Array of struct license_view. ret_total -1: not asked for. */
MUST_USE struct error *licensing_list(struct ctx *cx, const struct license_search *search,
                                      struct array *ret_views, int64_t *ret_total);
/* For its buyer, its seller and who may see every order. Errors: not_found. */
MUST_USE struct error *licensing_load(struct ctx *cx, struct id license_id, struct license_view *ret_view);

struct license_link {
    int32_t kind;
    struct str file_name;
    int64_t size_bytes;
    struct str sha256, url; /* hex; absolute */
    struct instant expires_at;
    int64_t downloads;
};
struct license_downloads {
    struct array files; /* of struct license_link */
    struct str contract_url;
};
/* The buyer's links, each good for a while without login. Errors: not_found, licensing_revoked. */
MUST_USE struct error *licensing_make_links(struct ctx *cx, struct id license_id,
                                            struct license_downloads *ret_downloads);

/* What a link carries besides its path. */
struct license_grant {
    struct id grant;
    int64_t expires; /* seconds since 1970 */
    struct str signature;
};
struct license_delivery {
    int fd; /* the caller's to close */
    int64_t size_bytes;
    struct str content_type, disposition, etag;
};
/* Checks the link, counts the download (once per link) and opens the file. Errors: not_found, licensing_link_expired,
 * licensing_revoked, licensing_downloads_used. */
MUST_USE struct error *licensing_deliver(struct ctx *cx, struct id license_id, enum license_file_kind kind,
                                         const struct license_grant *grant,
                                         struct license_delivery *ret_delivery);

struct license_contract {
    struct str pdf, file_name, etag;
};
/* For the parties, or with a link's grant (id none: none was sent). Made once, on the blocking pool. */
MUST_USE struct error *licensing_load_contract(struct ctx *cx, struct id license_id,
                                               const struct license_grant *grant,
                                               struct license_contract *ret_contract);

struct license_check {
    bool valid;
    struct str key;
    int32_t type;
    struct str option_name, spec_title, licensee, licensor;
    struct instant issued_at, withdrawn_at;
};
/* For anybody who has the key. Errors: not_found. */
MUST_USE struct error *licensing_check_key(struct ctx *cx, struct str key, struct license_check *ret_check);

/* --- within the module --- */

/* The JSON list of file kinds that a licence keeps, as licensing_read_texts: array of int32_t. */
struct array licensing_read_kinds(struct ctx *cx, struct str json);
struct money licensing_price(const struct license_row *license);
bool licensing_is_party(const struct ctx *cx, const struct license_row *license);
/* What the link of a part of a licence is signed with; part is a file's kind or "contract". */
struct str licensing_sign(struct ctx *cx, struct id license_id, struct str part, struct id grant_id,
                          int64_t expires_s);
/* Whether the grant was made by us for that part, and is still good. Errors: not_found, licensing_link_expired. */
MUST_USE struct error *licensing_check_grant(struct ctx *cx, struct id license_id, struct str part,
                                             const struct license_grant *grant);
/* "https://…/api/v1/license-checks/LIC-…" */
struct str licensing_check_url(struct ctx *cx, struct str key);

extern const struct job_type licensing_sweep_job;
extern const struct module_check licensing_checks[];

#endif
