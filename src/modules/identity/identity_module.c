/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What identity is to the rest of the program. */
#include "base/mem/alloc.h"

#include "platform/clock/clock.h"
#include "platform/crypto/breached.h"
#include "platform/module/module.h"

#include "modules/identity/identity_http.h"
#include "modules/identity/identity_password_domain.h"
#include "modules/identity/identity_service.h"
#include "modules/identity/identity_sql.h"

REASONS_DEFINE(identity_reasons, IDENTITY_REASONS);

/* clang-format off */
static const struct setting rows[] = {
    SETTING_TIME(struct identity_settings, access_us, "ACCESS_TOKEN_LIFETIME", .fallback = "24h", .min = US_PER_MINUTE, .max = 7 * US_PER_DAY,
                 .help = "How long an access token is good for; ending its session ends it at once."),
    SETTING_TIME(struct identity_settings, refresh_us, "SESSION_LIFETIME", .fallback = "30d", .min = US_PER_HOUR, .max = 365 * US_PER_DAY,
                 .help = "How long a session lives without a refresh."),
    SETTING_TIME(struct identity_settings, session_us, "SESSION_MAX_AGE", .fallback = "365d", .min = US_PER_HOUR, .max = 3650 * US_PER_DAY,
                 .help = "How long a session lives however often it is refreshed; then its owner logs in again."),
    SETTING_TIME(struct identity_settings, chat_us, "CHAT_TOKEN_LIFETIME", .fallback = "60s", .min = US_PER_SECOND, .max = 15 * US_PER_MINUTE,
                 .help = "How long a chat token may be used to open a socket; what was opened stays open while its session lives."),
    SETTING_BOOL(struct identity_settings, requires_verified, "REQUIRE_VERIFIED_EMAIL", .fallback = "false",
                 .help = "Whether an account must confirm its e-mail address before it may sell or buy."),
    SETTING_BOOL(struct identity_settings, staff_needs_factor, "STAFF_SECOND_FACTOR", .fallback = "off",
                 .help = "Whether what only staff may do needs a session that was opened with a second factor."),
    SETTING_STR(struct identity_settings, shop_name, "SHOP_NAME", .fallback = "", .max = 60,
                .help = "Name of this shop: no password may be made of it, nor of the host of LATHE_PUBLIC_URL, and authenticator apps show it; empty: that host."),
    SETTING_STR(struct identity_settings, breached_passwords, "BREACHED_PASSWORDS", .fallback = "",
                .help = "File of stolen passwords, which are refused as new ones: a download of Have I Been Pwned by SHA-1 in one file, ordered by hash; empty: none."),
};
/* clang-format on */
const struct setting_group identity_settings_group =
    SETTING_GROUP("identity", struct identity_settings, rows, NULL);

static struct error *sweep(struct ctx *cx, const struct job *job)
{
    (void)job;
    return identity_repo_sweep(cx, instant_add_us(clock_now(cx), -US_PER_DAY));
}

static const struct job_type sweep_job = {
    .name = "identity.sweep",
    .help = "Forgets sessions and failed log-ins a day after their end",
    .run = sweep,
    .every_us = US_PER_HOUR,
};

static const struct event_type *const events[] = {&identity_account_registered, &identity_account_deleted,
                                                  NULL};
static const struct job_type *const jobs[] = {&sweep_job, NULL};
static const struct cache_space *const caches[] = {&identity_session_space, NULL};

/* "https://shop.example.org:8443" → "shop.example.org" */
static struct str host_of(struct str url)
{
    ptrdiff_t scheme = str_find(url, STR("://"));
    struct str host = scheme < 0 ? url : str_slice(url, (size_t)scheme + 3, url.len);
    ptrdiff_t end = str_find_byte(host, ':', 0);
    return end < 0 ? host : str_slice(host, 0, (size_t)end);
}

static char *keep_text(struct str text)
{
    char *kept = mem_alloc(text.len + 1);
    if (text.len > 0)
        memcpy(kept, text.ptr, text.len);
    return kept;
}

static struct error *start(struct ctx *cx, const void *settings, void **ret_state)
{
    const struct identity_settings *own = settings;
    struct breach_list *breached = NULL;
    if (!str_is_empty(own->breached_passwords))
        TRY(breach_list_open(cx->arena, own->breached_passwords, &breached));
    struct identity_state *state = MEM_NEW(struct identity_state);
    state->settings = settings;
    state->breached = breached;
    struct str host = host_of(cx->platform->public_url);
    state->place = keep_text(password_place_words(cx->arena, own->shop_name, host));
    state->issuer = keep_text(str_is_empty(own->shop_name) ? host : own->shop_name);
    *ret_state = state;
    return NULL;
}

static void stop(void *arg)
{
    struct identity_state *state = arg;
    breach_list_close(state->breached);
    mem_free(state->issuer);
    mem_free(state->place);
    mem_free(state);
}

const struct module identity_module = {
    .name = "identity",
    .routes = identity_routes,
    .route_count = IDENTITY_ROUTES,
    .settings = &identity_settings_group,
    .sql = &identity_sql,
    .events = events,
    .jobs = jobs,
    .caches = caches,
    .reasons = identity_reasons,
    .start = start,
    .stop = stop,
};
