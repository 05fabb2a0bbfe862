/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Sending: SMTP by libcurl on the blocking pool (mail is sent from jobs, where a parked fiber harms nobody), or a file per message. */
#include "platform/mail/mail.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json/json_read.h"
#include "base/json/json_write.h"
#include "base/mem/alloc.h"
#include "base/mem/cleanup.h"
#include "base/value/email.h"

#include "platform/clock/clock.h"
#include "platform/config/core_settings.h"
#include "platform/config/local_host.h"
#include "platform/fault/fault.h"
#include "platform/fiber/pool.h"
#include "platform/mail/message.h"

struct mail_settings {
    struct str url, from, user, password;
    bool requires_tls;
    int64_t timeout_us;
};

static void check_settings(const void *settings, bool is_production, struct strbuf *problems);

/* clang-format off */
static const struct setting rows[] = {
    SETTING_STR(struct mail_settings, url, "MAIL_URL", .fallback = "file:mail", .max = 512,
                .help = "Where mail goes: smtp://HOST:PORT, smtps://HOST:PORT, or file:DIRECTORY (below the data directory), one file per message."),
    SETTING_STR(struct mail_settings, from, "MAIL_FROM", .fallback = "Lathe <lathe@localhost.localdomain>", .max = 320,
                .help = "Sender of every mail."),
    SETTING_STR(struct mail_settings, user, "MAIL_USER", .fallback = "", .max = 256, .help = "User name at the SMTP server; empty: no log-in."),
    SETTING_STR(struct mail_settings, password, "MAIL_PASSWORD", .fallback = "", .max = 256, .is_secret = true, .help = "Password at the SMTP server."),
    SETTING_BOOL(struct mail_settings, requires_tls, "MAIL_REQUIRE_TLS", .fallback = "true", .help = "Refuses to send over smtp:// unless STARTTLS succeeds."),
    SETTING_TIME(struct mail_settings, timeout_us, "MAIL_TIMEOUT", .fallback = "30s", .min = US_PER_SECOND, .max = 10 * US_PER_MINUTE, .help = "How long one mail may take."),
};
/* clang-format on */
const struct setting_group mail_settings_group =
    SETTING_GROUP("mail", struct mail_settings, rows, check_settings);

static void check_settings(const void *settings, bool is_production, struct strbuf *problems)
{
    const struct mail_settings *mail = settings;
    bool is_known = str_starts_with(mail->url, STR("smtp://")) ||
                    str_starts_with(mail->url, STR("smtps://")) || str_starts_with(mail->url, STR("file:"));
    if (!is_known)
        strbuf_append_cstr(problems, "LATHE_MAIL_URL: must start with smtp://, smtps:// or file:\n");
    if (!email_is_valid(message_address(mail->from)))
        strbuf_append_cstr(problems, "LATHE_MAIL_FROM: holds no valid e-mail address\n");
    bool is_readable = str_starts_with(mail->url, STR("smtp://")) && !mail->requires_tls;
    if (is_production && is_readable && !local_host_is(local_host_of(mail->url)))
        strbuf_append_cstr(
            problems,
            "LATHE_MAIL_REQUIRE_TLS: must stay on in production, but for a mail server on this machine\n");
}

struct mail {
    const struct mail_settings *settings;
    struct str directory; /* file sink; absent: SMTP */
    struct str host;      /* for Message-IDs */
    struct str ca_file;   /* empty: the system's authorities */
};

static struct str host_of(struct str from)
{
    struct str address = message_address(from);
    ptrdiff_t at = str_find_byte(address, '@', 0);
    return at < 0 ? STR("localhost") : str_slice(address, (size_t)at + 1, address.len);
}

struct error *mail_open(struct arena *arena, const struct config *config, const struct platform *platform,
                        struct str data_dir, struct mail **ret_mail)
{
    (void)platform;
    struct mail *mail = ARENA_NEW(arena, struct mail);
    mail->settings = config_settings(config, &mail_settings_group);
    mail->host = host_of(mail->settings->from);
    const struct core_settings *core = config_settings(config, &core_settings_group);
    mail->ca_file = core->ca_file;
    struct str url = mail->settings->url;
    if (str_starts_with(url, STR("file:"))) {
        struct str name = str_slice(url, 5, url.len);
        bool is_absolute = str_starts_with(name, STR("/"));
        mail->directory =
            is_absolute ? arena_str(arena, name)
                        : arena_printf(arena, "%" STR_FMT "/%" STR_FMT, STR_ARG(data_dir), STR_ARG(name));
        if (mkdir(mail->directory.ptr, 0700) != 0 && errno != EEXIST)
            return error_new(arena, ERROR_COMMON(INTERNAL), __FILE__, __LINE__,
                             "the mail directory %" STR_FMT " cannot be made: %s", STR_ARG(mail->directory),
                             strerrordesc_np(errno));
    }
    *ret_mail = mail;
    return NULL;
}

void mail_close(struct mail *mail)
{
    (void)mail; /* lives in the instance's arena */
}

/* --- one sending, on a pool thread --- */

struct sending {
    struct mail *mail;
    struct str bytes;
    char *from, *to;        /* SMTP: "<address>" */
    char *path, *temporary; /* file sink */
    size_t sent;
    CURLcode code;
    long smtp_status;
    int errno_value;
};

static void write_file(void *arg)
{
    struct sending *sending = arg;
    AUTO_FD fd = open(sending->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool is_written = fd >= 0 &&
                      write(fd, sending->bytes.ptr, sending->bytes.len) == (ssize_t)sending->bytes.len &&
                      fsync(fd) == 0 && rename(sending->temporary, sending->path) == 0;
    if (!is_written)
        sending->errno_value = errno != 0 ? errno : EIO;
}

static size_t give_bytes(char *buf, size_t size, size_t count, void *arg)
{
    struct sending *sending = arg;
    struct str part = str_slice(sending->bytes, sending->sent, size * count);
    if (part.len != 0)
        memcpy(buf, part.ptr, part.len);
    sending->sent += part.len;
    return part.len;
}

/* Said, although libcurl would by itself: nothing outside may take it back. */
static void set_trust(CURL *curl, const struct mail *mail)
{
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (str_is_empty(mail->ca_file))
        return;
    curl_easy_setopt(curl, CURLOPT_CAINFO, mail->ca_file.ptr);
    curl_easy_setopt(curl, CURLOPT_CAPATH, (char *)NULL);
}

static void set_options(CURL *curl, struct sending *sending, struct curl_slist *recipients)
{
    const struct mail_settings *settings = sending->mail->settings;
    curl_easy_setopt(curl, CURLOPT_URL, settings->url.ptr);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, sending->from);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_bytes);
    curl_easy_setopt(curl, CURLOPT_READDATA, sending);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(settings->timeout_us / US_PER_MS));
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     settings->requires_tls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_TRY);
    set_trust(curl, sending->mail);
    if (!str_is_empty(settings->user)) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, settings->user.ptr);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, settings->password.ptr);
    }
}

static void send_smtp(void *arg)
{
    struct sending *sending = arg;
    CURL *curl = curl_easy_init();
    struct curl_slist *recipients = curl_slist_append(NULL, sending->to);
    REQUIRE(curl != NULL && recipients != NULL);
    set_options(curl, sending, recipients);
    sending->code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &sending->smtp_status);
    curl_slist_free_all(recipients);
    curl_easy_cleanup(curl);
}

static struct error *judge_smtp(struct ctx *cx, const struct sending *sending)
{
    if (sending->code == CURLE_OK)
        return NULL;
    if (sending->code == CURLE_OPERATION_TIMEDOUT)
        return ERROR_CODE(cx, TIMEOUT, "the mail server took too long");
    if (sending->smtp_status >= 500 && sending->smtp_status < 600 && sending->code != CURLE_LOGIN_DENIED)
        return ERROR_CODE(cx, INVALID, "the mail server refused the message for good (%ld)",
                          sending->smtp_status);
    return ERROR_CODE(cx, UNAVAILABLE, "the mail server did not take the message: %s (%ld)",
                      curl_easy_strerror(sending->code), sending->smtp_status);
}

static void name_ends(struct arena *arena, const struct mail_message *message, struct sending *sending)
{
    struct mail *mail = sending->mail;
    struct str id = id_str(arena, message->id);
    struct str directory = mail->directory;
    struct str address = message_address(mail->settings->from);
    sending->path = arena_cstr(
        arena, arena_printf(arena, "%" STR_FMT "/%" STR_FMT ".eml", STR_ARG(directory), STR_ARG(id)));
    sending->temporary =
        arena_cstr(arena, arena_printf(arena, "%" STR_FMT "/.%" STR_FMT, STR_ARG(directory), STR_ARG(id)));
    sending->from = arena_cstr(arena, arena_printf(arena, "<%" STR_FMT ">", STR_ARG(address)));
    sending->to = arena_cstr(arena, arena_printf(arena, "<%" STR_FMT ">", STR_ARG(message->to)));
}

struct error *mail_send(struct ctx *cx, const struct mail_message *message)
{
    struct mail *mail = cx->platform->mail;
    struct sending sending = {
        .mail = mail,
        .bytes = message_compose(cx->arena, message, mail->settings->from, mail->host, clock_now(cx)),
    };
    name_ends(cx->arena, message, &sending);
    FAULT_POINT(cx, "mail.send");
    if (!email_is_valid(message->to))
        return ERROR_CODE(cx, INVALID, "the recipient's address is not valid");
    bool is_file = mail->directory.ptr != NULL;
    TRY(pool_call(cx, cx->platform->blocking_pool, is_file ? write_file : send_smtp, &sending));
    if (!is_file)
        return judge_smtp(cx, &sending);
    return sending.errno_value == 0 ? NULL
                                    : ERROR_CODE(cx, UNAVAILABLE, "the mail cannot be written: %s",
                                                 strerrordesc_np(sending.errno_value));
}

/* --- the job --- */

/* clang-format off */
static const struct json_field message_fields[] = {
    JSON_ID(struct mail_message, id, .flags = JSON_REQUIRED),
    JSON_TEXT(struct mail_message, to, .flags = JSON_REQUIRED, .max = 254),
    JSON_TEXT(struct mail_message, to_name, .flags = JSON_OMITTED, .max = 200),
    JSON_TEXT(struct mail_message, subject, .flags = JSON_REQUIRED, .max = 400),
    JSON_TEXT(struct mail_message, text, .flags = JSON_REQUIRED | JSON_MULTILINE, .max = 100000),
    JSON_TEXT(struct mail_message, html, .flags = JSON_OMITTED | JSON_MULTILINE, .max = 200000),
    JSON_TEXT(struct mail_message, unsubscribe_url, .flags = JSON_OMITTED, .max = 2000),
};
static const struct json_type message_type = JSON_TYPE("MailMessage", struct mail_message, message_fields);
/* clang-format on */

static struct error *run(struct ctx *cx, const struct job *job)
{
    struct mail_message message;
    TRY(json_decode(cx->arena, &message_type, job->payload, &message));
    return mail_send(cx, &message);
}

const struct job_type mail_job = {
    .name = "mail.send",
    .help = "Sends one mail",
    .run = run,
    .max_attempts = 12,
    .concurrency = 2,
    .lease_us = 2 * US_PER_MINUTE,
};

struct error *mail_enqueue(struct ctx *cx, struct tx *tx, const struct mail_message *message)
{
    return job_enqueue(cx, tx, &mail_job, id_str(cx->arena, message->id),
                       json_encode(cx->arena, &message_type, message), INSTANT_NONE);
}
