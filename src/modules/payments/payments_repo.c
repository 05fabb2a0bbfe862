/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of payments. See payments_repo.h. */
#include "modules/payments/payments_repo.h"

#include "modules/payments/payments_sql.h"

/* clang-format off */
static const struct db_column payment_columns[] = {
    DB_COLUMN_ID(struct payment_row, id),
    DB_COLUMN_ID(struct payment_row, order_id),
    DB_COLUMN_I32(struct payment_row, provider),
    DB_COLUMN_I32(struct payment_row, status),
    DB_COLUMN_I64(struct payment_row, amount_minor),
    DB_COLUMN_TEXT(struct payment_row, currency),
    DB_COLUMN_TEXT(struct payment_row, provider_ref),
    DB_COLUMN_TEXT(struct payment_row, client_data),
    DB_COLUMN_I32(struct payment_row, decision),
    DB_COLUMN_I64(struct payment_row, refunded_minor),
    DB_COLUMN_I64(struct payment_row, held_minor),
    DB_COLUMN_TEXT(struct payment_row, failure),
};
static const struct db_row payment_row = DB_ROW(struct payment_row, payment_columns);

static const struct db_column event_columns[] = {
    DB_COLUMN_ID(struct event_row, id),
    DB_COLUMN_I32(struct event_row, provider),
    DB_COLUMN_TEXT(struct event_row, event_id),
    DB_COLUMN_TEXT(struct event_row, type),
    DB_COLUMN_TEXT(struct event_row, provider_ref),
    DB_NULLABLE_INSTANT(struct event_row, handled_at),
};
static const struct db_row event_row = DB_ROW(struct event_row, event_columns);

static const struct db_column refund_columns[] = {
    DB_COLUMN_ID(struct refund_row, id),
    DB_COLUMN_ID(struct refund_row, payment_id),
    DB_COLUMN_I64(struct refund_row, amount_minor),
    DB_COLUMN_I32(struct refund_row, status),
};
static const struct db_row refund_row = DB_ROW(struct refund_row, refund_columns);

static const struct db_column return_columns[] = {
    DB_COLUMN_ID(struct return_row, id),
    DB_COLUMN_ID(struct return_row, payment_id),
    DB_COLUMN_I32(struct return_row, status),
    DB_COLUMN_I64(struct return_row, amount_minor),
};
static const struct db_row return_row = DB_ROW(struct return_row, return_columns);

struct value_row {
    int64_t value;
};
static const struct db_column value_columns[] = {DB_COLUMN_I64(struct value_row, value)};
static const struct db_row value_row = DB_ROW(struct value_row, value_columns);
/* clang-format on */

struct error *payments_repo_insert(struct ctx *cx, struct tx *tx, const struct payment_row *payment,
                                   struct instant now)
{
    return db_exec(
        cx, tx,
        PAYMENTS_INSERT_PAYMENT(.id = payment->id, .order_id = payment->order_id,
                                .provider = payment->provider, .amount_minor = payment->amount_minor,
                                .currency = payment->currency, .provider_ref = payment->provider_ref,
                                .client_data = payment->client_data, .now = now),
        NULL);
}

struct error *payments_repo_find(struct ctx *cx, struct tx *tx, struct id order_id,
                                 struct payment_row *ret_payment, bool *ret_found)
{
    return db_find(cx, tx, PAYMENTS_FIND_PAYMENT(.order_id = order_id), &payment_row, ret_payment, ret_found);
}

struct error *payments_repo_find_by_ref(struct ctx *cx, struct tx *tx, enum payments_provider provider,
                                        struct str ref, struct payment_row *ret_payment, bool *ret_found)
{
    return db_find(cx, tx, PAYMENTS_FIND_PAYMENT_BY_REF(.provider = (int32_t)provider, .provider_ref = ref),
                   &payment_row, ret_payment, ret_found);
}

struct error *payments_repo_lock(struct ctx *cx, struct tx *tx, struct id order_id,
                                 struct payment_row *ret_payment, bool *ret_found)
{
    return db_find(cx, tx, PAYMENTS_LOCK_PAYMENT(.order_id = order_id), &payment_row, ret_payment, ret_found);
}

struct error *payments_repo_decide(struct ctx *cx, struct tx *tx, const struct payment_row *payment,
                                   struct instant now)
{
    return db_exec(cx, tx,
                   PAYMENTS_DECIDE_PAYMENT(.id = payment->id, .status = payment->status,
                                           .decision = payment->decision, .now = now),
                   NULL);
}

struct error *payments_repo_settle(struct ctx *cx, struct tx *tx, const struct payment_row *payment,
                                   struct instant now)
{
    return db_exec(cx, tx,
                   PAYMENTS_SETTLE_PAYMENT(.id = payment->id, .status = payment->status,
                                           .failure = payment->failure, .now = now),
                   NULL);
}

struct error *payments_repo_add_refunded(struct ctx *cx, struct tx *tx, struct id id, int32_t status,
                                         int64_t minor)
{
    return db_exec(cx, tx, PAYMENTS_ADD_REFUNDED(.id = id, .status = status, .amount_minor = minor), NULL);
}

struct error *payments_repo_add_held(struct ctx *cx, struct tx *tx, struct id id, int64_t minor)
{
    return db_exec(cx, tx, PAYMENTS_ADD_HELD(.id = id, .amount_minor = minor), NULL);
}

struct error *payments_repo_list_unfinished(struct ctx *cx, struct instant before, struct array *ret_payments)
{
    return db_list(cx, NULL, PAYMENTS_LIST_UNFINISHED(.before = before), &payment_row, ret_payments);
}

struct error *payments_repo_insert_event(struct ctx *cx, struct tx *tx, const struct event_row *event,
                                         struct str body, struct instant now, bool *ret_is_new)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx,
                PAYMENTS_INSERT_EVENT(.id = event->id, .provider = event->provider,
                                      .event_id = event->event_id, .type = event->type,
                                      .provider_ref = event->provider_ref, .body = body, .now = now),
                &count));
    *ret_is_new = count == 1;
    return NULL;
}

struct error *payments_repo_find_event(struct ctx *cx, struct id id, struct event_row *ret_event,
                                       bool *ret_found)
{
    return db_find(cx, NULL, PAYMENTS_FIND_EVENT(.id = id), &event_row, ret_event, ret_found);
}

struct error *payments_repo_handle_event(struct ctx *cx, struct id id, struct str outcome, struct instant now)
{
    return db_exec(cx, NULL, PAYMENTS_HANDLE_EVENT(.id = id, .outcome = outcome, .now = now), NULL);
}

struct error *payments_repo_insert_refund(struct ctx *cx, struct tx *tx, const struct payment_row *payment,
                                          struct id refund_id, int64_t minor, struct instant now)
{
    return db_exec(cx, tx,
                   PAYMENTS_INSERT_REFUND(.id = refund_id, .payment_id = payment->id,
                                          .order_id = payment->order_id, .amount_minor = minor,
                                          .currency = payment->currency, .now = now),
                   NULL);
}

struct error *payments_repo_lock_refund(struct ctx *cx, struct tx *tx, struct id id,
                                        struct refund_row *ret_refund, bool *ret_found)
{
    return db_find(cx, tx, PAYMENTS_LOCK_REFUND(.id = id), &refund_row, ret_refund, ret_found);
}

struct error *payments_repo_finish_refund(struct ctx *cx, struct tx *tx, struct id id,
                                          enum refund_status status, struct instant now)
{
    return db_exec(cx, tx, PAYMENTS_FINISH_REFUND(.id = id, .status = (int32_t)status, .now = now), NULL);
}

struct error *payments_repo_sum_open_refunds(struct ctx *cx, struct tx *tx, struct id payment_id,
                                             int64_t *ret_minor)
{
    struct value_row row = {0};
    TRY(db_load(cx, tx, PAYMENTS_SUM_OPEN_REFUNDS(.payment_id = payment_id), &value_row, &row));
    *ret_minor = row.value;
    return NULL;
}

struct error *payments_repo_insert_return(struct ctx *cx, struct tx *tx, const struct payment_row *payment,
                                          const struct new_return *row, struct instant now)
{
    return db_exec(cx, tx,
                   PAYMENTS_INSERT_RETURN(.id = row->id, .payment_id = payment->id,
                                          .order_id = payment->order_id, .provider = payment->provider,
                                          .provider_ref = row->provider_ref, .kind = row->kind,
                                          .status = row->status, .amount_minor = row->amount_minor,
                                          .currency = payment->currency, .now = now),
                   NULL);
}

struct error *payments_repo_lock_return(struct ctx *cx, struct tx *tx, int32_t provider,
                                        struct str provider_ref, struct return_row *ret_return,
                                        bool *ret_found)
{
    return db_find(cx, tx, PAYMENTS_LOCK_RETURN(.provider = provider, .provider_ref = provider_ref),
                   &return_row, ret_return, ret_found);
}

struct error *payments_repo_move_return(struct ctx *cx, struct tx *tx, struct id id, int32_t status,
                                        struct instant now)
{
    return db_exec(cx, tx, PAYMENTS_MOVE_RETURN(.id = id, .status = status, .now = now), NULL);
}
