/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Downloads: links that expire and need no login, counted once each when they are first used, served by ourselves so that a refund
 * stops them at once. */
#include "base/text/encode.h"
#include "base/text/number.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/storage/storage.h"

#include "modules/licensing/licensing_service.h"

/* --- links --- */

struct str licensing_sign(struct ctx *cx, struct id license_id, struct str part, struct id grant_id,
                          int64_t expires_s)
{
    uint8_t mac[SHA256_BYTES];
    struct str text = arena_printf(cx->arena, "%" STR_FMT "\n%" STR_FMT "\n%" STR_FMT "\n%lld",
                                   STR_ARG(id_str(cx->arena, license_id)), STR_ARG(part),
                                   STR_ARG(id_str(cx->arena, grant_id)), (long long)expires_s);
    hmac_sha256(crypto_key(cx->platform->crypto, "licensing.download"), SHA256_BYTES, text.ptr, text.len,
                mac);
    return base64url_encode(cx->arena, mac, sizeof(mac));
}

struct error *licensing_check_grant(struct ctx *cx, struct id license_id, struct str part,
                                    const struct license_grant *grant)
{
    struct str expected = licensing_sign(cx, license_id, part, grant->grant, grant->expires);
    if (grant->signature.len != expected.len ||
        !crypto_equal(grant->signature.ptr, expected.ptr, expected.len))
        return ERROR_CODE(cx, NOT_FOUND, "this is no link of ours");
    if (grant->expires <= clock_now(cx).us / US_PER_SECOND)
        return ERROR(cx, licensing_link_expired, "the download link has expired; ask for a new one");
    return NULL;
}

static struct str link_url(struct ctx *cx, struct id license_id, const char *path, struct str part,
                           int64_t expires_s)
{
    struct id grant_id = crypto_new_id(cx);
    struct str signature = licensing_sign(cx, license_id, part, grant_id, expires_s);
    return arena_printf(cx->arena,
                        "%" STR_FMT "/api/v1/licenses/%" STR_FMT "/%s%" STR_FMT "?grant=%" STR_FMT
                        "&expires=%lld&signature=%" STR_FMT,
                        STR_ARG(cx->platform->public_url), STR_ARG(id_str(cx->arena, license_id)), path,
                        STR_ARG(part), STR_ARG(id_str(cx->arena, grant_id)), (long long)expires_s,
                        STR_ARG(signature));
}

struct error *licensing_make_links(struct ctx *cx, struct id license_id,
                                   struct license_downloads *ret_downloads)
{
    struct license_row license = {0};
    struct array rows = {0};
    bool is_found = false;
    TRY(licensing_repo_find(cx, NULL, license_id, &license, &is_found));
    if (!is_found || !caller_is(cx, license.buyer_id))
        return ERROR_CODE(cx, NOT_FOUND, "there is no such licence");
    if (!instant_is_none(license.withdrawn_at))
        return ERROR(cx, licensing_revoked, "the licence was withdrawn");
    TRY(licensing_repo_list_files(cx, license_id, &rows));
    int64_t expires_s =
        instant_add_us(clock_now(cx), licensing_state_of(cx)->settings->link_us).us / US_PER_SECOND;
    struct license_link *links = ARENA_ARRAY(cx->arena, struct license_link, rows.count);
    for (size_t i = 0; i < rows.count; i++) {
        const struct license_file_row *row = ARRAY_AT(struct license_file_row, rows, i);
        links[i] = (struct license_link){
            .kind = row->kind,
            .file_name = row->file_name,
            .size_bytes = row->size_bytes,
            .sha256 = hex_encode(cx->arena, row->sha256.ptr, row->sha256.len),
            .url =
                link_url(cx, license_id, "files/", enum_word(&license_file_kind_words, row->kind), expires_s),
            .expires_at = {expires_s * US_PER_SECOND},
            .downloads = row->downloads,
        };
    }
    ret_downloads->files = (struct array){links, rows.count};
    ret_downloads->contract_url = link_url(cx, license_id, "", STR("contract"), expires_s);
    return NULL;
}

/* --- delivery --- */

struct counting {
    struct id license_id;
    enum license_file_kind kind;
    const struct license_grant *grant;
    struct license_file_row file;
};

static struct error *explain(struct ctx *cx, enum license_download_verdict verdict)
{
    switch (verdict) {
    case DOWNLOAD_OK:
        break;
    case DOWNLOAD_WITHDRAWN:
        return ERROR(cx, licensing_revoked, "the licence was withdrawn");
    case DOWNLOAD_LINK_EXPIRED:
        return ERROR(cx, licensing_link_expired, "the download link has expired; ask for a new one");
    case DOWNLOAD_USED_UP:
        return ERROR(cx, licensing_downloads_used, "the number of downloads of this file is used up");
    }
    return NULL;
}

static struct error *count_in_tx(struct ctx *cx, struct tx *tx, void *arg)
{
    struct counting *counting = arg;
    struct license_row license = {0};
    struct instant now = clock_now(cx);
    bool is_found = false, is_new = false;
    TRY(licensing_repo_find(cx, tx, counting->license_id, &license, &is_found));
    if (is_found)
        TRY(licensing_repo_lock_file(cx, tx, counting->license_id, counting->kind, &counting->file,
                                     &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "the licence has no such file");
    struct license_use_row use = {counting->grant->grant, counting->license_id, (int32_t)counting->kind, now};
    TRY(licensing_repo_insert_grant(cx, tx, &use, &is_new));
    struct license_download_facts facts = {
        .is_withdrawn = !instant_is_none(license.withdrawn_at),
        .is_known_grant = !is_new,
        .expires_at = {counting->grant->expires * US_PER_SECOND},
        .now = now,
        .downloads = counting->file.downloads,
        .max_downloads = licensing_state_of(cx)->settings->max_downloads,
    };
    TRY(explain(cx, license_judge_download(&facts)));
    return is_new ? licensing_repo_count_download(cx, tx, counting->license_id, counting->kind, now) : NULL;
}

struct error *licensing_deliver(struct ctx *cx, struct id license_id, enum license_file_kind kind,
                                const struct license_grant *grant, struct license_delivery *ret_delivery)
{
    struct counting counting = {.license_id = license_id, .kind = kind, .grant = grant};
    struct blob_key key;
    int fd = -1;
    int64_t size_bytes = 0;
    TRY(licensing_check_grant(cx, license_id, enum_word(&license_file_kind_words, (int)kind), grant));
    TRY(db_transact(cx, TX_WRITE, count_in_tx, &counting));
    REQUIRE(counting.file.sha256.len == sizeof(key.sha256));
    memcpy(key.sha256, counting.file.sha256.ptr, sizeof(key.sha256));
    TRY(storage_read(cx, &key, &fd, &size_bytes));
    *ret_delivery = (struct license_delivery){
        .fd = fd,
        .size_bytes = size_bytes,
        .content_type = counting.file.content_type,
        .disposition = license_disposition(cx->arena, counting.file.file_name),
        .etag = arena_printf(cx->arena, "\"%" STR_FMT "\"",
                             STR_ARG(hex_encode(cx->arena, key.sha256, sizeof(key.sha256)))),
    };
    return NULL;
}

/* Grants are of no use once their links have expired, with a day to spare. */
static struct error *sweep(struct ctx *cx, const struct job *job)
{
    (void)job;
    return licensing_repo_sweep_grants(
        cx, instant_add_us(clock_now(cx), -licensing_state_of(cx)->settings->link_us - US_PER_DAY));
}

const struct job_type licensing_sweep_job = {
    .name = "licensing.sweep",
    .help = "Forgets download links that have expired",
    .run = sweep,
    .every_us = US_PER_HOUR,
};
