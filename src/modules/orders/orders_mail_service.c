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
static struct error *send(struct ctx *cx, struct tx *tx, const struct order_row *order, const char *subject,
                          const struct strbuf *text)
{
    struct identity_account buyer;
    bool is_found = false;
    TRY(identity_find_account(cx, tx, order->buyer_id, &buyer, &is_found));
    if (!is_found)
        return NULL;
    struct mail_message message = {
        .id = crypto_new_id(cx),
        .to = buyer.email,
        .to_name = buyer.display_name,
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
    return send(cx, tx, order, "Your receipt", &text);
}

struct error *orders_mail_refund(struct ctx *cx, struct tx *tx, const struct order_row *order,
                                 struct array lines)
{
    struct strbuf text;
    int64_t minor = 0;
    for (size_t i = 0; i < lines.count; i++)
        minor += ARRAY_AT(struct order_line_row, lines, i)->price_minor;
    struct str total = money_str(cx->arena, orders_money(order->currency, minor));
    strbuf_init(&text, cx->arena, MAX_MAIL_BYTES);
    strbuf_printf(&text, "Hello %" STR_FMT ",\n\nthis was refunded, and its licences have ended:\n\n",
                  STR_ARG(order->buyer_name));
    put_lines(cx, &text, order, lines);
    strbuf_printf(&text, "\nRefunded: %" STR_FMT "\nOrder: %" STR_FMT "\n", STR_ARG(total),
                  STR_ARG(id_str(cx->arena, order->id)));
    return send(cx, tx, order, "Your refund", &text);
}
