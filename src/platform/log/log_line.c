/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Lines as JSON and for people. */
#include "platform/log/log_line.h"

#include <math.h>

#include "base/json/json_write.h"
#include "base/text/number.h"
#include "base/text/utf8.h"

#define TEXT_MAX_BYTES  2048 /* of one value */
#define EVENT_MAX_BYTES 512
#define CUT_RESERVE     16 /* kept free for the mark of a cut line */
#define TRACE_ID_CHARS  32
#define MASK            "***"

static const char *const level_words[] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"};

/* The work's own fields, as they precede the event's. */
struct origin {
    struct log_field fields[3];
    size_t count;
    char trace_id[TRACE_ID_CHARS];
};

static void hex(const uint8_t *bytes, size_t len, char *ret_text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        ret_text[2 * i] = digits[bytes[i] >> 4];
        ret_text[2 * i + 1] = digits[bytes[i] & 15];
    }
}

static bool has_trace(const struct trace_context *trace)
{
    static const uint8_t none[sizeof(trace->trace_id)];
    return memcmp(trace->trace_id, none, sizeof(none)) != 0;
}

static void find_origin(const struct ctx *cx, struct origin *origin)
{
    origin->count = 0;
    if (cx == NULL)
        return;
    if (cx->request_id.len > 0)
        origin->fields[origin->count++] = log_text("request_id", cx->request_id);
    if (cx->caller != NULL && !caller_is_anonymous(cx))
        origin->fields[origin->count++] = log_id("account_id", cx->caller->account_id);
    if (has_trace(&cx->trace)) {
        hex(cx->trace.trace_id, sizeof(cx->trace.trace_id), origin->trace_id);
        origin->fields[origin->count++] = log_text("trace_id", str_from(origin->trace_id, TRACE_ID_CHARS));
    }
}

static void put_json_value(struct json_writer *writer, const struct log_field *field)
{
    switch (field->kind) {
    case LOG_FIELD_TEXT:
        json_put_text(writer, utf8_truncate(field->text, TEXT_MAX_BYTES));
        break;
    case LOG_FIELD_I64:
        json_put_i64(writer, field->i64);
        break;
    case LOG_FIELD_F64:
        if (isfinite(field->f64))
            json_put_f64(writer, field->f64);
        else
            json_put_null(writer);
        break;
    case LOG_FIELD_BOOL:
        json_put_bool(writer, field->boolean);
        break;
    case LOG_FIELD_ID:
        json_put_id(writer, field->id);
        break;
    case LOG_FIELD_SECRET:
        json_put_text(writer, STR(MASK));
        break;
    }
}

/* False, with the line as it was before, when a field does not fit. */
static bool put_json_fields(struct json_writer *writer, const struct log_field *fields, size_t count)
{
    struct strbuf *line = writer->out;
    for (size_t i = 0; i < count; i++) {
        struct json_writer writer_before = *writer;
        size_t len_before = line->len;
        json_plain_name(writer, str_cstr(fields[i].name));
        put_json_value(writer, &fields[i]);
        if (line->overflow || line->len > LOG_LINE_MAX - CUT_RESERVE) {
            *writer = writer_before;
            line->len = len_before;
            line->overflow = false;
            return false;
        }
    }
    return true;
}

void log_line_json(const struct log_record *record, struct strbuf *line)
{
    struct origin origin;
    struct json_writer writer;
    find_origin(record->cx, &origin);
    json_writer_init(&writer, line);
    json_begin_object(&writer);
    json_plain_name(&writer, STR("time"));
    json_put_instant(&writer, (struct instant){record->time_us});
    json_plain_name(&writer, STR("level"));
    json_put_text(&writer, str_cstr(level_words[record->level]));
    json_plain_name(&writer, STR("event"));
    json_put_text(&writer, utf8_truncate(str_cstr(record->event), EVENT_MAX_BYTES));
    if (!put_json_fields(&writer, origin.fields, origin.count) ||
        !put_json_fields(&writer, record->fields, record->count)) {
        json_plain_name(&writer, STR("cut"));
        json_put_bool(&writer, true);
    }
    json_end_object(&writer);
}

/* Has it what a terminal might obey? */
static bool is_unsafe(struct str text)
{
    return utf8_has_controls(text, UTF8_ONE_LINE);
}

static size_t code_point_len(struct str text, size_t at)
{
    size_t len = 1;
    while (at + len < text.len && len < 4 && ((unsigned char)text.ptr[at + len] & 0xC0) == 0x80)
        len++;
    return len;
}

/* Bytes of control characters and of what is no UTF-8 become \xNN. */
static void append_safely(struct str text, struct strbuf *line)
{
    for (size_t at = 0; at < text.len;) {
        struct str part = str_slice(text, at, code_point_len(text, at));
        if (utf8_is_valid(part) && !is_unsafe(part)) {
            bool is_quote = part.len == 1 && (part.ptr[0] == '"' || part.ptr[0] == '\\');
            strbuf_append_cstr(line, is_quote ? "\\" : "");
            strbuf_append(line, part);
        } else {
            for (size_t i = 0; i < part.len; i++)
                strbuf_printf(line, "\\x%02x", (unsigned)(unsigned char)part.ptr[i]);
        }
        at += part.len;
    }
}

/* An ASCII byte that stands for itself in a bare value. */
static bool is_plain(unsigned char c)
{
    return c > ' ' && c < 0x7F && c != '"' && c != '\\' && c != '=';
}

static bool needs_quotes(struct str text)
{
    bool is_ascii = true;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c >= 0x80)
            is_ascii = false;
        else if (!is_plain(c))
            return true;
    }
    return text.len == 0 || (!is_ascii && (!utf8_is_valid(text) || is_unsafe(text)));
}

static void append_text(struct str text, struct strbuf *line)
{
    if (!needs_quotes(text)) {
        strbuf_append(line, text);
        return;
    }
    strbuf_append_char(line, '"');
    append_safely(text, line);
    strbuf_append_char(line, '"');
}

static void append_id(struct id id, struct strbuf *line)
{
    char text[ID_CHARS];
    id_format(id, text);
    strbuf_append(line, str_from(text, sizeof(text)));
}

static void append_f64(double value, struct strbuf *line)
{
    char digits[NUMBER_F64_CHARS];
    if (isfinite(value))
        strbuf_append(line, str_from(digits, number_format_f64(digits, value)));
    else
        strbuf_append_cstr(line, "none");
}

static void append_value(const struct log_field *field, struct strbuf *line)
{
    switch (field->kind) {
    case LOG_FIELD_TEXT:
        append_text(utf8_truncate(field->text, TEXT_MAX_BYTES), line);
        break;
    case LOG_FIELD_I64:
        strbuf_append_i64(line, field->i64);
        break;
    case LOG_FIELD_F64:
        append_f64(field->f64, line);
        break;
    case LOG_FIELD_BOOL:
        strbuf_append_cstr(line, field->boolean ? "true" : "false");
        break;
    case LOG_FIELD_ID:
        append_id(field->id, line);
        break;
    case LOG_FIELD_SECRET:
        strbuf_append_cstr(line, MASK);
        break;
    }
}

struct paint {
    const char *level[4];
    const char *name;
    const char *off;
};

static const struct paint paints[] = {
    [LOG_PLAIN] = {{"", "", "", ""}, "", ""},
    [LOG_COLOURED] = {{"\033[90m", "\033[32m", "\033[33m", "\033[31;1m"}, "\033[2m", "\033[0m"},
};

static bool append_fields(const struct paint *paint, const struct log_field *fields, size_t count,
                          struct strbuf *line)
{
    for (size_t i = 0; i < count; i++) {
        size_t before = line->len;
        strbuf_append_char(line, ' ');
        strbuf_append_cstr(line, paint->name);
        strbuf_append_cstr(line, fields[i].name);
        strbuf_append_char(line, '=');
        strbuf_append_cstr(line, paint->off);
        append_value(&fields[i], line);
        if (line->overflow || line->len > LOG_LINE_MAX - CUT_RESERVE) {
            line->len = before;
            line->overflow = false;
            return false;
        }
    }
    return true;
}

void log_line_human(const struct log_record *record, enum log_colour colour, struct strbuf *line)
{
    static const char *const names[] = {
        [LOG_DEBUG] = "DEBUG", [LOG_INFO] = "INFO ", [LOG_WARN] = "WARN ", [LOG_ERROR] = "ERROR"};
    const struct paint *paint = &paints[colour];
    struct origin origin;
    char time[INSTANT_CHARS];
    find_origin(record->cx, &origin);
    instant_format((struct instant){record->time_us}, time);
    time[10] = ' '; /* between the date and the time, which goes to the millisecond */
    strbuf_append(line, str_from(time, 23));
    strbuf_append_char(line, ' ');
    strbuf_append_cstr(line, paint->level[record->level]);
    strbuf_append_cstr(line, names[record->level]);
    strbuf_append_cstr(line, paint->off);
    strbuf_append_char(line, ' ');
    strbuf_append(line, utf8_truncate(str_cstr(record->event), EVENT_MAX_BYTES));
    if (!append_fields(paint, record->fields, record->count, line) ||
        !append_fields(paint, origin.fields, origin.count, line))
        strbuf_append_cstr(line, " cut=true");
}
