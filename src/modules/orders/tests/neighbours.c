/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See neighbours.h. */
#include "modules/orders/tests/neighbours.h"

#include "platform/jobs/jobs.h"
#include "platform/mail/mail.h"

#include "modules/goods/goods.h"
#include "modules/identity/identity.h"

struct neighbours neighbours;

struct id neighbour(uint8_t account)
{
    return (struct id){{0x0b, [15] = account}};
}

#define REASON(symbol_, name_, code_)                                                                        \
    const struct reason symbol_ = {.name = (name_), .code = ERROR_##code_, .help = (name_)}

/* --- identity, mail --- */

struct error *identity_find_account(struct ctx *cx, struct tx *tx, struct id account_id,
                                    struct identity_account *ret_account, bool *ret_found)
{
    (void)cx;
    (void)tx;
    *ret_account = (struct identity_account){
        .id = account_id, .display_name = STR("Somebody"), .email = STR("somebody@example.org")};
    *ret_found = true;
    return NULL;
}

struct error *identity_require_verified(struct ctx *cx)
{
    (void)cx;
    return NULL;
}

struct error *mail_enqueue(struct ctx *cx, struct tx *tx, const struct mail_message *message)
{
    (void)cx;
    (void)tx;
    (void)message;
    neighbours.mails++;
    return NULL;
}

/* --- catalog, licensing --- */

REASON(catalog_option_closed, "catalog.option_closed", CONFLICT);
REASON(licensing_exclusive_sold, "licensing.exclusive_sold", CONFLICT);
REASON(licensing_file_missing, "licensing.file_missing", CONFLICT);
static const char *const license_words[] = {"basic", "premium", "trackout", "unlimited", "exclusive"};
const struct enum_table catalog_license_type_words = ENUM_TABLE("license_type", license_words);

struct error *catalog_load_option(struct ctx *cx, struct tx *tx, struct id option_id,
                                  struct catalog_option *ret_option)
{
    (void)cx;
    (void)tx;
    *ret_option = (struct catalog_option){
        .id = option_id,
        .spec_id = neighbour(40),
        .seller_id = neighbour(SELLER),
        .type = CATALOG_EXCLUSIVE,
        .name = STR("Exclusive"),
        .features = STR("[]"),
        .file_types = STR("[\"wav\"]"),
        .terms = STR("{}"),
        .spec_title = STR("Night Drive"),
    };
    return NULL;
}

struct error *catalog_find_spec(struct ctx *cx, struct tx *tx, struct id spec_id,
                                struct catalog_spec *ret_spec, bool *ret_found)
{
    (void)cx;
    (void)tx;
    *ret_spec = (struct catalog_spec){.id = spec_id,
                                      .status = neighbours.is_offered ? CATALOG_PUBLISHED : CATALOG_SOLD};
    *ret_found = true;
    return NULL;
}

struct error *catalog_claim_sale(struct ctx *cx, struct tx *tx, struct id spec_id, struct id option_id,
                                 bool is_alone)
{
    (void)option_id;
    (void)is_alone;
    return catalog_claim_win(cx, tx, spec_id);
}

struct error *catalog_claim_win(struct ctx *cx, struct tx *tx, struct id spec_id)
{
    (void)tx;
    (void)spec_id;
    return neighbours.is_offered ? NULL : ERROR(cx, catalog_option_closed, "sold");
}

struct error *catalog_close_offerings(struct ctx *cx, struct tx *tx, struct id spec_id, struct id order_id)
{
    (void)cx;
    (void)tx;
    (void)spec_id;
    (void)order_id;
    neighbours.closed_offerings++;
    return NULL;
}

struct error *catalog_reopen_offerings(struct ctx *cx, struct tx *tx, struct id spec_id, struct id order_id)
{
    (void)cx;
    (void)tx;
    (void)spec_id;
    (void)order_id;
    neighbours.closed_offerings--;
    return NULL;
}

struct error *licensing_check_sale(struct ctx *cx, struct tx *tx, const struct licensing_issue *issue)
{
    (void)cx;
    (void)tx;
    (void)issue;
    return NULL;
}

struct error *licensing_issue(struct ctx *cx, struct tx *tx, const struct licensing_issue *issue,
                              struct id *ret_license_id)
{
    (void)cx;
    (void)tx;
    (void)issue;
    neighbours.licenses++;
    *ret_license_id = neighbour(77);
    return NULL;
}

struct error *licensing_withdraw(struct ctx *cx, struct tx *tx, struct id order_line_id, struct str reason)
{
    (void)cx;
    (void)tx;
    (void)order_line_id;
    (void)reason;
    neighbours.withdrawn++;
    return NULL;
}

struct array licensing_read_texts(struct ctx *cx, struct str json)
{
    (void)cx;
    (void)json;
    return (struct array){0};
}

struct error *licensing_count_for_line(struct ctx *cx, struct id order_line_id, int64_t *ret_licenses,
                                       int64_t *ret_entitlements)
{
    (void)cx;
    (void)order_line_id;
    *ret_licenses = *ret_entitlements = 1;
    return NULL;
}

/* --- goods --- */

REASON(goods_out_of_stock, "goods.out_of_stock", CONFLICT);
static const char *const condition_words[] = {"new", "like_new", "good", "fair"};
const struct enum_table goods_condition_words = ENUM_TABLE("product_condition", condition_words);

struct error *goods_find_product(struct ctx *cx, struct tx *tx, struct id product_id,
                                 struct goods_product *ret_product, bool *ret_found)
{
    (void)cx;
    (void)tx;
    *ret_product = (struct goods_product){.id = product_id,
                                          .owner_id = neighbour(SELLER),
                                          .owner_name = STR("Seller"),
                                          .title = STR("Moog Prodigy"),
                                          .condition = GOODS_GOOD};
    *ret_found = true;
    return NULL;
}

struct error *goods_find_hold(struct ctx *cx, struct tx *tx, struct id product_id, struct id holder_id,
                              bool *ret_held)
{
    (void)cx;
    (void)tx;
    (void)product_id;
    (void)holder_id;
    *ret_held = neighbours.is_held;
    return NULL;
}

struct error *goods_sell_held(struct ctx *cx, struct tx *tx, struct id product_id, struct id holder_id)
{
    (void)cx;
    (void)tx;
    (void)product_id;
    (void)holder_id;
    neighbours.pieces_sold++;
    return NULL;
}

/* --- payments --- */

REASON(payments_declined, "payments.declined", CONFLICT);
REASON(payments_mismatch, "payments.mismatch", CONFLICT);
REASON(payments_not_refundable, "payments.not_refundable", CONFLICT);
REASON(payments_pending, "payments.pending", CONFLICT);
REASON(payments_provider_failed, "payments.provider_failed", UNAVAILABLE);
REASON(payments_provider_off, "payments.provider_off", INVALID);
static const char *const provider_words[] = {"test", "stripe", "free"};
const struct enum_table payments_provider_words = ENUM_TABLE("payment_provider", provider_words);
static const char *const payment_status_words[] = {"created", "authorised",      "captured", "voided",
                                                   "failed",  "partly_refunded", "refunded"};
const struct enum_table payments_status_words = ENUM_TABLE("payment_status", payment_status_words);

enum payments_provider payments_default_provider(const struct ctx *cx)
{
    (void)cx;
    return PAYMENTS_TEST;
}

struct error *payments_check_provider(struct ctx *cx, enum payments_provider provider, struct money amount)
{
    (void)amount;
    return provider == PAYMENTS_FREE ? ERROR(cx, payments_provider_off, "not free") : NULL;
}

struct error *payments_begin(struct ctx *cx, struct id order_id, enum payments_provider provider,
                             struct money amount, struct payments_payment *ret_payment)
{
    (void)cx;
    *ret_payment =
        (struct payments_payment){.order_id = order_id, .provider = (int32_t)provider, .amount = amount};
    neighbours.is_begun = true;
    return NULL;
}

struct error *payments_find(struct ctx *cx, struct tx *tx, struct id order_id,
                            struct payments_payment *ret_payment, bool *ret_found)
{
    (void)cx;
    (void)tx;
    *ret_payment =
        (struct payments_payment){.order_id = order_id, .provider = PAYMENTS_TEST, .client_data = STR("{}")};
    *ret_found = neighbours.is_begun;
    return NULL;
}

struct str payments_script_url(const struct ctx *cx, enum payments_provider provider)
{
    (void)cx;
    (void)provider;
    return STR_NONE;
}

struct error *payments_settle(struct ctx *cx, const struct payments_proof *proof)
{
    (void)cx;
    (void)proof;
    return NULL;
}

struct error *payments_abandon(struct ctx *cx, struct tx *tx, struct id order_id)
{
    (void)cx;
    (void)tx;
    (void)order_id;
    neighbours.abandoned++;
    return NULL;
}

struct error *payments_refund(struct ctx *cx, struct id order_id, struct id refund_id, int64_t amount_minor)
{
    (void)cx;
    (void)order_id;
    (void)refund_id;
    neighbours.refunded_minor += amount_minor;
    return NULL;
}

struct error *payments_record_refund(struct ctx *cx, struct tx *tx, struct id order_id, struct id refund_id,
                                     int64_t amount_minor)
{
    (void)cx;
    (void)tx;
    (void)order_id;
    (void)refund_id;
    (void)amount_minor;
    return NULL;
}

struct error *payments_claim_return(struct ctx *cx, struct tx *tx, struct id order_id, struct id buyer_id,
                                    const struct payments_return *given, struct payments_claim *ret_claim)
{
    (void)cx;
    (void)tx;
    (void)order_id;
    (void)buyer_id;
    (void)given;
    *ret_claim = (struct payments_claim){.is_changed = false};
    return NULL;
}

struct money payments_platform_fee(const struct ctx *cx, struct money price)
{
    (void)cx;
    price.minor /= 10;
    return price;
}

struct error *ledger_post(struct ctx *cx, struct tx *tx, const struct ledger_posting *posting)
{
    (void)cx;
    (void)tx;
    (void)posting;
    neighbours.posted++;
    return NULL;
}
