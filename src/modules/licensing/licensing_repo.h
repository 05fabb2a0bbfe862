/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of licensing. One function per statement; tx may be NULL where nothing is locked. */
#ifndef MODULES_LICENSING_LICENSING_REPO_H
#define MODULES_LICENSING_LICENSING_REPO_H

#include "base/data/vec.h"

#include "platform/ctx/ctx.h"
#include "platform/db/db.h"

#include "modules/licensing/licensing_domain.h"

struct license_row {
    struct id id;
    struct str license_key;
    struct id order_id, order_line_id, buyer_id, seller_id;
    struct str buyer_name, seller_name;
    struct id spec_id;
    struct str spec_title;
    struct id option_id;
    int32_t type;
    struct str option_name, features, file_types, terms;
    int64_t price_minor;
    struct str currency;
    struct instant issued_at, withdrawn_at;
    struct str withdrawn_reason;
    int64_t version;
};

struct license_file_row {
    struct id license_id;
    int32_t kind; /* enum license_file_kind */
    struct str sha256;
    int64_t size_bytes;
    struct str file_name, content_type;
    int64_t downloads;
    struct instant last_download_at;
};

/* The first use of a link. */
struct license_use_row {
    struct id grant_id, license_id;
    int32_t kind;
    struct instant now;
};

struct license_contract_row {
    struct str sha256, pdf;
};

struct license_broken_row {
    struct id id;
    struct str license_key;
    int64_t entitlements, live, files;
};

/* What a person looks for among own licences. */
struct license_filter {
    struct id buyer_id;
    int32_t type;       /* < 0: any */
    struct str pattern; /* absent: any */
    struct id after;    /* none: from the start */
    int64_t limit, offset;
};

MUST_USE struct error *licensing_repo_insert(struct ctx *cx, struct tx *tx, const struct license_row *license,
                                             struct str search);
MUST_USE struct error *licensing_repo_insert_file(struct ctx *cx, struct tx *tx,
                                                  const struct license_file_row *file);
MUST_USE struct error *licensing_repo_insert_entitlement(struct ctx *cx, struct tx *tx, struct id id,
                                                         const struct license_row *license);
MUST_USE struct error *licensing_repo_find(struct ctx *cx, struct tx *tx, struct id id,
                                           struct license_row *ret_license, bool *ret_found);
MUST_USE struct error *licensing_repo_find_by_key(struct ctx *cx, struct str key,
                                                  struct license_row *ret_license, bool *ret_found);
MUST_USE struct error *licensing_repo_lock_of_line(struct ctx *cx, struct tx *tx, struct id line_id,
                                                   struct license_row *ret_license, bool *ret_found);
MUST_USE struct error *licensing_repo_list(struct ctx *cx, const struct license_filter *filter,
                                           struct array *ret_licenses);
MUST_USE struct error *licensing_repo_count(struct ctx *cx, const struct license_filter *filter,
                                            int64_t *ret_count);
/* Licence and entitlement. */
MUST_USE struct error *licensing_repo_withdraw(struct ctx *cx, struct tx *tx, struct id id, struct str reason,
                                               struct instant now);
MUST_USE struct error *licensing_repo_has_entitlement(struct ctx *cx, struct id account_id, struct id spec_id,
                                                      bool *ret_has);
MUST_USE struct error *licensing_repo_has_spec(struct ctx *cx, struct tx *tx, struct id spec_id,
                                               bool *ret_has);
MUST_USE struct error *licensing_repo_count_of_line(struct ctx *cx, struct id line_id, int64_t *ret_licenses,
                                                    int64_t *ret_entitlements);

MUST_USE struct error *licensing_repo_list_files(struct ctx *cx, struct id license_id,
                                                 struct array *ret_files);
MUST_USE struct error *licensing_repo_lock_file(struct ctx *cx, struct tx *tx, struct id license_id,
                                                enum license_file_kind kind,
                                                struct license_file_row *ret_file, bool *ret_found);
MUST_USE struct error *licensing_repo_count_download(struct ctx *cx, struct tx *tx, struct id license_id,
                                                     enum license_file_kind kind, struct instant now);
/* ret_is_new false: the link was used before. */
MUST_USE struct error *licensing_repo_insert_grant(struct ctx *cx, struct tx *tx,
                                                   const struct license_use_row *use, bool *ret_is_new);
MUST_USE struct error *licensing_repo_sweep_grants(struct ctx *cx, struct instant before);

MUST_USE struct error *licensing_repo_find_contract(struct ctx *cx, struct id license_id,
                                                    struct license_contract_row *ret_contract,
                                                    bool *ret_found);
MUST_USE struct error *licensing_repo_insert_contract(struct ctx *cx, struct id license_id,
                                                      const struct license_contract_row *contract,
                                                      struct instant now);

/* Arrays of struct license_broken_row, struct license_file_row. */
MUST_USE struct error *licensing_repo_list_broken(struct ctx *cx, struct array *ret_broken);
MUST_USE struct error *licensing_repo_list_file_keys(struct ctx *cx, struct id after,
                                                     struct array *ret_files);

#endif
