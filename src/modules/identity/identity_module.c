/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What identity is to the rest of the program. */
#include "base/mem/alloc.h"

#include "platform/clock/clock.h"
#include "platform/module/module.h"

#include "modules/identity/identity_http.h"
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

static struct error *start(struct ctx *cx, const void *settings, void **ret_state)
{
    (void)cx;
    struct identity_state *state = MEM_NEW(struct identity_state);
    state->settings = settings;
    *ret_state = state;
    return NULL;
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
    .stop = mem_free,
};
