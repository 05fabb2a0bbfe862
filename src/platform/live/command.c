/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The table of commands, and the envelope around them. A command is decoded by its own descriptor with the envelope's members
 * added, so that whatever it does not know is refused. */
#include "platform/live/command.h"

#include "base/json/json_read.h"
#include "base/json/json_write.h"
#include "base/mem/alloc.h"

#include "platform/http/problem.h"

enum { MAX_ID_BYTES = 64, MAX_COMMANDS = 64, ENVELOPE_FIELDS = 2 };

struct command_table {
    struct command commands[MAX_COMMANDS];
    size_t count;
};

/* clang-format off */
static const struct json_field envelope_fields[ENVELOPE_FIELDS] = {
    JSON_TEXT(struct envelope, type, .min = 1, .max = LIVE_TYPE_MAX, .flags = JSON_REQUIRED),
    JSON_RAW(struct envelope, id, .min = 1, .max = MAX_ID_BYTES),
};
/* clang-format on */
static const struct json_type envelope_type =
    JSON_TYPE("SocketMessage", struct envelope, envelope_fields, .ignore_unknown = true);

/* ---- the table ---- */

/* Row i of a body stays row i, so that its presence bits stay too. */
static void compose_type(struct command *command)
{
    const struct json_type *body = command->row->body;
    size_t body_count = body != NULL ? body->count : 0;
    size_t body_size = body != NULL ? body->size : 0;
    command->envelope_offset =
        (body_size + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t);
    command->fields = mem_alloc_array(body_count + ENVELOPE_FIELDS, sizeof(struct json_field));
    for (size_t i = 0; i < body_count; i++)
        command->fields[i] = body->fields[i];
    for (size_t i = 0; i < ENVELOPE_FIELDS; i++) {
        command->fields[body_count + i] = envelope_fields[i];
        command->fields[body_count + i].offset += command->envelope_offset;
    }
    command->decoded = body != NULL ? *body : (struct json_type){.name = command->row->type};
    command->decoded.fields = command->fields;
    command->decoded.count = body_count + ENVELOPE_FIELDS;
    command->decoded.size = command->envelope_offset + sizeof(struct envelope);
    command->decoded.ignore_unknown = false;
    json_type_check(&command->decoded);
}

static void add_command(struct command_table *table, const struct live_command *row, command_own_fn own)
{
    REQUIRE(table->count < MAX_COMMANDS && command_find(table, str_cstr(row->type)) == NULL);
    REQUIRE((row->run != NULL) != (own != NULL) && row->help != NULL);
    struct command *command = &table->commands[table->count++];
    command->row = row;
    command->own = own;
    compose_type(command);
    if (row->reply != NULL)
        json_type_check(row->reply);
}

struct command_table *command_table_new(const struct live_options *options)
{
    struct command_table *table = MEM_NEW(struct command_table);
    for (size_t i = 0; own_commands[i].row != NULL; i++)
        add_command(table, own_commands[i].row, own_commands[i].run);
    for (size_t i = 0; options->commands[i] != NULL; i++)
        add_command(table, options->commands[i], NULL);
    return table;
}

void command_table_free(struct command_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->count; i++)
        mem_free(table->commands[i].fields);
    mem_free(table);
}

const struct command *command_find(const struct command_table *table, struct str type)
{
    for (size_t i = 0; i < table->count; i++)
        if (str_equal(str_cstr(table->commands[i].row->type), type))
            return &table->commands[i];
    return NULL;
}

/* ---- the envelope ---- */

static bool is_scalar_id(struct str id)
{
    return id.ptr == NULL || id.ptr[0] == '"' || id.ptr[0] == '-' || (id.ptr[0] >= '0' && id.ptr[0] <= '9');
}

struct error *envelope_read(struct arena *arena, struct str text, struct envelope *ret_envelope)
{
    struct error *error = json_decode(arena, &envelope_type, text, ret_envelope);
    if (error == NULL && is_scalar_id(ret_envelope->id))
        return NULL;
    *ret_envelope = (struct envelope){0};
    if (error == NULL)
        return ERROR_IN(arena, live_bad_message, "an id is a text or a number");
    struct error *refusal =
        ERROR_IN(arena, live_bad_message, "a message is a JSON object with a type: %" STR_FMT,
                 STR_ARG(error->message));
    refusal->violations = error->violations;
    return refusal;
}

static struct str answer(struct arena *arena, const char *type, const struct envelope *envelope,
                         struct str members)
{
    struct strbuf out;
    struct json_writer writer;
    strbuf_init(&out, arena, members.len + MAX_ID_BYTES + 64);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    json_name(&writer, STR("type"));
    json_put_text(&writer, str_cstr(type));
    if (envelope->id.ptr != NULL) {
        json_name(&writer, STR("id"));
        json_put_raw(&writer, envelope->id);
    }
    json_end_object(&writer);
    struct str head = strbuf_str(&out);
    if (members.len <= 2)
        return head;
    return arena_printf(arena, "%.*s,%.*s", (int)head.len - 1, head.ptr, (int)members.len - 1,
                        members.ptr + 1);
}

struct str envelope_ok(struct arena *arena, const struct envelope *envelope, struct str members)
{
    return answer(arena, "ok", envelope, members);
}

struct str envelope_error(struct arena *arena, const struct envelope *envelope, const struct error *error,
                          struct str instance)
{
    struct str problem = problem_json(arena, error, instance);
    return answer(arena, "error", envelope,
                  arena_printf(arena, "{\"problem\":%" STR_FMT "}", STR_ARG(problem)));
}
