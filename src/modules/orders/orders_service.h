/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Use cases of orders, for its own HTTP file. */
#ifndef MODULES_ORDERS_ORDERS_SERVICE_H
#define MODULES_ORDERS_ORDERS_SERVICE_H

#include "platform/config/config.h"
#include "platform/jobs/jobs.h"
#include "platform/module/module.h"

#include "modules/catalog/catalog.h"
#include "modules/goods/goods.h"
#include "modules/licensing/licensing.h"
#include "modules/orders/orders.h"
#include "modules/orders/orders_repo.h"
#include "modules/payments/payments.h"

struct orders_settings {
    int64_t expiry_us; /* how long an order waits for its payment */
};
extern const struct setting_group orders_settings_group;

struct orders_state {
    const struct orders_settings *settings;
    const struct orders_port *port; /* NULL: there are no auctions */
};
struct orders_state *orders_state_of(const struct ctx *cx);

/* --- placing --- */

struct order_request_item {
    struct id spec_id, license_option_id;
    struct money price; /* as it was shown; no currency: not told */
};
struct order_request {
    struct array items; /* of struct order_request_item */
    int32_t provider;   /* < 0: the usual one */
    bool terms_accepted;
};
/* Errors: orders_empty, orders_terms, orders_own_item, orders_duplicate_line, orders_mixed_currency, orders_price_changed,
 * catalog_option_closed, payments_provider_off, identity_not_verified, not_found. */
MUST_USE struct error *orders_place(struct ctx *cx, const struct order_request *request,
                                    struct id *ret_order_id);
/* Makes the payment known to its provider and settles what costs nothing. May be repeated; nothing for orders that are past that.
 * Errors: payments_provider_failed. */
MUST_USE struct error *orders_begin_payment(struct ctx *cx, struct id order_id);

/* --- reading --- */

struct shipment_view {
    struct str carrier, tracking_number, tracking_url;
    struct instant shipped_at, delivered_at, completed_at;
};
struct order_item_view {
    struct id id;
    int32_t kind, status;
    struct id spec_id, license_option_id, product_id; /* none: of the other kind */
    struct str title;
    int32_t license_type;
    struct str option_name;
    struct array features, file_types; /* of struct str */
    struct money price, refunded;
    struct id seller_id;
    struct str seller_name;
    struct id license_id;
    struct instant refunded_at;
    struct shipment_view shipment; /* goods that were sent; single orders only */
};
/* What the buyer's client needs; texts are absent where the provider has none, and once nothing is left to pay. */
struct order_payment_view {
    int32_t provider, status;
    struct money amount, refunded, held;
    struct str payment_intent_id, client_secret, publishable_key, script_url;
};
struct order_failure_view {
    struct str code, detail;
};
struct order_view {
    struct id id;
    int32_t status;
    struct array items; /* of struct order_item_view */
    struct money total; /* of the items shown */
    struct order_payment_view payment;
    struct id buyer_id;
    struct str buyer_name;
    struct order_failure_view failure;
    struct id auction_id;         /* none: no win */
    struct order_address address; /* single orders only, for the buyer and who sends something */
    struct instant created_at, expires_at, paid_at;
    int64_t version;
};
/* For the buyer and who may see every order all of it, for a seller the own items; nobody else: not_found. */
MUST_USE struct error *orders_load(struct ctx *cx, struct id order_id, struct order_view *ret_view);

struct order_search {
    int32_t status; /* < 0: any */
    struct id cursor;
    int64_t limit, page; /* page 0: by cursor */
    bool with_total;
};
/* The caller's own. Array of struct order_view. ret_total -1: not asked for. */
MUST_USE struct error *orders_list(struct ctx *cx, const struct order_search *search, struct array *ret_views,
                                   int64_t *ret_total);

struct sale_view {
    struct id id, order_id;
    int32_t kind;
    struct id spec_id, product_id; /* none: of the other kind */
    struct str title;
    int32_t license_type;
    struct str option_name;
    int32_t status;
    struct money price, fee, net, refunded;
    struct id buyer_id;
    struct str buyer_name;
    struct id license_id;
    struct instant paid_at, refunded_at;
};
/* What the caller sold, line by line. Array of struct sale_view. */
MUST_USE struct error *orders_list_sales(struct ctx *cx, const struct order_search *search,
                                         struct array *ret_views, int64_t *ret_total);

/* --- paying, ending --- */

/* The buyer's client says that it has paid; safe to repeat. Errors: not_found, what the order failed with, payments_declined,
 * payments_pending, payments_mismatch. */
MUST_USE struct error *orders_verify_payment(struct ctx *cx, const struct payments_proof *proof);
/* By the buyer, while pending. Errors: not_found, orders_wrong_state. */
MUST_USE struct error *orders_cancel(struct ctx *cx, struct id order_id);

/* By the buyer, until goods are sent. Errors: not_found, orders_wrong_state. */
MUST_USE struct error *orders_put_address(struct ctx *cx, struct id order_id,
                                          const struct order_address *address);
struct order_payment_request {
    int32_t provider; /* < 0: the one it has, or the usual one */
    bool terms_accepted;
};
/* The buyer's choice of a provider for an order that waits for its payment, which is begun there. Errors: not_found, orders_terms,
 * orders_address_missing, orders_expired, orders_wrong_state, payments_provider_off, payments_provider_failed, identity_not_verified. */
MUST_USE struct error *orders_choose_payment(struct ctx *cx, struct id order_id,
                                             const struct order_payment_request *request);
/* orders_address_missing when goods have nowhere to go. */
MUST_USE struct error *orders_check_address(struct ctx *cx, struct id order_id);

/* Goods of a line moved on: shipped with its carrier, delivered, completed. Nothing when they are there already. Errors: not_found,
 * forbidden, orders_wrong_state. */
struct order_shipping {
    struct id order_id, line_id;
    enum orders_status to;
    struct str carrier, tracking_number, tracking_url; /* shipped */
};
MUST_USE struct error *orders_move_goods(struct ctx *cx, const struct order_shipping *shipping);

struct orders_refund_request {
    struct id order_id;
    struct array lines; /* of struct id; none: all that the caller may refund */
};
/* Errors: not_found, forbidden, payments_not_refundable, payments_provider_failed. */
MUST_USE struct error *orders_refund(struct ctx *cx, const struct orders_refund_request *request);
/* Those of the order that are under way. */
MUST_USE struct error *orders_finish_refunds(struct ctx *cx, struct id order_id);

extern const struct job_type orders_expire_job, orders_refund_job;
extern const struct module_check orders_checks[];

extern const struct json_type order_address_type;

/* --- within the module --- */

struct money orders_money(struct str currency, int64_t minor);
/* Moves a line by the table of moves; a move that the table does not have is a REQUIRE failure. Does not write the row. */
void orders_move_line(struct order_line_row *line, enum orders_status to);
MUST_USE struct error *orders_load_lines(struct ctx *cx, struct tx *tx, struct id order_id,
                                         struct array *ret_lines);
/* Ends an order that nobody paid, with its lines, in tx; order is locked. A win has lapsed by it. */
MUST_USE struct error *orders_end(struct ctx *cx, struct tx *tx, struct order_row *order,
                                  enum orders_status status, const struct reason *reason, struct str detail);
/* The same without a word to the auction. */
struct orders_ending {
    enum orders_status status;
    const struct reason *reason;
    struct str detail;
};
MUST_USE struct error *orders_end_quietly(struct ctx *cx, struct tx *tx, struct order_row *order,
                                          const struct orders_ending *ending);
/* Nothing for orders that are no wins. */
MUST_USE struct error *orders_tell_win_paid(struct ctx *cx, struct tx *tx, struct id order_id);
MUST_USE struct error *orders_tell_win_lapsed(struct ctx *cx, struct tx *tx, struct id order_id);
/* The error that an order's failure is for its buyer. */
MUST_USE struct error *orders_failure_error(struct ctx *cx, const struct order_row *order);
/* The sale of a line in the ledger, and its reverse: what of it has not gone back yet. */
enum posting_direction { POST_SALE = 1, POST_REVERSE = -1 };
MUST_USE struct error *orders_post(struct ctx *cx, struct tx *tx, const struct order_row *order,
                                   const struct order_line_row *line, enum posting_direction direction,
                                   struct str reason);
/* What a paid line gave is taken back, as far as its kind is. In tx. */
MUST_USE struct error *orders_withdraw_line(struct ctx *cx, struct tx *tx, const struct order_line_row *line,
                                            struct str why);
MUST_USE struct error *orders_tell_line(struct ctx *cx, struct tx *tx, const struct event_type *type,
                                        const struct order_row *order, const struct order_line_row *line);
MUST_USE struct error *orders_mail_shipped(struct ctx *cx, struct tx *tx, const struct order_row *order,
                                           const struct order_line_row *line,
                                           const struct order_shipment_row *shipment);
MUST_USE struct error *orders_mail_receipt(struct ctx *cx, struct tx *tx, const struct order_row *order,
                                           struct array lines);
/* lines: those of this refund; minor: what of them goes back. */
MUST_USE struct error *orders_mail_refund(struct ctx *cx, struct tx *tx, const struct order_row *order,
                                          struct array lines, int64_t minor);
/* To the buyer, and to the sellers of the lines: the provider gave minor back without us. ended: lines whose licences end. */
MUST_USE struct error *orders_mail_return(struct ctx *cx, struct tx *tx, const struct order_row *order,
                                          struct array lines, struct array ended, int64_t minor);
/* The order's status from its lines, written. */
MUST_USE struct error *orders_close(struct ctx *cx, struct tx *tx, struct order_row *order);
/* Of struct payments_port. */
MUST_USE struct error *orders_take_return(struct ctx *cx, struct tx *tx, struct id order_id,
                                          const struct payments_return *given, bool *ret_is_changed);

#endif
