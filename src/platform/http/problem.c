/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Writes an error as a problem document. */
#include "platform/http/problem.h"

#include "base/json/json_write.h"

enum { MAX_PROBLEM_BYTES = 256 << 10 };

static void put_violation(struct json_writer *writer, const struct violation *violation)
{
    json_begin_object(writer);
    json_name(writer, STR("pointer"));
    json_put_text(writer, violation->pointer);
    json_name(writer, STR("rule"));
    json_put_text(writer, violation->rule);
    json_name(writer, STR("message"));
    json_put_text(writer, violation->message);
    json_end_object(writer);
}

static void put_violations(struct json_writer *writer, const struct error *error)
{
    if (error->violations == NULL)
        return;
    json_name(writer, STR("violations"));
    json_begin_array(writer);
    for (const struct violation *violation = error->violations; violation != NULL;
         violation = violation->next)
        put_violation(writer, violation);
    json_end_array(writer);
}

/* What failed on our side is for the log; the client gets the id to ask with. */
static struct str detail_of(const struct error *error)
{
    enum error_code code = error->reason->code;
    return code == ERROR_INTERNAL ? str_cstr(error->reason->help) : error->message;
}

static void put_text_member(struct json_writer *writer, struct str name, struct str value)
{
    json_name(writer, name);
    json_put_text(writer, value);
}

struct str problem_json(struct arena *arena, const struct error *error, struct str instance)
{
    struct strbuf out;
    struct json_writer writer;
    strbuf_init(&out, arena, MAX_PROBLEM_BYTES);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    put_text_member(&writer, STR("type"), arena_printf(arena, "/docs/errors#%s", error->reason->name));
    put_text_member(&writer, STR("title"), str_cstr(error_code_title(error->reason->code)));
    json_name(&writer, STR("status"));
    json_put_i64(&writer, error_code_status(error->reason->code));
    put_text_member(&writer, STR("detail"), detail_of(error));
    put_text_member(&writer, STR("instance"), instance);
    put_text_member(&writer, STR("code"), str_cstr(error->reason->name));
    put_violations(&writer, error);
    struct str extra = error->extra_json;
    json_end_object(&writer);
    if (str_is_empty(extra))
        return strbuf_str(&out);
    return arena_printf(arena, "%.*s,%" STR_FMT "}", (int)out.len - 1, out.ptr, STR_ARG(extra));
}
