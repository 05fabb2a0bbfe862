/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Licences come and go in the transactions of orders: issued with their files and entitlement, withdrawn with them. */
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"

#include "modules/licensing/licensing_service.h"
#include "modules/media/media.h"

/* The file of each kind that the sold assets give; content_type absent: there is none. */
struct found_files {
    struct media_file files[LICENSE_FILE_KINDS];
};

static bool is_wav(const struct media_file *file)
{
    return file->kind == MEDIA_FILE_ORIGINAL && str_equal_nocase(file->extension, STR("wav"));
}

static void take_file(struct found_files *found, enum license_file_kind kind, const struct media_file *file)
{
    found->files[kind] = *file;
}

/* The master as it was uploaded is the WAV when it is one; else media has made one, of lossless masters only. */
static void take_files(struct found_files *found, const struct array *files)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct media_file *file = ARRAY_AT(struct media_file, *files, i);
        if (file->kind == MEDIA_FILE_MP3)
            take_file(found, LICENSE_MP3, file);
        else if (is_wav(file) || (file->kind == MEDIA_FILE_WAV && found->files[LICENSE_WAV].size_bytes == 0))
            take_file(found, LICENSE_WAV, file);
    }
}

static void take_stems(struct found_files *found, const struct array *files)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct media_file *file = ARRAY_AT(struct media_file, *files, i);
        if (file->kind == MEDIA_FILE_STEMS ||
            (file->kind == MEDIA_FILE_ORIGINAL && found->files[LICENSE_STEMS].size_bytes == 0))
            take_file(found, LICENSE_STEMS, file);
    }
}

static struct error *find_files(struct ctx *cx, struct tx *tx, const struct licensing_issue *issue,
                                struct found_files *ret_found)
{
    struct array files = {0};
    if (!id_is_none(issue->master_asset_id)) {
        TRY(media_list_files(cx, tx, issue->master_asset_id, &files));
        take_files(ret_found, &files);
    }
    if (!id_is_none(issue->stems_asset_id)) {
        TRY(media_list_files(cx, tx, issue->stems_asset_id, &files));
        take_stems(ret_found, &files);
    }
    return NULL;
}

static unsigned promised_files(struct ctx *cx, struct str file_types)
{
    unsigned promised = 0;
    struct array kinds = licensing_read_kinds(cx, file_types);
    for (size_t i = 0; i < kinds.count; i++)
        promised |= LICENSE_FILE_BIT(*ARRAY_AT(int32_t, kinds, i));
    return promised;
}

static struct error *require_files(struct ctx *cx, const struct found_files *found, unsigned due)
{
    for (int kind = 0; kind < LICENSE_FILE_KINDS; kind++)
        if ((due & LICENSE_FILE_BIT(kind)) != 0 && found->files[kind].size_bytes == 0)
            return ERROR(cx, licensing_file_missing, "the %s file that the licence names does not exist",
                         license_file_kind_words.words[kind]);
    return NULL;
}

struct error *licensing_check_sale(struct ctx *cx, struct tx *tx, const struct licensing_issue *issue)
{
    struct found_files found = {0};
    TRY(find_files(cx, tx, issue, &found));
    return require_files(
        cx, &found, license_files_due((enum license_type)issue->type, promised_files(cx, issue->file_types)));
}

static struct error *keep_file(struct ctx *cx, struct tx *tx, const struct licensing_issue *issue,
                               struct id license_id, enum license_file_kind kind,
                               const struct media_file *file)
{
    struct license_file_row row = {
        .license_id = license_id,
        .kind = (int32_t)kind,
        .sha256 = str_from((const char *)file->key.sha256, sizeof(file->key.sha256)),
        .size_bytes = file->size_bytes,
        .file_name = license_file_name(cx->arena, issue->spec_title, kind, file->extension),
        .content_type = file->content_type,
    };
    TRY(media_hold(cx, tx, license_id, &file->key));
    return licensing_repo_insert_file(cx, tx, &row);
}

static struct str make_key(struct ctx *cx)
{
    uint8_t random[LICENSE_KEY_RANDOM];
    char *key = arena_alloc(cx->arena, LICENSE_KEY_CHARS);
    crypto_random(random, sizeof(random));
    license_key_make(random, key);
    return str_from(key, LICENSE_KEY_CHARS);
}

static struct license_row row_of(struct ctx *cx, const struct licensing_issue *issue)
{
    return (struct license_row){
        .id = crypto_new_id(cx),
        .license_key = make_key(cx),
        .order_id = issue->order_id,
        .order_line_id = issue->order_line_id,
        .buyer_id = issue->buyer_id,
        .seller_id = issue->seller_id,
        .buyer_name = issue->buyer_name,
        .seller_name = issue->seller_name,
        .spec_id = issue->spec_id,
        .spec_title = issue->spec_title,
        .option_id = issue->option_id,
        .type = issue->type,
        .option_name = issue->option_name,
        .features = issue->features,
        .file_types = issue->file_types,
        .terms = issue->terms,
        .price_minor = issue->price.minor,
        .currency = arena_str(cx->arena, str_cstr(issue->price.currency.code)),
        .issued_at = clock_now(cx),
    };
}

struct error *licensing_issue(struct ctx *cx, struct tx *tx, const struct licensing_issue *issue,
                              struct id *ret_license_id)
{
    struct found_files found = {0};
    unsigned promised = promised_files(cx, issue->file_types);
    unsigned wanted = license_files_wanted((enum license_type)issue->type, promised);
    TRY(find_files(cx, tx, issue, &found));
    TRY(require_files(cx, &found, license_files_due((enum license_type)issue->type, promised)));
    struct license_row license = row_of(cx, issue);
    struct str search =
        license_search_fold(cx->arena, arena_printf(cx->arena, "%" STR_FMT "\n%" STR_FMT,
                                                    STR_ARG(issue->spec_title), STR_ARG(issue->seller_name)));
    TRY(licensing_repo_insert(cx, tx, &license, search));
    for (int kind = 0; kind < LICENSE_FILE_KINDS; kind++)
        if ((wanted & LICENSE_FILE_BIT(kind)) != 0 && found.files[kind].size_bytes != 0)
            TRY(keep_file(cx, tx, issue, license.id, (enum license_file_kind)kind, &found.files[kind]));
    TRY(licensing_repo_insert_entitlement(cx, tx, crypto_new_id(cx), &license));
    *ret_license_id = license.id;
    return NULL;
}

struct error *licensing_withdraw(struct ctx *cx, struct tx *tx, struct id order_line_id, struct str reason)
{
    struct license_row license = {0};
    bool is_found = false;
    TRY(licensing_repo_lock_of_line(cx, tx, order_line_id, &license, &is_found));
    if (!is_found || !instant_is_none(license.withdrawn_at))
        return NULL;
    return licensing_repo_withdraw(cx, tx, license.id, reason, clock_now(cx));
}

struct error *licensing_may_stream(struct ctx *cx, struct id account_id, struct id spec_id, bool *ret_may)
{
    return licensing_repo_has_entitlement(cx, account_id, spec_id, ret_may);
}

struct error *licensing_spec_has_licenses(struct ctx *cx, struct tx *tx, struct id spec_id, bool *ret_has)
{
    return licensing_repo_has_spec(cx, tx, spec_id, ret_has);
}

struct error *licensing_count_for_line(struct ctx *cx, struct id order_line_id, int64_t *ret_licenses,
                                       int64_t *ret_entitlements)
{
    return licensing_repo_count_of_line(cx, order_line_id, ret_licenses, ret_entitlements);
}
