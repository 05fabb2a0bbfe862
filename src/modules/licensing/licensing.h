/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Facade of licensing: issued licences, entitlements, downloads, contracts. Owns license, entitlement, license_file,
 * download_grant. A licence keeps for ever the terms and the files it was sold under. */
#ifndef MODULES_LICENSING_LICENSING_H
#define MODULES_LICENSING_LICENSING_H

#include "base/data/vec.h"
#include "base/value/money.h"

#include "platform/ctx/ctx.h"

struct tx;

#define LICENSING_REASONS(X)                                                                                 \
    X(licensing_exclusive_sold, "licensing.exclusive_sold", CONFLICT,                                        \
      "Somebody else bought the exclusive licence")                                                          \
    X(licensing_revoked, "licensing.revoked", FORBIDDEN, "The licence was withdrawn")                        \
    X(licensing_downloads_used, "licensing.downloads_used", FORBIDDEN, "The number of downloads is used up") \
    X(licensing_link_expired, "licensing.link_expired", GONE, "The download link has expired")               \
    X(licensing_file_missing, "licensing.file_missing", CONFLICT,                                            \
      "A file that the licence names does not exist")

REASONS_DECLARE(LICENSING_REASONS);

extern const struct module licensing_module;

/* A paid order line becomes a licence and an entitlement, in the order's transaction. */
struct licensing_issue {
    struct id order_id, order_line_id;
    struct id buyer_id, seller_id;
    struct str buyer_name, seller_name;
    struct id spec_id;
    struct str spec_title;
    struct id option_id;
    int32_t type;                                        /* enum catalog_license_type */
    struct str option_name, features, file_types, terms; /* JSON, the snapshot of the order line */
    struct money price;
    struct id master_asset_id, stems_asset_id;
};
MUST_USE struct error *licensing_issue(struct ctx *cx, struct tx *tx, const struct licensing_issue *issue,
                                       struct id *ret_license_id);

/* Whether every file that such a licence names is there: asked before anything is issued. Errors: licensing_file_missing. */
MUST_USE struct error *licensing_check_sale(struct ctx *cx, struct tx *tx,
                                            const struct licensing_issue *issue);

/* Withdraws licence and entitlement of a refunded line, in tx. Nothing when already withdrawn. */
MUST_USE struct error *licensing_withdraw(struct ctx *cx, struct tx *tx, struct id order_line_id,
                                          struct str reason);

/* The right that all playing and downloading asks: the owner of an item has it too, but that is the asker's check. */
MUST_USE struct error *licensing_may_stream(struct ctx *cx, struct id account_id, struct id spec_id,
                                            bool *ret_may);
MUST_USE struct error *licensing_spec_has_licenses(struct ctx *cx, struct tx *tx, struct id spec_id,
                                                   bool *ret_has);

/* The JSON list of texts that options, order lines and licences keep: array of struct str. What is no such list is empty. */
struct array licensing_read_texts(struct ctx *cx, struct str json);

/* For `lathe check`: every paid line has exactly one licence and entitlement. */
MUST_USE struct error *licensing_count_for_line(struct ctx *cx, struct id order_line_id,
                                                int64_t *ret_licenses, int64_t *ret_entitlements);

/* For the account's export (identity_export_port): array of licences. Kept when the account is deleted. */
MUST_USE struct error *licensing_export_account(struct ctx *cx, struct id account_id, struct str *ret_json);

#endif
