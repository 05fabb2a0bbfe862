/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Use cases of profiles. */
#include "modules/profiles/profiles_service.h"

#include <assert.h>

#include "base/json/json_write.h"

#include "platform/clock/clock.h"
#include "platform/module/module.h"

#include "modules/identity/identity.h"
#include "modules/media/media.h"

enum { AVATAR_SIDE = 512 };

static struct profiles_state *state_of(const struct ctx *cx)
{
    return module_state(cx, &profiles_module);
}

void profiles_set_port(const struct ctx *cx, const struct profiles_port *port)
{
    state_of(cx)->port = port;
}

/* --- reading --- */

/* What a profile consists of, for views, patches and the completion measure alike. */
struct text_field {
    size_t row, view, patch;
};
#define TEXT_FIELD(member)                                                                                   \
    {                                                                                                        \
        offsetof(struct profile_row, member), offsetof(struct profile_view, member),                         \
            offsetof(struct profile_patch, member)                                                           \
    }
static const struct text_field text_fields[] = {
    TEXT_FIELD(bio),        TEXT_FIELD(first_name), TEXT_FIELD(last_name),      TEXT_FIELD(phone),
    TEXT_FIELD(website),    TEXT_FIELD(twitter),    TEXT_FIELD(instagram),      TEXT_FIELD(youtube),
    TEXT_FIELD(soundcloud), TEXT_FIELD(spotify),    TEXT_FIELD(store_currency),
};

static struct str *text_at(void *object, size_t offset)
{
    return (struct str *)(void *)((char *)object + offset);
}

static const struct str *const_text_at(const void *object, size_t offset)
{
    return (const struct str *)(const void *)((const char *)object + offset);
}

static void fill_view(struct ctx *cx, const struct identity_account *account, const struct profile_row *row,
                      struct profile_view *ret_view)
{
    int64_t filled = id_is_none(row->avatar_asset_id) ? 0 : 1;
    *ret_view = (struct profile_view){
        .id = account->id,
        .username = account->username,
        .display_name = account->display_name,
        .created_at = account->created_at,
        .email = account->email,
        .version = account->version + row->version,
    };
    for (size_t i = 0; i < COUNT_OF(text_fields); i++) {
        struct str text = *const_text_at(row, text_fields[i].row);
        *text_at(ret_view, text_fields[i].view) = text;
        filled += !str_is_empty(text);
    }
    ret_view->completion = filled * 100 / (int64_t)(COUNT_OF(text_fields) + 1);
    if (!id_is_none(row->avatar_asset_id))
        ret_view->avatar_url = media_image_url(cx, row->avatar_asset_id, AVATAR_SIDE);
}

static void hide_private(struct profile_view *view)
{
    view->email = view->first_name = view->last_name = view->phone = STR_NONE;
    view->completion = 0;
}

static struct error *find_account(struct ctx *cx, struct str key, struct identity_account *ret_account,
                                  bool *ret_found)
{
    struct id account_id;
    if (id_parse(key, &account_id))
        return identity_find_account(cx, NULL, account_id, ret_account, ret_found);
    return identity_find_account_by_name(cx, key, ret_account, ret_found);
}

struct error *profiles_load_public(struct ctx *cx, struct str key, struct profile_view *ret_view)
{
    struct identity_account account = {0};
    struct profile_row row = {0};
    bool is_found = false;
    TRY(find_account(cx, key, &account, &is_found));
    if (!is_found || account.status != IDENTITY_ACTIVE)
        return ERROR_CODE(cx, NOT_FOUND, "there is nobody of this name");
    TRY(profiles_repo_find(cx, NULL, account.id, &row));
    fill_view(cx, &account, &row, ret_view);
    hide_private(ret_view);
    return NULL;
}

struct error *profiles_load_own(struct ctx *cx, struct profile_view *ret_view)
{
    struct identity_account account = {0};
    struct profile_row row = {0};
    bool is_found = false;
    TRY(identity_find_account(cx, NULL, cx->caller->account_id, &account, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "no such account");
    TRY(profiles_repo_find(cx, NULL, account.id, &row));
    fill_view(cx, &account, &row, ret_view);
    return NULL;
}

/* --- changing --- */

static struct error *rename_owner(struct ctx *cx, struct tx *tx, struct str display_name)
{
    const struct profiles_port *port = state_of(cx)->port;
    TRY(identity_rename(cx, tx, cx->caller->account_id, display_name));
    return port != NULL ? port->renamed(cx, tx, cx->caller->account_id, display_name) : NULL;
}

static struct error *patch(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct profile_patch *patch = arg;
    struct profile_row row = {0};
    if (JSON_HAS(&profile_patch_body, patch, struct profile_patch, display_name))
        TRY(rename_owner(cx, tx, patch->display_name));
    TRY(profiles_repo_lock(cx, tx, cx->caller->account_id, &row));
    for (size_t i = 0; i < COUNT_OF(text_fields); i++) {
        struct str text = *const_text_at(patch, text_fields[i].patch);
        if (json_was_present(&profile_patch_body, patch, text_fields[i].patch))
            *text_at(&row, text_fields[i].row) = text.ptr != NULL ? text : STR("");
    }
    return profiles_repo_upsert(cx, tx, &row, clock_now(cx));
}

struct error *profiles_patch_own(struct ctx *cx, const struct profile_patch *changes)
{
    struct profile_patch copy = *changes;
    return db_transact(cx, TX_WRITE, patch, &copy);
}

/* upload_id none: the avatar goes. */
static struct error *replace_avatar(struct ctx *cx, struct tx *tx, void *arg)
{
    struct id upload_id = *(const struct id *)arg;
    struct profile_row row = {0};
    TRY(profiles_repo_lock(cx, tx, cx->caller->account_id, &row));
    if (!id_is_none(row.avatar_asset_id))
        TRY(media_release_asset(cx, tx, row.avatar_asset_id));
    row.avatar_asset_id = ID_NONE;
    if (!id_is_none(upload_id))
        TRY(media_adopt_upload(cx, tx, upload_id, MEDIA_AVATAR, &row.avatar_asset_id));
    return profiles_repo_upsert(cx, tx, &row, clock_now(cx));
}

struct error *profiles_set_avatar(struct ctx *cx, struct id upload_id)
{
    return db_transact(cx, TX_WRITE, replace_avatar, &upload_id);
}

struct error *profiles_remove_avatar(struct ctx *cx)
{
    struct id none = ID_NONE;
    return db_transact(cx, TX_WRITE, replace_avatar, &none);
}

/* --- export and erasure --- */

struct error *profiles_export_account(struct ctx *cx, struct id account_id, struct str *ret_json)
{
    struct profile_row row = {0};
    struct strbuf out;
    struct json_writer writer;
    static const char *const names[] = {"bio",        "first_name", "last_name",     "phone",
                                        "website",    "twitter",    "instagram",     "youtube",
                                        "soundcloud", "spotify",    "store_currency"};
    static_assert(COUNT_OF(names) == COUNT_OF(text_fields), "one name per field");
    TRY(profiles_repo_find(cx, NULL, account_id, &row));
    strbuf_init(&out, cx->arena, 64 << 10);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    for (size_t i = 0; i < COUNT_OF(text_fields); i++) {
        json_name(&writer, str_cstr(names[i]));
        json_put_text(&writer, *const_text_at(&row, text_fields[i].row));
    }
    json_end_object(&writer);
    *ret_json = strbuf_str(&out);
    return NULL;
}

struct error *profiles_erase_account(struct ctx *cx, struct tx *tx, struct id account_id)
{
    struct profile_row row = {0};
    TRY(profiles_repo_lock(cx, tx, account_id, &row));
    if (!id_is_none(row.avatar_asset_id))
        TRY(media_release_asset(cx, tx, row.avatar_asset_id));
    return profiles_repo_delete(cx, tx, account_id);
}
