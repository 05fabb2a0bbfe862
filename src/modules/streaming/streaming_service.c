/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Use cases of streaming: who may play what, playlists, segments, previews. */
#include "modules/streaming/streaming_service.h"

#include "base/mem/alloc.h"
#include "base/text/encode.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/module/module.h"
#include "platform/storage/open_files.h"

#include "modules/catalog/catalog.h"
#include "modules/licensing/licensing.h"
#include "modules/media/media.h"

enum { SIGNATURE_BYTES = 12, TOKEN_MAC_BYTES = 16, OPEN_PER_LOOP = 128 };
static const int64_t token_lifetime_us = 12 * US_PER_HOUR;
enum { KEEP_OPEN_S = 300 }; /* a deleted file is let go of then */

/* Two tables, since what is kept with a file differs and both are asked for by ids of clients. */
struct streaming_state {
    struct open_files *renditions;
    struct open_files *previews;
};

struct error *streaming_start(struct ctx *cx, const void *settings, void **ret_state)
{
    (void)cx;
    (void)settings;
    struct streaming_state *state = MEM_NEW(struct streaming_state);
    state->renditions = open_files_new(OPEN_PER_LOOP, KEEP_OPEN_S * US_PER_SECOND);
    state->previews = open_files_new(OPEN_PER_LOOP, KEEP_OPEN_S * US_PER_SECOND);
    *ret_state = state;
    return NULL;
}

void streaming_stop(void *arg)
{
    struct streaming_state *state = arg;
    open_files_free(state->renditions);
    open_files_free(state->previews);
    mem_free(state);
}

static struct streaming_state *state_of(const struct ctx *cx)
{
    return module_state(cx, &streaming_module);
}

/* --- rights --- */

static struct error *may_play(struct ctx *cx, struct id account_id, const struct catalog_spec *spec,
                              bool *ret_may)
{
    *ret_may = !id_is_none(account_id) && id_equal(account_id, spec->owner_id);
    if (*ret_may || id_is_none(account_id) || spec->status == CATALOG_TAKEN_DOWN)
        return NULL;
    return licensing_may_stream(cx, account_id, spec->id, ret_may);
}

/* --- playlist tokens, for players that send neither cookie nor header --- */

struct playlist_token {
    struct id account_id;
    int64_t expires_us;
};

static void sign_token(const struct ctx *cx, struct id spec_id, const struct playlist_token *token,
                       uint8_t ret_mac[SHA256_BYTES])
{
    uint8_t bytes[sizeof(spec_id.bytes) + sizeof(*token)];
    memcpy(bytes, spec_id.bytes, sizeof(spec_id.bytes));
    memcpy(bytes + sizeof(spec_id.bytes), token, sizeof(*token));
    hmac_sha256(crypto_key(cx->platform->crypto, "streaming.playlist"), SHA256_BYTES, bytes, sizeof(bytes),
                ret_mac);
}

static struct str make_token(struct ctx *cx, struct id spec_id, struct id account_id)
{
    struct playlist_token token = {account_id, clock_now(cx).us + token_lifetime_us};
    uint8_t bytes[sizeof(token) + TOKEN_MAC_BYTES];
    uint8_t mac[SHA256_BYTES];
    sign_token(cx, spec_id, &token, mac);
    memcpy(bytes, &token, sizeof(token));
    memcpy(bytes + sizeof(token), mac, TOKEN_MAC_BYTES);
    return base64url_encode(cx->arena, bytes, sizeof(bytes));
}

static struct error *read_token(struct ctx *cx, struct id spec_id, struct str text, struct id *ret_account_id)
{
    struct str bytes = {0};
    struct playlist_token token;
    uint8_t mac[SHA256_BYTES];
    if (!base64url_decode(cx->arena, text, &bytes) || bytes.len != sizeof(token) + TOKEN_MAC_BYTES)
        return ERROR(cx, streaming_token_invalid, "the token is malformed");
    memcpy(&token, bytes.ptr, sizeof(token));
    sign_token(cx, spec_id, &token, mac);
    if (!crypto_equal(mac, bytes.ptr + sizeof(token), TOKEN_MAC_BYTES) ||
        token.expires_us <= clock_now(cx).us)
        return ERROR(cx, streaming_token_invalid, "the token is wrong or has expired");
    *ret_account_id = token.account_id;
    return NULL;
}

/* --- the offer --- */

static struct error *is_ready(struct ctx *cx, struct id asset_id, bool *ret_ready)
{
    struct media_asset asset = {0};
    bool is_found = false;
    *ret_ready = false;
    if (id_is_none(asset_id))
        return NULL;
    TRY(media_find_asset(cx, NULL, asset_id, &asset, &is_found));
    *ret_ready = is_found && asset.status == MEDIA_READY;
    return NULL;
}

struct error *streaming_offer(struct ctx *cx, struct str key, struct streaming_offer *ret_offer)
{
    struct catalog_spec spec = {0};
    bool may = false, ready = false;
    TRY(catalog_load_visible_spec(cx, key, &spec));
    TRY(is_ready(cx, spec.master_asset_id, &ready));
    *ret_offer = (struct streaming_offer){.expires_at = window_end(window_of(clock_now(cx)))};
    if (!ready)
        return NULL;
    ret_offer->preview_url =
        arena_printf(cx->arena, "%" STR_FMT "/media/previews/%" STR_FMT ".mp3",
                     STR_ARG(media_public_prefix(cx)), STR_ARG(id_str(cx->arena, spec.master_asset_id)));
    TRY(may_play(cx, cx->caller->account_id, &spec, &may));
    if (may)
        ret_offer->hls_url = arena_printf(cx->arena, "/media/hls/%" STR_FMT "/master.m3u8?token=%" STR_FMT,
                                          STR_ARG(id_str(cx->arena, spec.id)),
                                          STR_ARG(make_token(cx, spec.id, cx->caller->account_id)));
    return NULL;
}

/* --- playlists --- */

/* The renditions of a spec that this caller may play. */
static struct error *load_renditions(struct ctx *cx, struct id spec_id, struct str token,
                                     struct array *ret_renditions)
{
    struct catalog_spec spec = {0};
    struct id account_id = cx->caller->account_id;
    bool is_found = false, may = false;
    if (!str_is_empty(token))
        TRY(read_token(cx, spec_id, token, &account_id));
    TRY(catalog_find_spec(cx, NULL, spec_id, &spec, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such recording");
    TRY(may_play(cx, account_id, &spec, &may));
    bool is_public = spec.status == CATALOG_PUBLISHED || spec.status == CATALOG_SOLD;
    if (!may && !is_public) /* somebody else's draft is as hidden here as it is in the catalogue */
        return ERROR_CODE(cx, NOT_FOUND, "there is no such recording");
    if (!may)
        return ERROR(cx, streaming_not_entitled, "buy a licence to hear the whole recording");
    TRY(media_list_renditions(cx, spec.master_asset_id, ret_renditions));
    if (ret_renditions->count == 0)
        return ERROR(cx, streaming_not_ready, "the recording is still being processed");
    return NULL;
}

struct error *streaming_master_playlist(struct ctx *cx, struct id spec_id, struct str token,
                                        struct str *ret_playlist)
{
    struct array renditions = {0};
    TRY(load_renditions(cx, spec_id, token, &renditions));
    struct playlist_variant *variants = ARENA_ARRAY(cx->arena, struct playlist_variant, renditions.count);
    for (size_t i = 0; i < renditions.count; i++) {
        const struct media_rendition *rendition = ARRAY_AT(struct media_rendition, renditions, i);
        variants[i] = (struct playlist_variant){
            .url = str_is_empty(token)
                       ? arena_printf(cx->arena, "%" STR_FMT ".m3u8", STR_ARG(rendition->name))
                       : arena_printf(cx->arena, "%" STR_FMT ".m3u8?token=%" STR_FMT,
                                      STR_ARG(rendition->name), STR_ARG(token)),
            .codecs = rendition->codecs,
            .name = rendition->name,
            .bandwidth = rendition->bandwidth,
            .average_bandwidth = rendition->average_bandwidth,
        };
    }
    *ret_playlist = playlist_master(cx->arena, variants, renditions.count);
    return NULL;
}

static void sign_segments(const struct ctx *cx, struct id rendition_id, int64_t window,
                          uint8_t ret_mac[SHA256_BYTES])
{
    uint8_t bytes[sizeof(rendition_id.bytes) + sizeof(window)];
    memcpy(bytes, rendition_id.bytes, sizeof(rendition_id.bytes));
    memcpy(bytes + sizeof(rendition_id.bytes), &window, sizeof(window));
    hmac_sha256(crypto_key(cx->platform->crypto, "streaming.segment"), SHA256_BYTES, bytes, sizeof(bytes),
                ret_mac);
}

static struct str segment_base(struct ctx *cx, struct id rendition_id)
{
    uint8_t mac[SHA256_BYTES];
    int64_t window = window_of(clock_now(cx));
    sign_segments(cx, rendition_id, window, mac);
    return arena_printf(cx->arena, "%" STR_FMT "/media/%" STR_FMT "/%lld/%" STR_FMT,
                        STR_ARG(media_public_prefix(cx)), STR_ARG(id_str(cx->arena, rendition_id)),
                        (long long)window, STR_ARG(base64url_encode(cx->arena, mac, SIGNATURE_BYTES)));
}

static const struct media_rendition *find_by_name(const struct array *renditions, struct str name)
{
    for (size_t i = 0; i < renditions->count; i++)
        if (str_equal(ARRAY_AT(struct media_rendition, *renditions, i)->name, name))
            return ARRAY_AT(struct media_rendition, *renditions, i);
    return NULL;
}

struct error *streaming_media_playlist(struct ctx *cx, struct id spec_id, struct str rendition_name,
                                       struct str token, struct str *ret_playlist)
{
    struct array renditions = {0};
    struct segment *segments = NULL;
    size_t count = 0;
    TRY(load_renditions(cx, spec_id, token, &renditions));
    const struct media_rendition *rendition = find_by_name(&renditions, rendition_name);
    if (rendition == NULL)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such rendition");
    if (!segments_parse(cx->arena, rendition->segments, &segments, &count))
        return ERROR_CODE(cx, INTERNAL, "the segment table of rendition %" STR_FMT " cannot be read",
                          STR_ARG(id_str(cx->arena, rendition->id)));
    *ret_playlist = playlist_media(cx->arena, segment_base(cx, rendition->id), segments, count);
    return NULL;
}

/* --- segments --- */

/* What is kept with an open rendition: its segments, and the signatures of the windows in which it can be asked for while it
 * stays open, so that a segment costs no hashing. */
enum { KEPT_WINDOWS = 3 };
_Static_assert(KEEP_OPEN_S < 3600, "one window before the present one, and one after it");

struct rendition_facts {
    int64_t first_window;
    uint8_t signatures[KEPT_WINDOWS][SIGNATURE_BYTES];
    size_t count;
    struct segment segments[];
};

static struct str bytes_of(const struct id *id)
{
    return str_from((const char *)id->bytes, sizeof(id->bytes));
}

static struct str make_facts(struct ctx *cx, struct id rendition_id, const struct segment *segments,
                             size_t count)
{
    size_t size = sizeof(struct rendition_facts) + count * sizeof(*segments);
    struct rendition_facts *facts = arena_alloc(cx->arena, size);
    facts->first_window = window_of(clock_now(cx)) - 1;
    facts->count = count;
    memcpy(facts->segments, segments, count * sizeof(*segments));
    for (int i = 0; i < KEPT_WINDOWS; i++) {
        uint8_t mac[SHA256_BYTES];
        sign_segments(cx, rendition_id, facts->first_window + i, mac);
        memcpy(facts->signatures[i], mac, SIGNATURE_BYTES);
    }
    return str_from((const char *)facts, size);
}

static struct error *open_rendition(struct ctx *cx, struct id rendition_id, const struct open_file **ret_file)
{
    struct media_rendition rendition = {0};
    struct segment *segments = NULL;
    size_t count = 0;
    bool is_found = false;
    TRY(media_find_rendition(cx, rendition_id, &rendition, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such rendition");
    if (!segments_parse(cx->arena, rendition.segments, &segments, &count))
        return ERROR_CODE(cx, INTERNAL, "the segment table of a rendition cannot be read");
    int fd = -1;
    int64_t size_bytes = 0;
    TRY(storage_read(cx, &rendition.key, &fd, &size_bytes));
    *ret_file = open_files_put(state_of(cx)->renditions, bytes_of(&rendition_id), fd, size_bytes,
                               make_facts(cx, rendition_id, segments, count));
    return NULL;
}

static const struct rendition_facts *facts_of(const struct open_file *file)
{
    REQUIRE(file != NULL && file->facts.len >= sizeof(struct rendition_facts));
    return (const struct rendition_facts *)(const void *)file->facts.ptr;
}

static bool is_signed(struct ctx *cx, struct id rendition_id, int64_t window, struct str signature,
                      const struct open_file *file)
{
    struct str given = {0};
    uint8_t mac[SHA256_BYTES];
    if (!base64url_decode(cx->arena, signature, &given) || given.len != SIGNATURE_BYTES)
        return false;
    int64_t kept = file != NULL ? window - facts_of(file)->first_window : -1;
    if (kept >= 0 && kept < KEPT_WINDOWS)
        return crypto_equal(given.ptr, facts_of(file)->signatures[kept], SIGNATURE_BYTES);
    sign_segments(cx, rendition_id, window, mac);
    return crypto_equal(given.ptr, mac, SIGNATURE_BYTES);
}

static struct error *take_segment(struct ctx *cx, const struct open_file *file, int64_t number,
                                  struct streaming_part *ret_part)
{
    const struct rendition_facts *facts = facts_of(file);
    if (number < 0 || (size_t)number >= facts->count)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such segment");
    const struct segment *segment = &facts->segments[number];
    *ret_part = (struct streaming_part){
        .fd = file->fd, .offset = segment->offset, .size = segment->size, .file = file};
    return NULL;
}

/* Nothing is looked up for an address that is not ours. */
struct error *streaming_open_segment(struct ctx *cx, struct id rendition_id, int64_t window,
                                     struct str signature, int64_t number, struct streaming_part *ret_part)
{
    const struct open_file *file = open_files_find(state_of(cx)->renditions, bytes_of(&rendition_id));
    struct error *error = NULL;
    if (!window_is_open(window, clock_now(cx)) || !is_signed(cx, rendition_id, window, signature, file))
        error = ERROR(cx, streaming_segment_expired, "fetch the playlist again");
    if (error == NULL && file == NULL)
        error = open_rendition(cx, rendition_id, &file);
    if (error == NULL)
        error = take_segment(cx, file, number, ret_part);
    if (error == NULL)
        ret_part->identity = str_hash(bytes_of(&rendition_id));
    else
        open_files_release(file);
    return error;
}

/* --- previews --- */

static struct error *find_preview(struct ctx *cx, struct id asset_id, struct blob_key *ret_key)
{
    struct array files = {0};
    TRY(media_list_files(cx, NULL, asset_id, &files));
    for (size_t i = 0; i < files.count; i++) {
        const struct media_file *file = ARRAY_AT(struct media_file, files, i);
        if (file->kind == MEDIA_FILE_PREVIEW) {
            *ret_key = file->key;
            return NULL;
        }
    }
    return ERROR_CODE(cx, NOT_FOUND, "there is no preview");
}

static struct error *open_preview(struct ctx *cx, struct id asset_id, const struct open_file **ret_file)
{
    struct blob_key key;
    int fd = -1;
    int64_t size_bytes = 0;
    TRY(find_preview(cx, asset_id, &key));
    TRY(storage_read(cx, &key, &fd, &size_bytes));
    *ret_file = open_files_put(state_of(cx)->previews, bytes_of(&asset_id), fd, size_bytes, STR(""));
    return NULL;
}

struct error *streaming_open_preview(struct ctx *cx, struct id asset_id, struct streaming_part *ret_part)
{
    const struct open_file *file = open_files_find(state_of(cx)->previews, bytes_of(&asset_id));
    if (file == NULL)
        TRY(open_preview(cx, asset_id, &file));
    *ret_part = (struct streaming_part){
        .fd = file->fd, .size = file->size_bytes, .identity = str_hash(bytes_of(&asset_id)), .file = file};
    return NULL;
}

void streaming_close_part(struct streaming_part *part)
{
    open_files_release(part->file);
}
