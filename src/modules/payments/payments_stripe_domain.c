/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Stripe's wire forms. See payments_stripe_domain.h. */
#include "modules/payments/payments_stripe_domain.h"

#include "base/text/encode.h"
#include "base/text/number.h"

/* Where Stripe's number of decimals is not that of ISO 4217. */
struct decimals_row {
    const char *code;
    int decimals;
};
static const struct decimals_row odd_decimals[] = {{"ISK", 2}, {"MGA", 0}, {"UGX", 2}};

static int stripe_decimals(struct currency currency)
{
    for (size_t i = 0; i < COUNT_OF(odd_decimals); i++)
        if (strcmp(currency.code, odd_decimals[i].code) == 0)
            return odd_decimals[i].decimals;
    return currency_decimals(currency);
}

bool stripe_amount(struct money money, int64_t *ret_amount)
{
    int64_t amount = money.minor;
    int ours = currency_decimals(money.currency), theirs = stripe_decimals(money.currency);
    for (; ours < theirs; ours++)
        if (!number_mul(amount, 10, &amount))
            return false;
    for (; ours > theirs; ours--) {
        if (amount % 10 != 0)
            return false;
        amount /= 10;
    }
    /* Currencies of three decimals are charged in steps of ten. */
    if (theirs == 3 && amount % 10 != 0)
        return false;
    *ret_amount = amount;
    return true;
}

bool stripe_minor(struct currency currency, int64_t amount, int64_t *ret_minor)
{
    int ours = currency_decimals(currency), theirs = stripe_decimals(currency);
    for (; theirs < ours; theirs++)
        if (!number_mul(amount, 10, &amount))
            return false;
    for (; theirs > ours; theirs--) {
        if (amount % 10 != 0)
            return false;
        amount /= 10;
    }
    *ret_minor = amount;
    return true;
}

void stripe_currency(struct currency currency, char ret_text[4])
{
    for (int i = 0; i < 3; i++)
        ret_text[i] = (char)(currency.code[i] | 0x20);
    ret_text[3] = '\0';
}

bool stripe_currency_equal(struct str text, struct currency currency)
{
    return str_equal_nocase(text, str_cstr(currency.code));
}

static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void stripe_form_put(struct strbuf *form, const char *name, struct str value)
{
    if (form->len != 0)
        strbuf_append_char(form, '&');
    strbuf_append_cstr(form, name);
    strbuf_append_char(form, '=');
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if (is_unreserved(c))
            strbuf_append_char(form, (char)c);
        else
            strbuf_printf(form, "%%%02X", (unsigned)c);
    }
}

void stripe_form_put_i64(struct strbuf *form, const char *name, int64_t value)
{
    char digits[NUMBER_I64_CHARS];
    stripe_form_put(form, name, str_from(digits, number_format_i64(digits, value)));
}

static void take_part(struct str part, struct stripe_signature *signature)
{
    if (str_starts_with(part, STR("t="))) {
        signature->time_text = str_slice(part, 2, part.len);
        return;
    }
    if (!str_starts_with(part, STR("v1=")) || signature->count == STRIPE_MAX_SIGNATURES)
        return;
    if (hex_decode(str_slice(part, 3, part.len), signature->v1[signature->count], STRIPE_SIGNATURE_BYTES))
        signature->count++;
}

bool stripe_signature_parse(struct str header, struct stripe_signature *ret_signature)
{
    enum { MAX_HEADER_BYTES = 4096 };
    struct stripe_signature signature = {.count = 0};
    struct str rest = header, part = {0};
    if (header.len > MAX_HEADER_BYTES)
        return false;
    while (str_split(&rest, ',', &part))
        take_part(str_trim(part), &signature);
    if (signature.count == 0 ||
        !number_parse_i64(signature.time_text, 0, INT64_MAX / US_PER_SECOND, &signature.time_s))
        return false;
    *ret_signature = signature;
    return true;
}

bool stripe_time_is_near(int64_t time_s, int64_t now_s, int64_t tolerance_s)
{
    return time_s >= now_s - tolerance_s && time_s <= now_s + tolerance_s;
}

struct str stripe_origin(struct str url)
{
    ptrdiff_t scheme_end = str_find(url, STR("://"));
    if (scheme_end <= 0)
        return STR_NONE;
    size_t host = (size_t)scheme_end + 3, end = host;
    for (; end < url.len && url.ptr[end] != '/'; end++) {
        unsigned char c = (unsigned char)url.ptr[end];
        if (!is_unreserved(c) && c != ':' && c != '[' && c != ']')
            return STR_NONE;
    }
    return end > host ? str_slice(url, 0, end) : STR_NONE;
}

struct status_row {
    const char *status;
    enum payments_truth truth;
};
static const struct status_row statuses[] = {
    {"requires_payment_method", TRUTH_PENDING},
    {"requires_confirmation", TRUTH_PENDING},
    {"requires_action", TRUTH_PENDING},
    {"processing", TRUTH_PENDING},
    {"requires_capture", TRUTH_AUTHORISED},
    {"succeeded", TRUTH_CAPTURED},
    {"canceled", TRUTH_CANCELLED},
};

enum payments_truth stripe_truth(struct str status, bool has_error)
{
    /* A refused card brings the intent back to where it waits for another one. */
    if (has_error && str_equal(status, STR("requires_payment_method")))
        return TRUTH_DECLINED;
    for (size_t i = 0; i < COUNT_OF(statuses); i++)
        if (str_equal(status, str_cstr(statuses[i].status)))
            return statuses[i].truth;
    return TRUTH_PENDING;
}

struct state_row {
    const char *status;
    enum payments_return_state state;
};

static enum payments_return_state state_of(const struct state_row *rows, size_t count, struct str status)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(status, str_cstr(rows[i].status)))
            return rows[i].state;
    return RETURN_UNKNOWN;
}

enum payments_return_state stripe_refund_state(struct str status)
{
    /* A pending refund has left our balance; where it cannot arrive it fails later. */
    static const struct state_row rows[] = {
        {"pending", RETURN_GIVEN},
        {"succeeded", RETURN_GIVEN},
        {"failed", RETURN_KEPT},
        {"canceled", RETURN_KEPT},
    };
    return state_of(rows, COUNT_OF(rows), status);
}

enum payments_return_state stripe_dispute_state(struct str status)
{
    /* The warning_ ones are inquiries: nothing is taken. */
    static const struct state_row rows[] = {
        {"needs_response", RETURN_HELD},  {"under_review", RETURN_HELD}, {"lost", RETURN_GIVEN},
        {"charge_refunded", RETURN_KEPT}, {"won", RETURN_KEPT},
    };
    return state_of(rows, COUNT_OF(rows), status);
}

struct kind_row {
    const char *type;
    enum stripe_event_kind kind;
};
static const struct kind_row event_kinds[] = {
    {"payment_intent.amount_capturable_updated", STRIPE_EVENT_PAYMENT},
    {"payment_intent.succeeded", STRIPE_EVENT_PAYMENT},
    {"payment_intent.canceled", STRIPE_EVENT_PAYMENT},
    {"payment_intent.payment_failed", STRIPE_EVENT_PAYMENT},
    {"charge.refunded", STRIPE_EVENT_RETURN},
    {"charge.refund.updated", STRIPE_EVENT_RETURN},
    {"refund.created", STRIPE_EVENT_RETURN},
    {"refund.updated", STRIPE_EVENT_RETURN},
    {"refund.failed", STRIPE_EVENT_RETURN},
    {"charge.dispute.created", STRIPE_EVENT_RETURN},
    {"charge.dispute.updated", STRIPE_EVENT_RETURN},
    {"charge.dispute.funds_withdrawn", STRIPE_EVENT_RETURN},
    {"charge.dispute.funds_reinstated", STRIPE_EVENT_RETURN},
    {"charge.dispute.closed", STRIPE_EVENT_RETURN},
};

enum stripe_event_kind stripe_event_kind(struct str type)
{
    for (size_t i = 0; i < COUNT_OF(event_kinds); i++)
        if (str_equal(type, str_cstr(event_kinds[i].type)))
            return event_kinds[i].kind;
    return STRIPE_EVENT_OTHER;
}
