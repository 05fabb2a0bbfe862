/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Mails about orders, queued in the transaction that they tell of. */
#include "platform/crypto/crypto.h"
#include "platform/mail/mail.h"

#include "modules/identity/identity.h"
#include "modules/orders/orders_service.h"

enum { MAX_MAIL_BYTES = 64 * 1024 };

static void put_lines(struct ctx *cx, struct strbuf *text, const struct order_row *order, struct array lines)
{
    for (size_t i = 0; i < lines.count; i++) {
        const struct order_line_row *line = ARRAY_AT(struct order_line_row, lines, i);
        struct str price = money_str(cx->arena, orders_money(order->currency, line->price_minor));
        strbuf_printf(text, "  %" STR_FMT " (%" STR_FMT ", by %" STR_FMT "): %" STR_FMT "\n",
                      STR_ARG(line->title), STR_ARG(line->option_name), STR_ARG(line->seller_name),
                      STR_ARG(price));
    }
}

/* Nobody is left to write to when the account was deleted meanwhile. */
static struct error *send(struct ctx *cx, struct tx *tx, struct id account_id, const char *subject,
                          const struct strbuf *text)
{
    struct identity_account account;
    bool is_found = false;
    TRY(identity_find_account(cx, tx, account_id, &account, &is_found));
    if (!is_found)
        return NULL;
    struct mail_message message = {
        .id = crypto_new_id(cx),
        .to = account.email,
        .to_name = account.display_name,
        .subject = str_cstr(subject),
        .text = strbuf_str(text),
    };
    return mail_enqueue(cx, tx, &message);
}

struct error *orders_mail_receipt(struct ctx *cx, struct tx *tx, const struct order_row *order,
                                  struct array lines)
{
    struct strbuf text;
    struct str total = money_str(cx->arena, orders_money(order->currency, order->total_minor));
    strbuf_init(&text, cx->arena, MAX_MAIL_BYTES);
    strbuf_printf(&text, "Hello %" STR_FMT ",\n\nthank you for your order. You have bought:\n\n",
                  STR_ARG(order->buyer_name));
    put_lines(cx, &text, order, lines);
    strbuf_printf(&text,
                  "\nTotal: %" STR_FMT "\nOrder: %" STR_FMT
                  "\n\nYour files and contracts are waiting for you at %" STR_FMT "\n",
                  STR_ARG(total), STR_ARG(id_str(cx->arena, order->id)), STR_ARG(cx->platform->public_url));
    return send(cx, tx, order->buyer_id, "Your receipt", &text);
}

static void put_end(struct ctx *cx, struct strbuf *text, const struct order_row *order, int64_t minor)
{
    struct str amount = money_str(cx->arena, orders_money(order->currency, minor));
    strbuf_printf(text, "\nRefunded: %" STR_FMT "\nOrder: %" STR_FMT "\n", STR_ARG(amount),
                  STR_ARG(id_str(cx->arena, order->id)));
}

struct error *orders_mail_refund(struct ctx *cx, struct tx *tx, const struct order_row *order,
                                 struct array lines, int64_t minor)
{
    struct strbuf text;
    strbuf_init(&text, cx->arena, MAX_MAIL_BYTES);
    strbuf_printf(&text, "Hello %" STR_FMT ",\n\nthis was refunded, and its licences have ended:\n\n",
                  STR_ARG(order->buyer_name));
    put_lines(cx, &text, order, lines);
    put_end(cx, &text, order, minor);
    return send(cx, tx, order->buyer_id, "Your refund", &text);
}

/* --- what the provider gave back without us --- */

static struct error *mail_buyer(struct ctx *cx, struct tx *tx, const struct order_row *order,
                                struct array ended, int64_t minor)
{
    struct strbuf text;
    strbuf_init(&text, cx->arena, MAX_MAIL_BYTES);
    strbuf_printf(&text, "Hello %" STR_FMT ",\n\nmoney went back to you for this order.",
                  STR_ARG(order->buyer_name));
    if (ended.count == 0)
        strbuf_append_cstr(&text, " Your licences stay as they are.\n");
    else
        strbuf_append_cstr(&text, " These licences have ended:\n\n");
    put_lines(cx, &text, order, ended);
    put_end(cx, &text, order, minor);
    return send(cx, tx, order->buyer_id, "Your refund", &text);
}

static struct error *mail_seller(struct ctx *cx, struct tx *tx, const struct order_row *order,
                                 struct id seller_id, struct array lines)
{
    struct strbuf text;
    strbuf_init(&text, cx->arena, MAX_MAIL_BYTES);
    strbuf_append_cstr(&text, "Hello,\n\nthe payment provider gave money back to a buyer of yours:\n\n");
    for (size_t i = 0; i < lines.count; i++) {
        const struct order_line_row *line = ARRAY_AT(struct order_line_row, lines, i);
        struct str back = money_str(cx->arena, orders_money(order->currency, line->refunded_minor));
        if (id_equal(line->seller_id, seller_id))
            strbuf_printf(&text, "  %" STR_FMT " (%" STR_FMT "): %" STR_FMT " in all%s\n",
                          STR_ARG(line->title), STR_ARG(line->option_name), STR_ARG(back),
                          line->status == ORDERS_REFUNDED ? ", its licence has ended" : "");
    }
    strbuf_printf(&text,
                  "\nOrder: %" STR_FMT "\nYour balance says what it means for you: %" STR_FMT "/sales\n",
                  STR_ARG(id_str(cx->arena, order->id)), STR_ARG(cx->platform->public_url));
    return send(cx, tx, seller_id, "A sale was refunded", &text);
}

static bool is_first_of_seller(struct array lines, size_t index)
{
    struct id seller_id = ARRAY_AT(struct order_line_row, lines, index)->seller_id;
    for (size_t i = 0; i < index; i++)
        if (id_equal(ARRAY_AT(struct order_line_row, lines, i)->seller_id, seller_id))
            return false;
    return true;
}

struct error *orders_mail_return(struct ctx *cx, struct tx *tx, const struct order_row *order,
                                 struct array lines, struct array ended, int64_t minor)
{
    for (size_t i = 0; i < lines.count; i++)
        if (is_first_of_seller(lines, i))
            TRY(mail_seller(cx, tx, order, ARRAY_AT(struct order_line_row, lines, i)->seller_id, lines));
    return mail_buyer(cx, tx, order, ended, minor);
}

struct error *orders_mail_shipped(struct ctx *cx, struct tx *tx, const struct order_row *order,
                                  const struct order_line_row *line,
                                  const struct order_shipment_row *shipment)
{
    struct strbuf text;
    strbuf_init(&text, cx->arena, MAX_MAIL_BYTES);
    strbuf_printf(&text,
                  "Hello %" STR_FMT ",\n\n%" STR_FMT " has sent %" STR_FMT
                  " on its way to you.\n\nCarrier: %" STR_FMT "\nTracking number: %" STR_FMT "\n",
                  STR_ARG(order->buyer_name), STR_ARG(line->seller_name), STR_ARG(line->title),
                  STR_ARG(shipment->carrier), STR_ARG(shipment->tracking_number));
    if (!str_is_empty(shipment->tracking_url))
        strbuf_printf(&text, "Follow it at: %" STR_FMT "\n", STR_ARG(shipment->tracking_url));
    strbuf_printf(&text, "\nOrder: %" STR_FMT "\n", STR_ARG(id_str(cx->arena, order->id)));
    return send(cx, tx, order->buyer_id, "Your order is on its way", &text);
}
