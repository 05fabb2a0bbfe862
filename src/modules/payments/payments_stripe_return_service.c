/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Refunds and disputes as Stripe lists them. Source: docs.stripe.com (API 2023-08-16): refunds, disputes, pagination. */
#include "base/json/json_read.h"

#include "platform/log/log.h"

#include "modules/payments/payments_stripe_domain.h"
#include "modules/payments/payments_stripe_service.h"

/* A payment has a handful of them; a list that does not end is no answer. */
enum { PAGE = 100, MAX_PAGES = 10 };

/* A refund's metadata may name the refund that we asked for (ours), or the line of the order that is meant (by hand). */
struct return_metadata {
    struct str refund_id, line_id;
};
struct stripe_return {
    struct str id, status, currency;
    int64_t amount;
    struct return_metadata metadata;
};
struct stripe_return_list {
    struct array data; /* of struct stripe_return */
    bool has_more;
};

/* clang-format off */
static const struct json_field metadata_fields[] = {
    JSON_TEXT(struct return_metadata, refund_id, .max = 500),
    JSON_TEXT(struct return_metadata, line_id, .max = 500),
};
static const struct json_type metadata_type =
    JSON_TYPE("StripeReturnMetadata", struct return_metadata, metadata_fields, .ignore_unknown = true);

static const struct json_field return_fields[] = {
    JSON_TEXT(struct stripe_return, id, .flags = JSON_REQUIRED, .min = 1, .max = 255),
    JSON_TEXT(struct stripe_return, status, .flags = JSON_NULLABLE),
    JSON_TEXT(struct stripe_return, currency, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct stripe_return, amount, .flags = JSON_REQUIRED),
    JSON_OBJECT(struct stripe_return, metadata, struct return_metadata, &metadata_type, .flags = JSON_NULLABLE),
};
static const struct json_type return_type = JSON_TYPE("StripeReturn", struct stripe_return, return_fields, .ignore_unknown = true);

static const struct json_field list_fields[] = {
    JSON_OBJECTS(struct stripe_return_list, data, &return_type, .flags = JSON_REQUIRED, .max = PAGE),
    JSON_BOOLEAN(struct stripe_return_list, has_more),
};
static const struct json_type list_type = JSON_TYPE("StripeReturnList", struct stripe_return_list, list_fields, .ignore_unknown = true);

/* What is listed, and how its words are read. */
struct kind_row {
    const char *path;
    enum payments_return_kind kind;
    enum payments_return_state (*state)(struct str status);
};
static const struct kind_row kinds[] = {
    {"/v1/refunds",  RETURN_REFUND,  stripe_refund_state},
    {"/v1/disputes", RETURN_DISPUTE, stripe_dispute_state},
};
/* clang-format on */

typedef VEC(struct payments_return) return_vec;

/* One in another currency, or in no whole number of our units, is for a person to look at. */
static void add_return(struct ctx *cx, const struct payment_row *payment, const struct kind_row *kind,
                       const struct stripe_return *from, return_vec *to)
{
    struct currency currency = payment_row_amount(payment).currency;
    struct payments_return given = {
        .ref = arena_str(cx->arena, from->id),
        .kind = (int32_t)kind->kind,
        .state = (int32_t)kind->state(from->status),
    };
    if (!stripe_currency_equal(from->currency, currency) ||
        !stripe_minor(currency, from->amount, &given.minor)) {
        LOG(cx, WARN, "payments.return.unreadable", log_id("order_id", payment->order_id),
            log_text("provider_ref", given.ref));
        return;
    }
    if (!id_parse(from->metadata.refund_id, &given.refund_id))
        given.refund_id = ID_NONE;
    if (!id_parse(from->metadata.line_id, &given.line_id))
        given.line_id = ID_NONE;
    *VEC_PUSH(cx->arena, to) = given;
}

static struct error *read_page(struct ctx *cx, const struct payment_row *payment, const struct kind_row *kind,
                               struct str after, struct stripe_return_list *ret_list)
{
    struct str body = {0};
    struct str path = arena_printf(cx->arena, "%s?payment_intent=%" STR_FMT "&limit=%d%s%" STR_FMT,
                                   kind->path, STR_ARG(payment->provider_ref), PAGE,
                                   after.ptr != NULL ? "&starting_after=" : "", STR_ARG(after));
    TRY(stripe_read(cx, path, &body));
    if (json_decode(cx->arena, &list_type, body, ret_list) != NULL)
        return ERROR(cx, payments_provider_failed, "Stripe's answer is not a list");
    return NULL;
}

static struct error *list_kind(struct ctx *cx, const struct payment_row *payment, const struct kind_row *kind,
                               return_vec *returns)
{
    struct stripe_return_list list = {.has_more = true};
    struct str after = STR_NONE;
    for (int page = 0; list.has_more; page++) {
        if (page == MAX_PAGES)
            return ERROR(cx, payments_provider_failed, "Stripe's list of %s does not end", kind->path);
        TRY(read_page(cx, payment, kind, after, &list));
        for (size_t i = 0; i < list.data.count; i++) {
            const struct stripe_return *item = ARRAY_AT(struct stripe_return, list.data, i);
            add_return(cx, payment, kind, item, returns);
            after = item->id;
        }
        list.has_more = list.has_more && list.data.count != 0;
    }
    return NULL;
}

struct error *stripe_list_returns(struct ctx *cx, const struct payment_row *payment,
                                  struct array *ret_returns)
{
    return_vec returns = {0};
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        TRY(list_kind(cx, payment, &kinds[i], &returns));
    *ret_returns = (struct array){returns.items, returns.count};
    return NULL;
}
