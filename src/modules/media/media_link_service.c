/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Addresses of files: signed links that expire, and pictures that are public for ever. */
#include "base/text/encode.h"
#include "base/text/strbuf.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"

#include "modules/media/media_service.h"

/* Links with this purpose work only while their holder holds the file. */
static const struct str license_purpose = STR_INIT("license");

enum { MAX_LINK = 4096 };

/* --- signatures --- */

/* None of the texts can hold a newline, so the parts cannot be shifted. */
static struct str signature_of(struct ctx *cx, const struct media_link *link)
{
    uint8_t mac[SHA256_BYTES];
    struct str text = arena_printf(
        cx->arena, "%" STR_FMT "\n%" STR_FMT "\n%" STR_FMT "\n%" STR_FMT "\n%" STR_FMT "\n%lld",
        STR_ARG(blob_key_str(cx->arena, &link->key)), STR_ARG(link->name), STR_ARG(link->content_type),
        STR_ARG(link->purpose), STR_ARG(id_str(cx->arena, link->holder_id)), (long long)link->expires);
    hmac_sha256(crypto_key(cx->platform->crypto, "media.file"), SHA256_BYTES, text.ptr, text.len, mac);
    return base64url_encode(cx->arena, mac, sizeof(mac));
}

struct str media_file_url(struct ctx *cx, const struct media_file *file, struct str download_name,
                          struct str purpose, struct id holder_id, struct instant expires_at)
{
    const struct media_link link = {
        .key = file->key,
        .name = file_name_clean(cx->arena, download_name),
        .content_type = file->content_type,
        .purpose = purpose,
        .holder_id = holder_id,
        .expires = expires_at.us,
    };
    return arena_printf(
        cx->arena,
        "/media/files/%" STR_FMT "?name=%" STR_FMT "&type=%" STR_FMT "&purpose=%" STR_FMT "&holder=%" STR_FMT
        "&expires=%lld&sig=%" STR_FMT,
        STR_ARG(blob_key_str(cx->arena, &link.key)), STR_ARG(percent_encode(cx->arena, link.name)),
        STR_ARG(percent_encode(cx->arena, link.content_type)), STR_ARG(percent_encode(cx->arena, purpose)),
        STR_ARG(id_str(cx->arena, holder_id)), (long long)link.expires, STR_ARG(signature_of(cx, &link)));
}

/* The signature comes first: without it nobody learns what expired or was withdrawn. */
static struct error *check_link(struct ctx *cx, const struct media_link *link)
{
    struct str expected = signature_of(cx, link);
    bool is_ours =
        link->signature.len == expected.len && crypto_equal(link->signature.ptr, expected.ptr, expected.len);
    if (!is_ours)
        return ERROR(cx, media_link_invalid, "this link was not made here");
    if (clock_now(cx).us >= link->expires)
        return ERROR(cx, media_link_expired, "this link has expired; ask for a new one");
    if (!str_equal(link->purpose, license_purpose))
        return NULL;
    bool is_held = false;
    TRY(media_repo_find_ref(cx, &link->key, link->holder_id, BLOB_LICENSED, &is_held));
    return is_held ? NULL : ERROR(cx, media_link_expired, "the licence of this link was withdrawn");
}

struct error *media_open_link(struct ctx *cx, const struct media_link *link, struct media_open_file *ret_file)
{
    TRY(check_link(cx, link));
    return storage_read(cx, &link->key, &ret_file->fd, &ret_file->size_bytes);
}

/* --- pictures --- */

struct str media_public_prefix(const struct ctx *cx)
{
    return media_state_of(cx)->settings->media_url;
}

struct str media_image_url(struct ctx *cx, struct id asset_id, int side)
{
    struct str prefix = media_public_prefix(cx);
    return arena_printf(cx->arena, "%" STR_FMT "/media/images/%" STR_FMT "/%d.jpg", STR_ARG(prefix),
                        STR_ARG(id_str(cx->arena, asset_id)), side);
}

static struct error *open_variant(struct ctx *cx, struct id asset_id, struct str name, struct str key,
                                  const struct open_file **ret_file)
{
    struct variant_row variant;
    bool is_found = false;
    int fd = -1;
    int64_t size_bytes = 0;
    TRY(media_repo_find_variant(cx, asset_id, name, &variant, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such picture");
    struct blob_key blob = media_blob_key(variant.sha256);
    TRY(storage_read(cx, &blob, &fd, &size_bytes));
    *ret_file =
        open_files_put(media_state_of(cx)->images, key, fd, size_bytes, blob_key_str(cx->arena, &blob));
    return NULL;
}

struct error *media_open_image(struct ctx *cx, struct id asset_id, struct str name,
                               const struct open_file **ret_file)
{
    struct str key = arena_printf(cx->arena, "%" STR_FMT "/%" STR_FMT, STR_ARG(id_str(cx->arena, asset_id)),
                                  STR_ARG(name));
    *ret_file = open_files_find(media_state_of(cx)->images, key);
    return *ret_file != NULL ? NULL : open_variant(cx, asset_id, name, key, ret_file);
}
