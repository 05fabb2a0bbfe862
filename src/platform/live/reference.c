/* SPDX-License-Identifier: AGPL-3.0-or-later
 * docs/reference/socket.md: what clients may send, printed from the tables that the hubs run on. */
#include "base/json/json_write.h"

#include "platform/live/command.h"
#include "platform/ws/frame.h"

static void print_schema(struct strbuf *out, const char *title, const struct json_type *type,
                         enum json_direction direction)
{
    struct json_writer writer;
    if (type == NULL)
        return;
    strbuf_printf(out, "%s\n\n```json\n", title);
    json_writer_init(&writer, out);
    json_put_schema(&writer, type, direction);
    strbuf_append_cstr(out, "\n```\n\n");
}

static void print_command(struct strbuf *out, const struct live_command *row)
{
    strbuf_printf(out, "## %s\n\n%s.%s%s\n\n", row->type, row->help,
                  row->needs_login ? " Needs a log-in." : "",
                  row->is_vital ? " Under load it goes first, as money and bids do." : "");
    print_schema(out, "Members besides `type` and `id`:", row->body, JSON_REQUEST);
    print_schema(out, "The answer's members besides `type` and `id`:", row->reply, JSON_REPLY);
}

static const char *presence_of(const struct live_room_kind *kind)
{
    if (kind->counts_viewers && kind->names_members)
        return "viewers, members";
    return kind->counts_viewers ? "viewers" : kind->names_members ? "members" : "";
}

static void print_rooms(struct strbuf *out, const struct live_room_kind *const *rooms)
{
    strbuf_append_cstr(
        out, "# Rooms\n\n| Room | Needs a log-in | Presence | What it shows |\n|---|---|---|---|\n");
    for (size_t i = 0; rooms[i] != NULL; i++)
        strbuf_printf(out, "| `%s` | %s | %s | %s |\n", rooms[i]->prefix, rooms[i]->needs_login ? "yes" : "",
                      presence_of(rooms[i]), rooms[i]->help);
}

struct close_row {
    enum ws_close_code code;
    const char *help;
};

static void print_codes(struct strbuf *out)
{
    static const struct close_row codes[] = {
        {WS_CLOSE_GOING_AWAY, "The server shuts down: come back, with `after_sequence`"},
        {WS_CLOSE_PROTOCOL, "Not what RFC 6455 allows"},
        {WS_CLOSE_UNSUPPORTED, "A binary message"},
        {WS_CLOSE_BAD_TEXT, "Text that is not UTF-8, or cannot be inflated"},
        {WS_CLOSE_TOO_LARGE, "A message beyond LATHE_LIVE_MAX_MESSAGE"},
        {WS_CLOSE_SESSION, "The session has ended: log in again"},
        {WS_CLOSE_TOO_SLOW, "What was sent was not read: come back when the line is better"},
        {WS_CLOSE_FLOODING, "Far more frames or commands than the budget"},
    };
    strbuf_append_cstr(out, "\n# Close codes\n\n| Code | Why |\n|---|---|\n");
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        strbuf_printf(out, "| %d | %s |\n", (int)codes[i].code, codes[i].help);
}

void live_print_reference(const struct live_room_kind *const *rooms,
                          const struct live_command *const *commands, struct strbuf *out)
{
    strbuf_append_cstr(out, "# Socket\n\n`GET /ws`, sub-protocol `lathe.v1`. How it is used: "
                            "[docs/socket.md](../socket.md).\n\n");
    print_rooms(out, rooms);
    print_codes(out);
    strbuf_append_cstr(out, "\n# Commands\n\n");
    for (size_t i = 0; own_commands[i].row != NULL; i++)
        print_command(out, own_commands[i].row);
    for (size_t i = 0; commands[i] != NULL; i++)
        print_command(out, commands[i]);
}
