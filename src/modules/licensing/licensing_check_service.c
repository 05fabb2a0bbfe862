/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What `lathe check` asks of licences. */
#include "base/mem/cleanup.h"

#include "platform/storage/storage.h"

#include "modules/licensing/licensing_service.h"

static struct error *check_entitlements(struct ctx *cx, struct strbuf *findings)
{
    struct array rows = {0};
    TRY(licensing_repo_list_broken(cx, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const struct license_broken_row *row = ARRAY_AT(struct license_broken_row, rows, i);
        strbuf_printf(findings,
                      "  licence %" STR_FMT " has %lld entitlements (%lld in force) and %lld files\n",
                      STR_ARG(row->license_key), (long long)row->entitlements, (long long)row->live,
                      (long long)row->files);
    }
    return NULL;
}

static struct error *check_file(struct ctx *cx, const struct license_file_row *file, struct strbuf *findings)
{
    struct blob_key key;
    int fd = -1;
    int64_t size_bytes = -1;
    REQUIRE(file->sha256.len == sizeof(key.sha256));
    memcpy(key.sha256, file->sha256.ptr, sizeof(key.sha256));
    struct error *error = storage_read(cx, &key, &fd, &size_bytes);
    cleanup_fd(&fd);
    if (error == NULL && size_bytes == file->size_bytes)
        return NULL;
    if (error != NULL && !error_is(error, &storage_missing))
        return error;
    strbuf_printf(findings, "  the %s file of licence %" STR_FMT " is missing or not whole\n",
                  license_file_kind_words.words[file->kind], STR_ARG(id_str(cx->arena, file->license_id)));
    return NULL;
}

static struct error *check_files(struct ctx *cx, struct strbuf *findings)
{
    struct id after = ID_NONE;
    for (;;) {
        struct array rows = {0};
        TRY(licensing_repo_list_file_keys(cx, after, &rows));
        if (rows.count == 0)
            return NULL;
        for (size_t i = 0; i < rows.count; i++)
            TRY(check_file(cx, ARRAY_AT(struct license_file_row, rows, i), findings));
        after = ARRAY_AT(struct license_file_row, rows, rows.count - 1)->license_id;
    }
}

const struct module_check licensing_checks[] = {
    {"licensing.entitlements", "every licence has one entitlement, in force as long as it is, and its files",
     check_entitlements},
    {"licensing.files", "every sold file is stored, with its size", check_files},
    {NULL, NULL, NULL},
};
