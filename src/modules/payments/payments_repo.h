/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of payments, provider events and refunds. One function per statement; tx may be NULL where nothing is locked. */
#ifndef MODULES_PAYMENTS_PAYMENTS_REPO_H
#define MODULES_PAYMENTS_PAYMENTS_REPO_H

#include "base/data/vec.h"

#include "platform/ctx/ctx.h"
#include "platform/db/db.h"

#include "modules/payments/payments.h"

struct payment_row {
    struct id id, order_id;
    int32_t provider; /* enum payments_provider */
    int32_t status;   /* enum payments_status */
    int64_t amount_minor;
    struct str currency;
    struct str provider_ref, client_data;
    int32_t decision; /* enum payments_decision */
    int64_t refunded_minor, held_minor;
    struct str failure;
};

struct event_row {
    struct id id;
    int32_t provider;
    struct str event_id, type, provider_ref;
    struct instant handled_at; /* none: not yet */
};

/* fell: done, and taken back by the provider afterwards */
enum refund_status { REFUND_ASKED, REFUND_DONE, REFUND_REFUSED, REFUND_FELL };
struct refund_row {
    struct id id, payment_id;
    int64_t amount_minor;
    int32_t status;
};

struct return_row {
    struct id id, payment_id;
    int32_t status; /* enum payments_return_state */
    int64_t amount_minor;
};

struct new_return {
    struct id id;
    struct str provider_ref;
    int32_t kind, status;
    int64_t amount_minor;
};

/* A payment of that order may be there already: then nothing happens. */
MUST_USE struct error *payments_repo_insert(struct ctx *cx, struct tx *tx, const struct payment_row *payment,
                                            struct instant now);
MUST_USE struct error *payments_repo_find(struct ctx *cx, struct tx *tx, struct id order_id,
                                          struct payment_row *ret_payment, bool *ret_found);
MUST_USE struct error *payments_repo_find_by_ref(struct ctx *cx, struct tx *tx,
                                                 enum payments_provider provider, struct str ref,
                                                 struct payment_row *ret_payment, bool *ret_found);
MUST_USE struct error *payments_repo_lock(struct ctx *cx, struct tx *tx, struct id order_id,
                                          struct payment_row *ret_payment, bool *ret_found);
/* Writes decision and status of a row that was locked undecided. */
MUST_USE struct error *payments_repo_decide(struct ctx *cx, struct tx *tx, const struct payment_row *payment,
                                            struct instant now);
/* Writes the final status and failure, once. */
MUST_USE struct error *payments_repo_settle(struct ctx *cx, struct tx *tx, const struct payment_row *payment,
                                            struct instant now);
MUST_USE struct error *payments_repo_add_refunded(struct ctx *cx, struct tx *tx, struct id id, int32_t status,
                                                  int64_t minor);
MUST_USE struct error *payments_repo_add_held(struct ctx *cx, struct tx *tx, struct id id, int64_t minor);
/* Array of struct payment_row: decided before that time and not carried out. */
MUST_USE struct error *payments_repo_list_unfinished(struct ctx *cx, struct instant before,
                                                     struct array *ret_payments);

/* ret_is_new false: the provider sent it before. */
MUST_USE struct error *payments_repo_insert_event(struct ctx *cx, struct tx *tx,
                                                  const struct event_row *event, struct str body,
                                                  struct instant now, bool *ret_is_new);
MUST_USE struct error *payments_repo_find_event(struct ctx *cx, struct id id, struct event_row *ret_event,
                                                bool *ret_found);
MUST_USE struct error *payments_repo_handle_event(struct ctx *cx, struct id id, struct str outcome,
                                                  struct instant now);

MUST_USE struct error *payments_repo_insert_refund(struct ctx *cx, struct tx *tx,
                                                   const struct payment_row *payment, struct id refund_id,
                                                   int64_t minor, struct instant now);
MUST_USE struct error *payments_repo_lock_refund(struct ctx *cx, struct tx *tx, struct id id,
                                                 struct refund_row *ret_refund, bool *ret_found);
MUST_USE struct error *payments_repo_finish_refund(struct ctx *cx, struct tx *tx, struct id id,
                                                   enum refund_status status, struct instant now);
/* Asked for and not finished. */
MUST_USE struct error *payments_repo_sum_open_refunds(struct ctx *cx, struct tx *tx, struct id payment_id,
                                                      int64_t *ret_minor);

MUST_USE struct error *payments_repo_insert_return(struct ctx *cx, struct tx *tx,
                                                   const struct payment_row *payment,
                                                   const struct new_return *row, struct instant now);
MUST_USE struct error *payments_repo_lock_return(struct ctx *cx, struct tx *tx, int32_t provider,
                                                 struct str provider_ref, struct return_row *ret_return,
                                                 bool *ret_found);
MUST_USE struct error *payments_repo_move_return(struct ctx *cx, struct tx *tx, struct id id, int32_t status,
                                                 struct instant now);

#endif
