/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What payments is to the rest of the program. */
#include "base/mem/alloc.h"

#include "platform/module/module.h"

#include "modules/payments/payments_http.h"
#include "modules/payments/payments_service.h"
#include "modules/payments/payments_sql.h"
#include "modules/payments/payments_stripe_domain.h"

REASONS_DEFINE(payments_reasons, PAYMENTS_REASONS);

static const char *const switch_words[] = {[TEST_AUTO] = "auto", [TEST_ON] = "on", [TEST_OFF] = "off"};
static const struct enum_table switch_table = ENUM_TABLE("test_provider", switch_words);

/* clang-format off */
static const struct setting rows[] = {
    SETTING_STR(struct payments_settings, stripe_secret_key, "STRIPE_SECRET_KEY", .fallback = "", .max = 512, .is_secret = true,
                .help = "Stripe's secret API key (sk_…); empty: Stripe is off."),
    SETTING_STR(struct payments_settings, stripe_publishable_key, "STRIPE_PUBLISHABLE_KEY", .fallback = "", .max = 512,
                .help = "Stripe's publishable key (pk_…), handed to the buyer's browser."),
    SETTING_STR(struct payments_settings, stripe_webhook_secret, "STRIPE_WEBHOOK_SECRET", .fallback = "", .max = 512, .is_secret = true,
                .help = "Signing secret (whsec_…) of the webhook endpoint /api/v1/webhooks/stripe."),
    SETTING_STR(struct payments_settings, stripe_api_url, "STRIPE_API_URL", .fallback = "https://api.stripe.com", .max = 512,
                .help = "Where Stripe's API is, without a slash at the end."),
    SETTING_STR(struct payments_settings, stripe_script_url, "STRIPE_SCRIPT_URL", .fallback = "https://js.stripe.com/v3/", .max = 512,
                .help = "Where the buyer's browser loads Stripe's own script (Stripe.js); the page is allowed to load and call its origin."),
    SETTING_INT(struct payments_settings, platform_fee_bp, "PLATFORM_FEE_BP", .fallback = "1000", .min = 0, .max = 10000,
                .help = "The platform's share of each sale in basis points (1000 is 10 %); a half minor unit is rounded up to the platform."),
    SETTING_WORD(struct payments_settings, test_provider, "TEST_PAYMENTS", &switch_table, .fallback = "auto",
                 .help = "The payment provider `test`, which takes no money: auto is on in development and off in production, where on is refused."),
};
/* clang-format on */

static bool is_set_half(const struct payments_settings *settings)
{
    bool has_secret = !str_is_empty(settings->stripe_secret_key);
    return has_secret != !str_is_empty(settings->stripe_webhook_secret) ||
           has_secret != !str_is_empty(settings->stripe_publishable_key);
}

/* A plain http address is for a stand-in beside a development server. */
static void check_url(const char *name, struct str url, bool is_production, struct strbuf *problems)
{
    bool is_https = str_starts_with(url, STR("https://"));
    if (!is_https && (is_production || !str_starts_with(url, STR("http://"))))
        strbuf_printf(problems, "%s: must start with https://\n", name);
    else if (stripe_origin(url).ptr == NULL)
        strbuf_printf(problems, "%s: is not an address\n", name);
}

static void check_settings(const void *all, bool is_production, struct strbuf *problems)
{
    const struct payments_settings *settings = all;
    if (is_production && settings->test_provider == TEST_ON)
        strbuf_append_cstr(
            problems, "LATHE_TEST_PAYMENTS: the test provider takes no money and is refused in production\n");
    if (is_set_half(settings))
        strbuf_append_cstr(
            problems,
            "LATHE_STRIPE_SECRET_KEY, LATHE_STRIPE_PUBLISHABLE_KEY and LATHE_STRIPE_WEBHOOK_SECRET belong "
            "together: set all of them or none\n");
    check_url("LATHE_STRIPE_API_URL", settings->stripe_api_url, is_production, problems);
    check_url("LATHE_STRIPE_SCRIPT_URL", settings->stripe_script_url, is_production, problems);
    if (str_ends_with(settings->stripe_api_url, STR("/")))
        strbuf_append_cstr(problems, "LATHE_STRIPE_API_URL: must not end with a slash\n");
}

const struct setting_group payments_settings_group =
    SETTING_GROUP("payments", struct payments_settings, rows, check_settings);

static const struct job_type *const jobs[] = {&payments_finish_job, &payments_event_job, &payments_seal_job,
                                              NULL};

static struct error *start(struct ctx *cx, const void *settings, void **ret_state)
{
    (void)cx;
    struct payments_state *state = MEM_NEW(struct payments_state);
    state->settings = settings;
    *ret_state = state;
    return NULL;
}

const struct module payments_module = {
    .name = "payments",
    .routes = payments_routes,
    .route_count = PAYMENTS_ROUTES,
    .settings = &payments_settings_group,
    .sql = &payments_sql,
    .jobs = jobs,
    .reasons = payments_reasons,
    .checks = payments_checks,
    .start = start,
    .stop = mem_free,
};
