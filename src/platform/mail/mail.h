/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Outgoing mail: SMTP by libcurl on the blocking pool (STARTTLS or TLS, AUTH by setting), or files in a directory by default. Called
 * from jobs only, so that mail is sent after the commit, retried, and never twice for one job where the server allows. */
#ifndef PLATFORM_MAIL_MAIL_H
#define PLATFORM_MAIL_MAIL_H

#include "platform/config/config.h"
#include "platform/ctx/ctx.h"
#include "platform/jobs/jobs.h"

struct mail_message {
    struct id id; /* makes the Message-ID: the same for each try */
    struct str to;
    struct str to_name; /* may be absent */
    struct str subject;
    struct str text; /* UTF-8 */
    struct str html; /* may be absent */
    /* https://… that stops mails like this by one POST (RFC 8058); absent: none. */
    struct str unsubscribe_url;
};

extern const struct setting_group
    mail_settings_group; /* LATHE_MAIL_URL smtp://…, smtps://… or file:mail; LATHE_MAIL_FROM; … */

MUST_USE struct error *mail_open(struct arena *arena, const struct config *config,
                                 const struct platform *platform, struct str data_dir,
                                 struct mail **ret_mail);
void mail_close(struct mail *mail); /* accepts NULL */

/* Errors: unavailable, timeout (try again); invalid (refused for good: 5xx). */
MUST_USE struct error *mail_send(struct ctx *cx, const struct mail_message *message);

/* Queues it in the caller's transaction; the job type mail_job must be registered. */
MUST_USE struct error *mail_enqueue(struct ctx *cx, struct tx *tx, const struct mail_message *message);
extern const struct job_type mail_job;

#endif
