/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Refunds by line: the lines are marked with the refund's id, the provider gives the money back under that key, then one commit
 * withdraws the licences and reverses the ledger. A repeat, or the job after a crash, goes on where it stopped. */
#include "base/data/vec.h"
#include "base/json/json_read.h"
#include "base/json/json_write.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/db/claim.h"
#include "platform/fault/fault.h"

#include "modules/orders/orders_service.h"

/* How long the process that asked has to finish before a job does. */
static const int64_t finish_grace_us = 30 * US_PER_SECOND;

struct refund_payload {
    struct id order_id, refund_id;
};
/* clang-format off */
static const struct json_field payload_fields[] = {
    JSON_ID(struct refund_payload, order_id, .flags = JSON_REQUIRED),
    JSON_ID(struct refund_payload, refund_id, .flags = JSON_REQUIRED),
};
/* clang-format on */
static const struct json_type payload_type =
    JSON_TYPE("OrderRefundJob", struct refund_payload, payload_fields);

/* --- marking --- */

struct marking {
    const struct orders_refund_request *request;
    struct id refund_id;    /* of the lines that are marked now */
    VEC(struct id) refunds; /* to be finished: this one, and those under way */
    size_t marked;
};

static bool is_asked_for(const struct orders_refund_request *request, struct id line_id)
{
    for (size_t i = 0; i < request->lines.count; i++)
        if (id_equal(*ARRAY_AT(struct id, request->lines, i), line_id))
            return true;
    return request->lines.count == 0;
}

static bool may_refund(const struct ctx *cx, const struct order_line_row *line)
{
    return caller_is(cx, line->seller_id) || caller_may(cx, PERMISSION_ORDER_ADMIN);
}

static void add_refund(struct ctx *cx, struct marking *marking, struct id refund_id)
{
    for (size_t i = 0; i < marking->refunds.count; i++)
        if (id_equal(marking->refunds.items[i], refund_id))
            return;
    *VEC_PUSH(cx->arena, &marking->refunds) = refund_id;
}

static struct error *mark_line(struct ctx *cx, struct tx *tx, struct marking *marking,
                               struct order_line_row *line)
{
    bool is_named = marking->request->lines.count != 0;
    switch (order_judge_refund((enum orders_status)line->status, !id_is_none(line->refund_id),
                               may_refund(cx, line))) {
    case REFUND_OK:
        line->refund_id = marking->refund_id;
        marking->marked++;
        add_refund(cx, marking, marking->refund_id);
        return orders_repo_update_line(cx, tx, line);
    case REFUND_UNDER_WAY:
        add_refund(cx, marking, line->refund_id);
        return NULL;
    case REFUND_NOT_YOURS:
        return is_named ? ERROR_CODE(cx, FORBIDDEN, "only its seller may refund a line") : NULL;
    case REFUND_NOTHING:
        break;
    }
    return NULL;
}

static struct error *queue_finish(struct ctx *cx, struct tx *tx, struct id order_id, struct id refund_id)
{
    struct refund_payload payload = {order_id, refund_id};
    return job_enqueue(cx, tx, &orders_refund_job, id_str(cx->arena, refund_id),
                       json_encode(cx->arena, &payload_type, &payload),
                       instant_add_us(clock_now(cx), finish_grace_us));
}

/* Strangers learn nothing; the buyer, who sees the order, is told that it is not the buyer's to refund. */
static bool may_see(const struct ctx *cx, const struct order_row *order, struct array lines)
{
    for (size_t i = 0; i < lines.count; i++)
        if (may_refund(cx, ARRAY_AT(struct order_line_row, lines, i)))
            return true;
    return caller_is(cx, order->buyer_id);
}

static struct error *mark(struct ctx *cx, struct tx *tx, void *arg)
{
    struct marking *marking = arg;
    struct order_row order = {0};
    struct array lines = {0};
    bool is_found = false;
    size_t asked = 0;
    memset(&marking->refunds, 0, sizeof(marking->refunds));
    marking->marked = 0;
    TRY(orders_repo_lock(cx, tx, marking->request->order_id, &order, &is_found));
    TRY(orders_load_lines(cx, tx, marking->request->order_id, &lines));
    if (!is_found || !may_see(cx, &order, lines))
        return ERROR_CODE(cx, NOT_FOUND, "there is no such order");
    for (size_t i = 0; i < lines.count; i++) {
        struct order_line_row *line = ARRAY_AT(struct order_line_row, lines, i);
        if (!is_asked_for(marking->request, line->id))
            continue;
        asked++;
        TRY(mark_line(cx, tx, marking, line));
    }
    if (asked < marking->request->lines.count)
        return ERROR_CODE(cx, NOT_FOUND, "the order has no such line");
    if (marking->marked != 0)
        TRY(queue_finish(cx, tx, order.id, marking->refund_id));
    return claim_record(cx, tx, order.id);
}

/* --- finishing --- */

struct refunding {
    struct id order_id, refund_id;
    int64_t minor;
    bool is_refused;
};

/* The lines that this refund is of, and that it has not reached yet. */
static struct error *load_marked(struct ctx *cx, struct tx *tx, const struct refunding *refunding,
                                 struct array *ret_lines)
{
    struct array lines = {0};
    VEC(struct order_line_row) marked = {0};
    TRY(orders_load_lines(cx, tx, refunding->order_id, &lines));
    for (size_t i = 0; i < lines.count; i++) {
        const struct order_line_row *line = ARRAY_AT(struct order_line_row, lines, i);
        if (order_line_is_sold((enum orders_status)line->status) &&
            id_equal(line->refund_id, refunding->refund_id))
            *VEC_PUSH(cx->arena, &marked) = *line;
    }
    *ret_lines = (struct array){marked.items, marked.count};
    return NULL;
}

static struct error *reverse_line(struct ctx *cx, struct tx *tx, const struct order_row *order,
                                  struct order_line_row *line)
{
    orders_move_line(line, ORDERS_REFUNDED);
    line->refunded_at = clock_now(cx);
    TRY(orders_withdraw_line(cx, tx, line, STR("refunded")));
    TRY(orders_post(cx, tx, order, line, POST_REVERSE, STR("refund")));
    line->refunded_minor = line->price_minor;
    line->fee_refunded_minor = line->fee_minor;
    TRY(orders_repo_update_line(cx, tx, line));
    return orders_tell_line(cx, tx, &orders_line_refunded, order, line);
}

struct error *orders_close(struct ctx *cx, struct tx *tx, struct order_row *order)
{
    struct array lines = {0};
    TRY(orders_load_lines(cx, tx, order->id, &lines));
    enum orders_status *statuses = ARENA_ARRAY(cx->arena, enum orders_status, lines.count);
    for (size_t i = 0; i < lines.count; i++)
        statuses[i] = (enum orders_status)ARRAY_AT(struct order_line_row, lines, i)->status;
    order->status = (int32_t)order_status_of_lines(statuses, lines.count);
    return orders_repo_update(cx, tx, order, clock_now(cx));
}

static struct error *record(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct refunding *refunding = arg;
    struct order_row order = {0};
    struct array lines = {0};
    bool is_found = false;
    TRY(orders_repo_lock(cx, tx, refunding->order_id, &order, &is_found));
    TRY(load_marked(cx, tx, refunding, &lines));
    if (!is_found || lines.count == 0)
        return NULL;
    TRY(payments_record_refund(cx, tx, refunding->order_id, refunding->refund_id, refunding->minor));
    for (size_t i = 0; i < lines.count; i++)
        TRY(reverse_line(cx, tx, &order, ARRAY_AT(struct order_line_row, lines, i)));
    TRY(orders_close(cx, tx, &order));
    return orders_mail_refund(cx, tx, &order, lines, refunding->minor);
}

/* The provider will not: the lines are as they were. */
static struct error *unmark(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct refunding *refunding = arg;
    struct order_row order = {0};
    struct array lines = {0};
    bool is_found = false;
    TRY(orders_repo_lock(cx, tx, refunding->order_id, &order, &is_found));
    TRY(load_marked(cx, tx, refunding, &lines));
    for (size_t i = 0; i < lines.count; i++) {
        struct order_line_row *line = ARRAY_AT(struct order_line_row, lines, i);
        line->refund_id = ID_NONE;
        TRY(orders_repo_update_line(cx, tx, line));
    }
    return NULL;
}

static struct error *finish(struct ctx *cx, struct id order_id, struct id refund_id)
{
    struct refunding refunding = {.order_id = order_id, .refund_id = refund_id};
    struct array lines = {0};
    TRY(load_marked(cx, NULL, &refunding, &lines));
    if (lines.count == 0)
        return NULL;
    for (size_t i = 0; i < lines.count; i++) {
        const struct order_line_row *line = ARRAY_AT(struct order_line_row, lines, i);
        refunding.minor += line->price_minor - line->refunded_minor; /* the rest may have gone back before */
    }
    FAULT_POINT(cx, "orders.refund.marked");
    struct error *error = payments_refund(cx, order_id, refund_id, refunding.minor);
    if (error_is(error, &payments_not_refundable))
        TRY(db_transact(cx, TX_WRITE, unmark, &refunding));
    if (error != NULL)
        return error;
    FAULT_POINT(cx, "orders.refund.paid_back");
    return db_transact(cx, TX_WRITE, record, &refunding);
}

struct error *orders_refund(struct ctx *cx, const struct orders_refund_request *request)
{
    struct marking marking = {.request = request, .refund_id = crypto_new_id(cx)};
    TRY(db_transact(cx, TX_WRITE, mark, &marking));
    if (marking.refunds.count == 0)
        return ERROR(cx, payments_not_refundable, "nothing of this order is left for you to refund");
    for (size_t i = 0; i < marking.refunds.count; i++)
        TRY(finish(cx, request->order_id, marking.refunds.items[i]));
    return NULL;
}

struct error *orders_finish_refunds(struct ctx *cx, struct id order_id)
{
    struct array lines = {0};
    TRY(orders_load_lines(cx, NULL, order_id, &lines));
    for (size_t i = 0; i < lines.count; i++) {
        const struct order_line_row *line = ARRAY_AT(struct order_line_row, lines, i);
        if (order_line_is_sold((enum orders_status)line->status) && !id_is_none(line->refund_id))
            TRY(finish(cx, order_id, line->refund_id)); /* nothing for the other lines of the same refund */
    }
    return NULL;
}

static struct error *run(struct ctx *cx, const struct job *job)
{
    struct refund_payload payload = {.order_id = ID_NONE};
    TRY(json_decode(cx->arena, &payload_type, job->payload, &payload));
    return finish(cx, payload.order_id, payload.refund_id);
}

const struct job_type orders_refund_job = {
    .name = "orders.refund",
    .help = "Finishes a refund whose process died on the way",
    .run = run,
    .max_attempts = 40,
};
