/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Stand-ins for the facades of identity and media: what the catalogue asks of them, answered from memory. */
#include "platform/bus/bus.h"

#include "modules/catalog/tests/studio.h"
#include "modules/identity/identity.h"

/* --- identity --- */

const struct reason identity_not_verified = {.name = "identity.not_verified", .code = ERROR_FORBIDDEN};

struct id studio_account(uint32_t number)
{
    return (struct id){{0x01, 0x9a, [14] = (uint8_t)(number >> 8), (uint8_t)number}};
}

struct error *identity_find_account(struct ctx *cx, struct tx *tx, struct id account_id,
                                    struct identity_account *ret_account, bool *ret_found)
{
    (void)tx;
    int number = account_id.bytes[14] << 8 | account_id.bytes[15];
    *ret_account = (struct identity_account){
        .id = account_id,
        .username = arena_printf(cx->arena, "user%d", number),
        .display_name = arena_printf(cx->arena, "User %d", number),
    };
    *ret_found = true;
    return NULL;
}

struct error *identity_find_account_by_name(struct ctx *cx, struct str username,
                                            struct identity_account *ret_account, bool *ret_found)
{
    *ret_found = str_starts_with(username, STR("user"));
    if (!*ret_found)
        return NULL;
    return identity_find_account(cx, NULL, studio_account((uint32_t)(username.ptr[4] - '0')), ret_account,
                                 ret_found);
}

struct error *identity_require_verified(struct ctx *cx)
{
    return studio_is_verified ? NULL : ERROR(cx, identity_not_verified, "confirm the address first");
}

/* --- media --- */

enum { MAX_ASSETS = 512 };
static struct media_asset assets[MAX_ASSETS];
static bool released[MAX_ASSETS];
static struct str fingerprints[MAX_ASSETS];
static size_t asset_count;

static const char *const status_words[] = {"queued", "running", "ready", "failed"};
static const char *const stage_words[] = {"scan", "probe", "analyse", "encode", "publish"};
const struct enum_table media_status_words = ENUM_TABLE("asset_status", status_words);
const struct enum_table media_stage_words = ENUM_TABLE("asset_stage", stage_words);
const struct reason media_not_ready = {.name = "media.not_ready", .code = ERROR_CONFLICT};

static const struct json_field event_fields[] = {
    JSON_ID(struct media_asset_event, asset_id, .flags = JSON_REQUIRED),
    JSON_ID(struct media_asset_event, owner_id, .flags = JSON_REQUIRED),
};
static const struct json_type event_payload =
    JSON_TYPE("MediaAssetEvent", struct media_asset_event, event_fields);
const struct event_type media_asset_ready = {.name = "media.asset.ready", .payload = &event_payload};
const struct event_type media_asset_failed = {.name = "media.asset.failed", .payload = &event_payload};

void studio_forget_assets(void)
{
    memset(released, 0, sizeof(released));
    memset(fingerprints, 0, sizeof(fingerprints));
    asset_count = 0;
}

struct media_asset *studio_asset(struct id id)
{
    for (size_t i = 0; i < asset_count; i++)
        if (id_equal(assets[i].id, id))
            return &assets[i];
    REQUIRE(asset_count < MAX_ASSETS);
    assets[asset_count] =
        (struct media_asset){.id = id, .status = MEDIA_QUEUED, .file_name = STR("file.wav")};
    return &assets[asset_count++];
}

bool studio_was_released(struct id asset_id)
{
    return released[studio_asset(asset_id) - assets];
}

struct error *media_adopt_upload(struct ctx *cx, struct tx *tx, struct id upload_id,
                                 enum media_purpose purpose, struct id *ret_asset_id)
{
    (void)cx;
    (void)tx;
    studio_asset(upload_id)->purpose = (int32_t)purpose;
    *ret_asset_id = upload_id;
    return NULL;
}

struct error *media_find_adopted(struct ctx *cx, struct tx *tx, struct id upload_id, struct id *ret_asset_id,
                                 bool *ret_found)
{
    (void)cx;
    (void)tx;
    *ret_asset_id = upload_id; /* as above */
    *ret_found = true;
    return NULL;
}

struct error *media_find_asset(struct ctx *cx, struct tx *tx, struct id asset_id,
                               struct media_asset *ret_asset, bool *ret_found)
{
    (void)cx;
    (void)tx;
    *ret_asset = *studio_asset(asset_id);
    *ret_found = true;
    return NULL;
}

struct str *studio_fingerprint(struct id asset_id)
{
    return &fingerprints[studio_asset(asset_id) - assets];
}

struct error *media_find_fingerprint(struct ctx *cx, struct tx *tx, struct id asset_id, struct str *ret_raw)
{
    (void)cx;
    (void)tx;
    *ret_raw = *studio_fingerprint(asset_id);
    return NULL;
}

struct error *media_release_asset(struct ctx *cx, struct tx *tx, struct id asset_id)
{
    (void)cx;
    (void)tx;
    released[studio_asset(asset_id) - assets] = true;
    return NULL;
}

struct error *media_list_files(struct ctx *cx, struct tx *tx, struct id asset_id, struct array *ret_files)
{
    const struct media_asset *asset = studio_asset(asset_id);
    int64_t size_bytes = asset->size_bytes != 0 ? asset->size_bytes : 1000;
    struct media_file *files = ARENA_ARRAY(cx->arena, struct media_file, 2);
    (void)tx;
    files[0] =
        (struct media_file){MEDIA_FILE_MP3, asset->original, size_bytes, STR("audio/mpeg"), STR("mp3")};
    files[1] = (struct media_file){MEDIA_FILE_WAV, asset->original, size_bytes, STR("audio/wav"), STR("wav")};
    size_t count = asset->is_lossless ? 2 : 1;
    *ret_files = (struct array){files, asset->status == MEDIA_READY ? count : 0};
    return NULL;
}

struct error *media_hold(struct ctx *cx, struct tx *tx, struct id holder_id, const struct blob_key *key)
{
    (void)cx;
    (void)tx;
    (void)holder_id;
    (void)key;
    return NULL;
}

struct str media_image_url(struct ctx *cx, struct id asset_id, int side)
{
    if (studio_asset(asset_id)->status != MEDIA_READY)
        return STR_NONE;
    return arena_printf(cx->arena, "/media/images/%" STR_FMT "/%d", STR_ARG(id_str(cx->arena, asset_id)),
                        side);
}

struct str media_file_url(struct ctx *cx, const struct media_file *file, struct str download_name,
                          struct str purpose, struct id holder_id, struct instant expires_at)
{
    (void)file;
    (void)purpose;
    (void)holder_id;
    return arena_printf(cx->arena, "/media/files/x?name=%" STR_FMT "&until=%lld", STR_ARG(download_name),
                        (long long)expires_at.us);
}
