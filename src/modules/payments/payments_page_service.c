/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What a provider needs in the buyer's browser: its own script, and the leave of the page to load and call it. */
#include "modules/payments/payments_service.h"
#include "modules/payments/payments_stripe_domain.h"

/* Stripe's own script opens frames of further hosts. Source: docs.stripe.com/security/guide (content security policy). */
#define STRIPE_OWN_SCRIPTS "https://js.stripe.com"
#define STRIPE_MORE        "https://*.js.stripe.com"
#define STRIPE_FRAMES      "https://*.js.stripe.com https://hooks.stripe.com"

static bool has_script(const struct ctx *cx, enum payments_provider provider)
{
    return provider == PAYMENTS_STRIPE && payments_adapter_of(PAYMENTS_STRIPE)->is_on(cx);
}

struct str payments_script_url(const struct ctx *cx, enum payments_provider provider)
{
    return has_script(cx, provider) ? payments_state_of(cx)->settings->stripe_script_url : STR_NONE;
}

static struct str with(const struct ctx *cx, struct str origin, const char *more)
{
    if (!str_equal(origin, STR(STRIPE_OWN_SCRIPTS)))
        return origin;
    return arena_printf(cx->arena, "%" STR_FMT " %s", STR_ARG(origin), more);
}

struct payments_page_sources payments_page_sources(const struct ctx *cx)
{
    const struct payments_settings *settings = payments_state_of(cx)->settings;
    if (!has_script(cx, PAYMENTS_STRIPE))
        return (struct payments_page_sources){STR_NONE, STR_NONE, STR_NONE};
    struct str script = stripe_origin(settings->stripe_script_url);
    return (struct payments_page_sources){
        .scripts = with(cx, script, STRIPE_MORE),
        .frames = with(cx, script, STRIPE_FRAMES),
        .connections = stripe_origin(settings->stripe_api_url),
    };
}
