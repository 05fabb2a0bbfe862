/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What licensing is to the rest of the program. */
#include "base/mem/alloc.h"

#include "platform/module/module.h"

#include "modules/licensing/licensing_http.h"
#include "modules/licensing/licensing_service.h"
#include "modules/licensing/licensing_sql.h"

REASONS_DEFINE(licensing_reasons, LICENSING_REASONS);

/* clang-format off */
static const struct setting rows[] = {
    SETTING_INT(struct licensing_settings, max_downloads, "MAX_DOWNLOADS", .fallback = "50", .min = 0, .max = 1000000,
                .help = "How often each file of a licence may be downloaded; 0: without limit. A download that goes on after a break counts once."),
    SETTING_TIME(struct licensing_settings, link_us, "DOWNLOAD_LINK_LIFETIME", .fallback = "1h", .min = US_PER_SECOND, .max = 7 * US_PER_DAY,
                 .help = "How long a download link is good for."),
};
/* clang-format on */
const struct setting_group licensing_settings_group =
    SETTING_GROUP("licensing", struct licensing_settings, rows, NULL);

static const struct job_type *const jobs[] = {&licensing_sweep_job, NULL};

static struct error *start(struct ctx *cx, const void *settings, void **ret_state)
{
    (void)cx;
    struct licensing_state *state = MEM_NEW(struct licensing_state);
    state->settings = settings;
    *ret_state = state;
    return NULL;
}

const struct module licensing_module = {
    .name = "licensing",
    .routes = licensing_routes,
    .route_count = LICENSING_ROUTES,
    .settings = &licensing_settings_group,
    .sql = &licensing_sql,
    .jobs = jobs,
    .reasons = licensing_reasons,
    .checks = licensing_checks,
    .start = start,
    .stop = mem_free,
};
