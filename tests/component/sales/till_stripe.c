/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Stripe at the till: answers the program's HTTP client from memory, as far as the adapter of payments asks. */
#include "base/text/encode.h"
#include "base/text/number.h"

#include "platform/crypto/crypto.h"
#include "platform/http/client.h"

#include "tests/component/sales/till.h"

enum { MAX_INTENTS = 32 };
static struct till_intent intents[MAX_INTENTS];
static size_t intent_count;
int till_stripe_failures;
void (*till_stripe_meanwhile)(struct ctx *cx, struct till_intent *intent);

static const char *const status_words[] = {
    [INTENT_NEW] = "requires_payment_method", [INTENT_DECLINED] = "requires_payment_method",
    [INTENT_HELD] = "requires_capture",       [INTENT_CAPTURED] = "succeeded",
    [INTENT_CANCELLED] = "canceled",
};

void till_stripe_forget(void)
{
    memset(intents, 0, sizeof(intents));
    intent_count = 0;
    till_stripe_failures = 0;
    till_stripe_meanwhile = NULL;
}

static void put(char *into, size_t capacity, struct str text)
{
    REQUIRE(text.len < capacity);
    memcpy(into, text.ptr, text.len);
    into[text.len] = '\0';
}
#define PUT(member, text) put((member), sizeof(member), (text))

struct till_intent *till_intent(const struct ctx *cx, struct id order_id)
{
    for (size_t i = 0; i < intent_count; i++)
        if (str_equal(str_cstr(intents[i].order_id), id_str(cx->arena, order_id)))
            return &intents[i];
    fail_msg("the order has no intent");
    return NULL;
}

struct till_return *till_return(struct till_intent *intent, int64_t amount, const char *status,
                                bool is_dispute)
{
    REQUIRE(intent->return_count < TILL_MAX_RETURNS);
    struct till_return *one = &intent->returns[intent->return_count];
    (void)snprintf(one->id, sizeof(one->id), "%s_%zu_%s", is_dispute ? "dp" : "re", intent->return_count++,
                   intent->id);
    PUT(one->status, str_cstr(status));
    one->amount = amount;
    one->is_dispute = is_dispute;
    return one;
}

/* --- answers --- */

/* The value of a form's row, without its escapes: ours are made of what needs none. */
static struct str form_value(struct str form, const char *name)
{
    struct str rest = form, part = {0};
    while (str_split(&rest, '&', &part)) {
        size_t len = strlen(name);
        if (part.len > len && memcmp(part.ptr, name, len) == 0 && part.ptr[len] == '=')
            return str_slice(part, len + 1, part.len);
    }
    return STR_NONE;
}

static struct str intent_json(struct ctx *cx, const struct till_intent *intent)
{
    return arena_printf(
        cx->arena,
        "{\"id\":\"%s\",\"object\":\"payment_intent\",\"status\":\"%s\",\"amount\":%lld,"
        "\"currency\":\"%s\",\"client_secret\":\"%s_secret\",\"metadata\":{\"order_id\":\"%s\"},"
        "\"last_payment_error\":%s}",
        intent->id, status_words[intent->status], (long long)intent->amount, intent->currency, intent->id,
        intent->order_id,
        intent->status == INTENT_DECLINED
            ? "{\"code\":\"card_declined\",\"message\":\"Your card was declined.\"}"
            : "null");
}

static void answer(struct http_client_reply *reply, int status, struct str body)
{
    *reply = (struct http_client_reply){.status = status, .body = body};
}

static void refuse(struct ctx *cx, struct http_client_reply *reply, const char *code,
                   const struct till_intent *intent)
{
    struct str about = intent != NULL ? intent_json(cx, intent) : STR("null");
    answer(reply, 400,
           arena_printf(cx->arena,
                        "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"%s\",\"message\":\"no\","
                        "\"payment_intent\":%" STR_FMT "}}",
                        code, STR_ARG(about)));
}

static void create(struct ctx *cx, struct str form, struct http_client_reply *reply)
{
    struct str order_id = form_value(form, "metadata[order_id]");
    struct till_intent *intent = NULL;
    for (size_t i = 0; i < intent_count; i++)
        if (str_equal(str_cstr(intents[i].order_id), order_id))
            intent = &intents[i]; /* the same Idempotency-Key */
    if (intent == NULL) {
        REQUIRE(intent_count < MAX_INTENTS);
        intent = &intents[intent_count++];
        (void)snprintf(intent->id, sizeof(intent->id), "pi_%zu", intent_count);
        PUT(intent->order_id, order_id);
        PUT(intent->currency, form_value(form, "currency"));
        bool is_amount = number_parse_i64(form_value(form, "amount"), 1, INT64_MAX, &intent->amount);
        REQUIRE(is_amount);
    }
    intent->creates++;
    answer(reply, 200, intent_json(cx, intent));
}

static void step(struct ctx *cx, struct till_intent *intent, struct str verb, struct http_client_reply *reply)
{
    bool is_capture = str_equal(verb, STR("capture"));
    bool is_open = intent->status == INTENT_HELD || (!is_capture && intent->status <= INTENT_DECLINED);
    if (!is_open) {
        refuse(cx, reply, "payment_intent_unexpected_state", intent);
        return;
    }
    (*(is_capture ? &intent->captures : &intent->cancels))++;
    intent->status = is_capture ? INTENT_CAPTURED : INTENT_CANCELLED;
    answer(reply, 200, intent_json(cx, intent));
}

static struct till_intent *find(struct str id)
{
    for (size_t i = 0; i < intent_count; i++)
        if (str_equal(str_cstr(intents[i].id), id))
            return &intents[i];
    fail_msg("there is no such intent");
    return NULL;
}

static int64_t given_back(const struct till_intent *intent)
{
    int64_t sum = 0;
    for (size_t i = 0; i < intent->return_count; i++)
        if (!intent->returns[i].is_dispute && strcmp(intent->returns[i].status, "succeeded") == 0)
            sum += intent->returns[i].amount;
    return sum;
}

static void refund(struct ctx *cx, struct str form, struct http_client_reply *reply)
{
    struct till_intent *intent = find(form_value(form, "payment_intent"));
    struct str refund_id = form_value(form, "metadata[refund_id]");
    int64_t amount = 0;
    bool is_amount = number_parse_i64(form_value(form, "amount"), 1, INT64_MAX, &amount);
    REQUIRE(is_amount);
    for (size_t i = 0; i < intent->return_count; i++) {
        if (!str_equal(str_cstr(intent->returns[i].refund_id), refund_id))
            continue;
        answer(reply, 200, STR("{\"object\":\"refund\"}")); /* the same Idempotency-Key */
        return;
    }
    if (intent->status != INTENT_CAPTURED || given_back(intent) + amount > intent->amount) {
        refuse(cx, reply, "charge_already_refunded", NULL);
        return;
    }
    PUT(till_return(intent, amount, "succeeded", false)->refund_id, refund_id);
    answer(reply, 200, STR("{\"object\":\"refund\"}"));
}

static void list(struct ctx *cx, const struct till_intent *intent, bool is_dispute,
                 struct http_client_reply *reply)
{
    struct strbuf out;
    const char *comma = "";
    strbuf_init(&out, cx->arena, 65536);
    strbuf_append_cstr(&out, "{\"object\":\"list\",\"has_more\":false,\"data\":[");
    for (size_t i = 0; i < intent->return_count; i++) {
        const struct till_return *one = &intent->returns[i];
        if (one->is_dispute != is_dispute)
            continue;
        strbuf_printf(&out,
                      "%s{\"id\":\"%s\",\"status\":\"%s\",\"currency\":\"%s\",\"amount\":%lld,"
                      "\"metadata\":{\"refund_id\":\"%s\",\"line_id\":\"%s\"}}",
                      comma, one->id, one->status, intent->currency, (long long)one->amount, one->refund_id,
                      one->line_id);
        comma = ",";
    }
    strbuf_append_cstr(&out, "]}");
    answer(reply, 200, strbuf_str(&out));
}

static void get(struct ctx *cx, struct str path, struct http_client_reply *reply)
{
    struct str query = path, head = {0};
    bool has_path = str_split(&query, '?', &head);
    REQUIRE(has_path);
    if (query.ptr != NULL) {
        const struct till_intent *intent = find(form_value(query, "payment_intent"));
        list(cx, intent, str_equal(head, STR("/v1/disputes")), reply);
        return;
    }
    struct till_intent *intent = find(str_slice(head, strlen("/v1/payment_intents/"), head.len));
    intent->reads++;
    void (*meanwhile)(struct ctx * cx, struct till_intent * intent) = till_stripe_meanwhile;
    till_stripe_meanwhile = NULL;
    if (meanwhile != NULL)
        meanwhile(cx, intent);
    answer(reply, 200, intent_json(cx, intent));
}

static void post(struct ctx *cx, struct str path, struct str form, struct http_client_reply *reply)
{
    struct str rest = str_slice(path, strlen("/v1/payment_intents/"), path.len), id = {0};
    if (str_equal(path, STR("/v1/payment_intents")))
        create(cx, form, reply);
    else if (str_equal(path, STR("/v1/refunds")))
        refund(cx, form, reply);
    else if (str_split(&rest, '/', &id))
        step(cx, find(id), rest, reply);
}

/* Instead of the program's own. */
struct error *http_client_call(struct ctx *cx, const struct http_client_request *request,
                               struct http_client_reply *ret_reply)
{
    struct str path = str_slice(request->url, strlen("http://stripe.test"), request->url.len);
    if (till_stripe_failures > 0 && request->method != HTTP_GET) {
        till_stripe_failures--;
        return ERROR_CODE(cx, UNAVAILABLE, "nobody is there");
    }
    answer(ret_reply, 500, STR("{}"));
    if (request->method == HTTP_GET)
        get(cx, path, ret_reply);
    else
        post(cx, path, request->body, ret_reply);
    return NULL;
}

/* --- webhooks --- */

struct error *till_webhook(struct ctx *cx, const char *event_id, const char *type, struct id order_id)
{
    static const char secret[] = "whsec_till";
    const struct till_intent *intent = till_intent(cx, order_id);
    bool is_intent = strncmp(type, "payment_intent.", strlen("payment_intent.")) == 0;
    struct str body =
        arena_printf(cx->arena,
                     "{\"id\":\"%s\",\"type\":\"%s\",\"data\":{\"object\":{\"id\":\"%s\",\"object\":\"x\","
                     "\"payment_intent\":\"%s\"}}}",
                     event_id, type, is_intent ? intent->id : "ch_1", intent->id);
    long long now_s = (long long)(clock_now(cx).us / US_PER_SECOND);
    struct str signed_text = arena_printf(cx->arena, "%lld.%" STR_FMT, now_s, STR_ARG(body));
    uint8_t mac[SHA256_BYTES];
    hmac_sha256(secret, sizeof(secret) - 1, signed_text.ptr, signed_text.len, mac);
    struct str header = arena_printf(cx->arena, "t=%lld,v1=%" STR_FMT, now_s,
                                     STR_ARG(hex_encode(cx->arena, mac, sizeof(mac))));
    return payments_take_stripe_event(cx, header, body);
}
