/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of orders. See orders_domain.h. */
#include "modules/orders/orders_domain.h"

static const char *const status_words[] = {
    [ORDERS_PENDING] = "pending", [ORDERS_PROCESSING] = "processing", [ORDERS_PAID] = "paid",
    [ORDERS_SHIPPED] = "shipped", [ORDERS_DELIVERED] = "delivered",   [ORDERS_COMPLETED] = "completed",
    [ORDERS_FAILED] = "failed",   [ORDERS_CANCELLED] = "cancelled",   [ORDERS_REFUNDED] = "refunded",
};
const struct enum_table orders_status_words = ENUM_TABLE("order_status", status_words);

static const char *const kind_words[] = {[ORDER_LINE_LICENSE] = "license",
                                         [ORDER_LINE_PRODUCT_WIN] = "product_win",
                                         [ORDER_LINE_LICENSE_WIN] = "license_win"};
const struct enum_table order_line_kind_words = ENUM_TABLE("order_line_kind", kind_words);

#define TO(status) (1U << (status))

/* What every line does first, and what becomes of a licence. */
#define FROM_PENDING (TO(ORDERS_PAID) | TO(ORDERS_FAILED) | TO(ORDERS_CANCELLED))
#define LICENSE_MOVES                                                                                        \
    {                                                                                                        \
        [ORDERS_PENDING] = FROM_PENDING, [ORDERS_PAID] = TO(ORDERS_REFUNDED) | TO(ORDERS_FAILED),            \
    }

/* moves[kind][from]: where a line may go. Paid → failed: the provider ended the payment after the sale was decided. */
static const unsigned moves[ORDER_LINE_KINDS][ORDERS_STATUS_COUNT] = {
    [ORDER_LINE_LICENSE] = LICENSE_MOVES,
    [ORDER_LINE_LICENSE_WIN] = LICENSE_MOVES,
    [ORDER_LINE_PRODUCT_WIN] =
        {
            [ORDERS_PENDING] = FROM_PENDING,
            [ORDERS_PAID] = TO(ORDERS_SHIPPED) | TO(ORDERS_REFUNDED) | TO(ORDERS_FAILED),
            [ORDERS_SHIPPED] = TO(ORDERS_DELIVERED) | TO(ORDERS_REFUNDED),
            [ORDERS_DELIVERED] = TO(ORDERS_COMPLETED) | TO(ORDERS_REFUNDED),
            [ORDERS_COMPLETED] = TO(ORDERS_REFUNDED),
        },
};

bool order_line_may_move(enum order_line_kind kind, enum orders_status from, enum orders_status to)
{
    return (moves[kind][from] >> to & 1) != 0;
}

bool order_line_is_sent(enum order_line_kind kind)
{
    return kind == ORDER_LINE_PRODUCT_WIN;
}

bool order_line_is_sold(enum orders_status status)
{
    return status >= ORDERS_PAID && status <= ORDERS_COMPLETED;
}

/* --- goods on their way --- */

enum { BY_SELLER = 1, BY_BUYER = 2 };
static const int sayers[ORDERS_STATUS_COUNT] = {
    [ORDERS_SHIPPED] = BY_SELLER,
    [ORDERS_DELIVERED] = BY_SELLER | BY_BUYER,
    [ORDERS_COMPLETED] = BY_BUYER,
};

enum shipping_verdict order_judge_shipping(enum order_line_kind kind, enum orders_status from,
                                           enum orders_status to, bool is_seller, bool is_buyer)
{
    int sayer = (is_seller ? BY_SELLER : 0) | (is_buyer ? BY_BUYER : 0);
    if ((sayers[to] & sayer) == 0)
        return SHIPPING_NOT_YOURS;
    if (from == to)
        return SHIPPING_SAID;
    return order_line_may_move(kind, from, to) ? SHIPPING_OK : SHIPPING_WRONG_STATE;
}

/* --- items --- */

static bool is_double(const struct order_item_facts *items, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (id_equal(items[i].spec_id, items[index].spec_id))
            return true;
    return false;
}

enum order_item_verdict order_judge_item(const struct order_item_facts *items, size_t index,
                                         struct id buyer_id)
{
    const struct order_item_facts *item = &items[index];
    if (!id_equal(item->spec_id, item->option_spec_id))
        return ITEM_OTHER_SPEC;
    if (!item->is_open)
        return ITEM_CLOSED;
    if (id_equal(item->seller_id, buyer_id))
        return ITEM_OWN;
    if (is_double(items, index))
        return ITEM_DUPLICATE;
    if (!currency_equal(item->price.currency, items[0].price.currency))
        return ITEM_OTHER_CURRENCY;
    bool is_shown = item->shown_price.currency.code[0] != '\0';
    if (is_shown && (item->shown_price.minor != item->price.minor ||
                     !currency_equal(item->shown_price.currency, item->price.currency)))
        return ITEM_PRICE_CHANGED;
    return ITEM_OK;
}

bool order_total(const struct order_item_facts *items, size_t count, struct money *ret_total)
{
    struct money total = {.minor = 0, .currency = items[0].price.currency};
    for (size_t i = 0; i < count; i++)
        if (!money_add(total, items[i].price, &total))
            return false;
    *ret_total = total;
    return true;
}

enum order_payment_verdict order_judge_payment(enum orders_status status, struct instant expires_at,
                                               struct instant now)
{
    switch (status) {
    case ORDERS_PENDING:
        return instant_is_before(now, expires_at) ? PAYMENT_SELLS : PAYMENT_LATE;
    case ORDERS_PROCESSING:
    case ORDERS_PAID:
    case ORDERS_SHIPPED:
    case ORDERS_DELIVERED:
    case ORDERS_COMPLETED:
    case ORDERS_REFUNDED:
        return PAYMENT_SOLD_BEFORE;
    case ORDERS_FAILED:
    case ORDERS_CANCELLED:
        break;
    }
    return PAYMENT_UNWANTED;
}

/* The least far of what was not refunded says how far the order is; a licence is never further than paid. */
enum orders_status order_status_of_lines(const enum orders_status *lines, size_t count)
{
    enum orders_status least = ORDERS_REFUNDED;
    for (size_t i = 0; i < count; i++)
        if (lines[i] < least)
            least = lines[i];
    return least;
}

enum refund_verdict order_judge_refund(enum orders_status line_status, bool has_refund, bool is_allowed)
{
    if (!is_allowed)
        return REFUND_NOT_YOURS;
    if (!order_line_is_sold(line_status))
        return REFUND_NOTHING;
    return has_refund ? REFUND_UNDER_WAY : REFUND_OK;
}

/* --- money that went back at the provider --- */

__extension__ typedef __int128 wide;

static int64_t proportion(int64_t amount, int64_t part, int64_t whole)
{
    return (int64_t)((wide)amount * part / whole);
}

static int64_t left_of(const struct order_share *share)
{
    return share->price_minor - share->refunded_minor - share->minor;
}

static void take_all(struct order_share *shares, size_t count)
{
    for (size_t i = 0; i < count; i++)
        shares[i].minor = left_of(&shares[i]);
}

static int64_t left_of_all(const struct order_share *shares, size_t count)
{
    int64_t left = 0;
    for (size_t i = 0; i < count; i++)
        left += left_of(&shares[i]);
    return left;
}

/* The one that is named, or the only one of which exactly this is left; count: none, or several. */
static size_t find_bearer(const struct order_share *shares, size_t count, int64_t minor)
{
    size_t fitting = 0, bearer = count;
    for (size_t i = 0; i < count; i++) {
        if (shares[i].is_named && left_of(&shares[i]) >= minor)
            return i;
        if (left_of(&shares[i]) == minor) {
            fitting++;
            bearer = i;
        }
    }
    return fitting == 1 ? bearer : count;
}

/* minor is less than what is left of all: rounding down leaves a few units, which the first lines with room bear. */
static void take_parts(struct order_share *shares, size_t count, int64_t minor)
{
    int64_t all = left_of_all(shares, count), rest = minor;
    for (size_t i = 0; i < count; i++) {
        shares[i].minor = proportion(minor, left_of(&shares[i]), all);
        rest -= shares[i].minor;
    }
    for (size_t i = 0; rest > 0; i = (i + 1) % count) {
        if (left_of(&shares[i]) == 0)
            continue;
        shares[i].minor++;
        rest--;
    }
}

static void give_fee_back(struct order_share *share, bool is_end)
{
    int64_t refunded = share->refunded_minor + share->minor;
    share->is_over = is_end || refunded == share->price_minor;
    int64_t fee =
        share->is_over ? share->fee_minor : proportion(share->fee_minor, refunded, share->price_minor);
    share->fee_back_minor = fee - share->fee_refunded_minor;
}

int64_t order_share_return(struct order_share *shares, size_t count, int64_t minor)
{
    int64_t left = left_of_all(shares, count);
    if (left == 0)
        return minor;
    size_t bearer = find_bearer(shares, count, minor);
    bool is_end = minor >= left;
    if (is_end)
        take_all(shares, count);
    else if (bearer < count)
        shares[bearer].minor = minor;
    else
        take_parts(shares, count, minor);
    for (size_t i = 0; i < count; i++)
        if (is_end || shares[i].minor > 0)
            give_fee_back(&shares[i], is_end);
    return minor > left ? minor - left : 0;
}
