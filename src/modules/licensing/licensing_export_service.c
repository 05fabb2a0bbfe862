/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What an account may take along of its licences. They are kept when it is deleted: contracts have two parties. */
#include "base/json/json_write.h"

#include "modules/licensing/licensing_service.h"

enum { MAX_EXPORT_BYTES = 16 << 20, EXPORT_BATCH = 100 };

static void put_license(struct json_writer *writer, const struct license_row *license)
{
    json_begin_object(writer);
    json_name(writer, STR("key"));
    json_put_text(writer, license->license_key);
    json_name(writer, STR("title"));
    json_put_text(writer, license->spec_title);
    json_name(writer, STR("licensor"));
    json_put_text(writer, license->seller_name);
    json_name(writer, STR("licensee"));
    json_put_text(writer, license->buyer_name);
    json_name(writer, STR("option"));
    json_put_text(writer, license->option_name);
    json_name(writer, STR("terms"));
    json_put_raw(writer, license->terms);
    json_name(writer, STR("issued_at"));
    json_put_instant(writer, license->issued_at);
    json_name(writer, STR("is_active"));
    json_put_bool(writer, instant_is_none(license->withdrawn_at));
    json_end_object(writer);
}

struct error *licensing_export_account(struct ctx *cx, struct id account_id, struct str *ret_json)
{
    struct license_filter filter = {.buyer_id = account_id, .type = -1, .limit = EXPORT_BATCH};
    struct array licenses = {0};
    struct strbuf out;
    struct json_writer writer;
    strbuf_init(&out, cx->arena, MAX_EXPORT_BYTES);
    json_writer_init(&writer, &out);
    json_begin_array(&writer);
    do {
        TRY(licensing_repo_list(cx, &filter, &licenses));
        for (size_t i = 0; i < licenses.count; i++) {
            const struct license_row *license = ARRAY_AT(struct license_row, licenses, i);
            put_license(&writer, license);
            filter.after = license->id;
        }
    } while (licenses.count == EXPORT_BATCH && !out.overflow);
    json_end_array(&writer);
    if (out.overflow)
        return ERROR_CODE(cx, TOO_LARGE, "too many licences for one export");
    *ret_json = strbuf_str(&out);
    return NULL;
}
