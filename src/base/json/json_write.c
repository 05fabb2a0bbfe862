/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The append writer: what is open, commas, escapes. */
#include "base/json/json_write.h"

#include <math.h>

#include "base/json/json_out.h"
#include "base/json/json_scan.h"
#include "base/text/number.h"
#include "base/text/utf8.h"

#define MAX_LEVELS   64
#define ESCAPE_BYTES 6

void json_writer_init(struct json_writer *writer, struct strbuf *out)
{
    *writer = (struct json_writer){.out = out};
}

static void begin(struct json_writer *writer, char bracket, uint64_t is_object)
{
    json_begin_value(writer);
    REQUIRE(writer->depth < MAX_LEVELS - 1);
    writer->depth++;
    writer->has_items &= ~json_level_bit(writer);
    writer->is_object &= ~json_level_bit(writer);
    writer->is_object |= is_object << writer->depth;
    strbuf_append_char(writer->out, bracket);
}

static void end(struct json_writer *writer, char bracket, bool is_object)
{
    REQUIRE(writer->depth > 0 && !writer->after_name);
    REQUIRE(((writer->is_object & json_level_bit(writer)) != 0) == is_object);
    writer->depth--;
    strbuf_append_char(writer->out, bracket);
}

void json_begin_object(struct json_writer *writer)
{
    begin(writer, '{', 1);
}

void json_end_object(struct json_writer *writer)
{
    end(writer, '}', true);
}

void json_begin_array(struct json_writer *writer)
{
    begin(writer, '[', 0);
}

void json_end_array(struct json_writer *writer)
{
    end(writer, ']', false);
}

/* Writes the escape of a quote, backslash or control character; returns its length. */
static size_t write_escape(char *at, unsigned char c)
{
    static const char letters[256] = {
        ['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
    };
    static const char digits[] = "0123456789abcdef";
    at[0] = '\\';
    at[1] = letters[c] != 0 ? letters[c] : 'u';
    if (letters[c] != 0)
        return 2;
    at[2] = '0';
    at[3] = '0';
    at[4] = digits[c >> 4];
    at[5] = digits[c & 15];
    return ESCAPE_BYTES;
}

/* The special byte at `at`, or the sequence that starts there; returns what was read of the text. */
static size_t put_special(struct strbuf *out, const char *at, const char *stop)
{
    unsigned char c = (unsigned char)*at;
    if (c >= 0x80) {
        size_t len = 0;
        (void)utf8_decode(str_from(at, (size_t)(stop - at)), &len);
        strbuf_append(out, len > 1 ? str_from(at, len) : STR("\xEF\xBF\xBD"));
        return len;
    }
    if (c == 0x7F) {
        strbuf_append_char(out, *at);
        return 1;
    }
    char escape[ESCAPE_BYTES];
    strbuf_append(out, str_from(escape, write_escape(escape, c)));
    return 1;
}

static void put_escaped(struct strbuf *out, const char *at, const char *stop)
{
    while (at < stop) {
        const char *special = json_skip_plain(at, stop);
        strbuf_append(out, str_from(at, (size_t)(special - at)));
        at = special;
        if (at < stop)
            at += put_special(out, at, stop);
    }
}

void json_put_rest(struct strbuf *out, struct str text, size_t done)
{
    put_escaped(out, text.ptr + done, text.ptr + text.len);
    strbuf_append_char(out, '"');
}

static void put_quoted(struct strbuf *out, struct str text)
{
    char *at = json_out_room(out, text.len + 2);
    if (at == NULL) {
        strbuf_append_char(out, '"');
        json_put_rest(out, text, 0);
        return;
    }
    *at++ = '"';
    size_t done = json_copy_plain(at, text);
    at[done] = '"';
    bool is_whole = done == text.len;
    json_out_advance(out, at + done + is_whole);
    if (!is_whole)
        json_put_rest(out, text, done);
}

static void begin_name(struct json_writer *writer)
{
    REQUIRE((writer->is_object & json_level_bit(writer)) != 0 && !writer->after_name);
    if ((writer->has_items & json_level_bit(writer)) != 0)
        strbuf_append_char(writer->out, ',');
    writer->has_items |= json_level_bit(writer);
    writer->after_name = true;
}

void json_name(struct json_writer *writer, struct str name)
{
    begin_name(writer);
    put_quoted(writer->out, name);
    strbuf_append_char(writer->out, ':');
}

void json_put_row_name(struct json_writer *writer, const struct json_field *field)
{
    json_plain_name(writer, json_field_name(field));
}

void json_plain_name(struct json_writer *writer, struct str name)
{
    REQUIRE((writer->is_object & json_level_bit(writer)) != 0 && !writer->after_name);
    char *at = json_out_room(writer->out, name.len + 4);
    if (at == NULL) {
        json_name(writer, name);
        return;
    }
    json_out_advance(writer->out, json_write_row_name(at, writer, name));
    writer->has_items |= json_level_bit(writer);
    writer->after_name = true;
}

void json_put_text(struct json_writer *writer, struct str text)
{
    json_begin_value(writer);
    put_quoted(writer->out, text);
}

/* For the scalars that one array holds: the bytes as they are. */
static void put_scalar(struct json_writer *writer, const char *bytes, size_t len)
{
    json_begin_value(writer);
    strbuf_append(writer->out, str_from(bytes, len));
}

void json_put_i64(struct json_writer *writer, int64_t value)
{
    char digits[NUMBER_I64_CHARS];
    put_scalar(writer, digits, number_format_i64(digits, value));
}

void json_put_f64(struct json_writer *writer, double value)
{
    char digits[NUMBER_F64_CHARS];
    if (isfinite(value))
        put_scalar(writer, digits, number_format_f64(digits, value));
    else
        json_put_null(writer);
}

void json_put_bool(struct json_writer *writer, bool value)
{
    put_scalar(writer, value ? "true" : "false", value ? 4 : 5);
}

void json_put_null(struct json_writer *writer)
{
    put_scalar(writer, "null", 4);
}

void json_put_id(struct json_writer *writer, struct id id)
{
    char text[ID_CHARS + 2] = {'"'};
    id_format(id, text + 1);
    text[ID_CHARS + 1] = '"';
    put_scalar(writer, text, sizeof(text));
}

void json_put_instant(struct json_writer *writer, struct instant instant)
{
    char text[INSTANT_CHARS + 2] = {'"'};
    instant_format(instant, text + 1);
    text[INSTANT_CHARS + 1] = '"';
    put_scalar(writer, text, sizeof(text));
}

void json_put_money(struct json_writer *writer, struct money amount)
{
    const char *code = amount.currency.code;
    json_begin_object(writer);
    json_put_row_name(writer, &json_money_type.fields[0]);
    json_put_i64(writer, amount.minor);
    json_put_row_name(writer, &json_money_type.fields[1]);
    json_put_text(writer, str_from(code, strnlen(code, sizeof(amount.currency.code))));
    json_end_object(writer);
}

void json_put_raw(struct json_writer *writer, struct str json)
{
    REQUIRE(json.len != 0);
    put_scalar(writer, json.ptr, json.len);
}
