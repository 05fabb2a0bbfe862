/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of orders. One function per statement; tx may be NULL where nothing is locked. */
#ifndef MODULES_ORDERS_ORDERS_REPO_H
#define MODULES_ORDERS_ORDERS_REPO_H

#include "base/data/vec.h"

#include "platform/ctx/ctx.h"
#include "platform/db/db.h"

#include "modules/orders/orders_domain.h"

struct order_row {
    struct id id, buyer_id;
    struct str buyer_name;
    int32_t status; /* enum orders_status */
    struct str currency;
    int64_t total_minor;
    int32_t provider; /* enum payments_provider */
    struct instant terms_accepted_at;
    struct str failure_code, failure_detail;
    struct instant expires_at, paid_at, created_at;
    int64_t version;
};

struct order_line_row {
    struct id id, order_id;
    int32_t position, kind, status;
    struct id seller_id;
    struct str seller_name;
    struct id spec_id, option_id;
    int32_t license_type;
    struct str title, option_name, features, file_types, terms;
    int64_t price_minor, fee_minor;
    int64_t refunded_minor, fee_refunded_minor; /* of them, what went back */
    struct id license_id, refund_id;
    struct instant paid_at, refunded_at;
    int64_t version;
};

struct sale_row {
    struct id id, order_id;
    int32_t kind, status;
    struct id spec_id;
    int32_t license_type;
    struct str title, option_name;
    int64_t price_minor, fee_minor, refunded_minor, fee_refunded_minor;
    struct id license_id;
    struct instant paid_at, refunded_at;
    struct id buyer_id;
    struct str buyer_name, currency;
};

struct order_win_row {
    struct id order_id, auction_id;
};
struct order_address {
    struct str name, line1, line2, city, region, postal_code;
    struct str country; /* ISO 3166-1, two letters */
    struct str phone;
};
struct order_shipment_row {
    struct id line_id;
    struct str carrier, tracking_number, tracking_url;
    struct instant shipped_at, delivered_at, completed_at;
};

struct order_finding_row {
    struct id id, order_id;
    int32_t status, order_status;
    struct id license_id;
};
struct order_total_row {
    struct id id;
    int64_t total_minor, sum_minor;
};

struct order_filter {
    struct id person_id;
    int32_t status;  /* < 0: any; orders only */
    struct id after; /* none: from the start */
    int64_t limit, offset;
};

MUST_USE struct error *orders_repo_insert(struct ctx *cx, struct tx *tx, const struct order_row *order);
MUST_USE struct error *orders_repo_insert_line(struct ctx *cx, struct tx *tx,
                                               const struct order_line_row *line);
MUST_USE struct error *orders_repo_find(struct ctx *cx, struct tx *tx, struct id id,
                                        struct order_row *ret_order, bool *ret_found);
MUST_USE struct error *orders_repo_lock(struct ctx *cx, struct tx *tx, struct id id,
                                        struct order_row *ret_order, bool *ret_found);
MUST_USE struct error *orders_repo_list(struct ctx *cx, const struct order_filter *filter,
                                        struct array *ret_orders);
MUST_USE struct error *orders_repo_count(struct ctx *cx, const struct order_filter *filter,
                                         int64_t *ret_count);
/* Of all these orders, newest order first, lines in their order. Array of struct order_line_row. */
MUST_USE struct error *orders_repo_list_lines(struct ctx *cx, struct tx *tx, const struct id *order_ids,
                                              size_t count, struct array *ret_lines);
MUST_USE struct error *orders_repo_list_sales(struct ctx *cx, const struct order_filter *filter,
                                              struct array *ret_sales);
MUST_USE struct error *orders_repo_count_sales(struct ctx *cx, struct id seller_id, int64_t *ret_count);
/* Status, failure and paid_at of the row. */
MUST_USE struct error *orders_repo_update(struct ctx *cx, struct tx *tx, const struct order_row *order,
                                          struct instant now);
/* Status, fee, what was refunded, licence, refund and times of the row. */
MUST_USE struct error *orders_repo_update_line(struct ctx *cx, struct tx *tx,
                                               const struct order_line_row *line);
/* Array of struct db_id. */
MUST_USE struct error *orders_repo_list_expired(struct ctx *cx, struct instant now, struct array *ret_ids);

/* --- wins, goods on their way (orders_win_repo.c) --- */

MUST_USE struct error *orders_repo_insert_win(struct ctx *cx, struct tx *tx, struct id order_id,
                                              struct id auction_id);
MUST_USE struct error *orders_repo_find_win(struct ctx *cx, struct tx *tx, struct id order_id,
                                            struct id *ret_auction_id, bool *ret_found);
/* Array of struct order_win_row, in no order. */
MUST_USE struct error *orders_repo_list_wins(struct ctx *cx, const struct id *order_ids, size_t count,
                                             struct array *ret_wins);
/* With the time at which its terms were accepted. */
MUST_USE struct error *orders_repo_update_provider(struct ctx *cx, struct tx *tx, struct id order_id,
                                                   int32_t provider, struct instant now);
MUST_USE struct error *orders_repo_put_address(struct ctx *cx, struct tx *tx, struct id order_id,
                                               const struct order_address *address, struct instant now);
MUST_USE struct error *orders_repo_find_address(struct ctx *cx, struct tx *tx, struct id order_id,
                                                struct order_address *ret_address, bool *ret_found);
/* Of orders of which nothing is on its way. */
MUST_USE struct error *orders_repo_delete_addresses(struct ctx *cx, struct tx *tx, struct id buyer_id);
MUST_USE struct error *orders_repo_insert_shipment(struct ctx *cx, struct tx *tx,
                                                   const struct order_shipment_row *shipment);
/* The times after shipped_at. */
MUST_USE struct error *orders_repo_update_shipment(struct ctx *cx, struct tx *tx,
                                                   const struct order_shipment_row *shipment);
/* Array of struct order_shipment_row, in no order. */
MUST_USE struct error *orders_repo_list_shipments(struct ctx *cx, struct tx *tx, const struct id *line_ids,
                                                  size_t count, struct array *ret_shipments);

/* --- what `lathe check` asks --- */

/* Arrays of struct order_finding_row, order_finding_row, order_total_row. */
MUST_USE struct error *orders_repo_list_incomplete_lines(struct ctx *cx, struct array *ret_lines);
MUST_USE struct error *orders_repo_list_paid_lines(struct ctx *cx, struct id after, struct array *ret_lines);
MUST_USE struct error *orders_repo_list_wrong_totals(struct ctx *cx, struct array *ret_orders);

#endif
