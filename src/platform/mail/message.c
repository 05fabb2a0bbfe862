/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A message as bytes. See message.h. Bodies are base64, so that no line is too long and no byte needs care. */
#include "platform/mail/message.h"

#include "base/text/encode.h"
#include "base/text/strbuf.h"
#include "base/text/utf8.h"

enum { MAX_MESSAGE = 1 << 20, BASE64_LINE = 76, ENCODED_WORD_BYTES = 42 };

static bool is_plain(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < ' ' || text.ptr[i] > '~' || text.ptr[i] == '=' || text.ptr[i] == '"' ||
            text.ptr[i] == '\\')
            return false;
    return true;
}

static struct str without_controls(struct arena *arena, struct str text)
{
    char *bytes = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= ' ' && text.ptr[i] != 127)
            bytes[len++] = text.ptr[i];
    return str_from(bytes, len);
}

/* RFC 2047 encoded words, each a whole number of characters. */
static void put_words(struct arena *arena, struct strbuf *out, struct str text)
{
    text = without_controls(arena, text);
    if (is_plain(text)) {
        strbuf_append(out, text);
        return;
    }
    while (text.len > 0) {
        struct str part = utf8_truncate(text, ENCODED_WORD_BYTES);
        if (part.len == 0)
            part = str_slice(text, 0, 1);
        strbuf_printf(out, "=?utf-8?B?%" STR_FMT "?=", STR_ARG(base64_encode(arena, part.ptr, part.len)));
        text = str_slice(text, part.len, text.len);
        strbuf_append_cstr(out, text.len > 0 ? "\r\n " : "");
    }
}

static void put_address(struct arena *arena, struct strbuf *out, struct str name, struct str address)
{
    if (str_is_empty(name)) {
        strbuf_append(out, without_controls(arena, address));
        return;
    }
    bool is_quoted = is_plain(name);
    strbuf_append_cstr(out, is_quoted ? "\"" : "");
    put_words(arena, out, name);
    strbuf_append_cstr(out, is_quoted ? "\"" : "");
    strbuf_printf(out, " <%" STR_FMT ">", STR_ARG(without_controls(arena, address)));
}

static void put_body(struct arena *arena, struct strbuf *out, const char *type, struct str text)
{
    strbuf_printf(out, "Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n", type);
    struct str encoded = base64_encode(arena, text.ptr, text.len);
    for (size_t at = 0; at < encoded.len; at += BASE64_LINE) {
        strbuf_append(out, str_slice(encoded, at, BASE64_LINE));
        strbuf_append_cstr(out, "\r\n");
    }
}

struct str message_address(struct str from)
{
    ptrdiff_t open = str_find_byte(from, '<', 0);
    ptrdiff_t close = str_find_byte(from, '>', 0);
    if (open < 0 || close < open)
        return str_trim(from);
    return str_slice(from, (size_t)open + 1, (size_t)(close - open - 1));
}

static struct str name_of(struct str from)
{
    ptrdiff_t open = str_find_byte(from, '<', 0);
    return open < 0 ? STR_NONE : str_trim(str_slice(from, 0, (size_t)open));
}

static void put_head(struct arena *arena, struct strbuf *out, const struct mail_message *message,
                     struct str from, struct str host, struct instant now)
{
    char date[INSTANT_HTTP_CHARS];
    instant_format_http(now, date);
    strbuf_printf(out, "Date: %.*s +0000\r\nFrom: ", INSTANT_HTTP_CHARS - 4, date);
    put_address(arena, out, name_of(from), message_address(from));
    strbuf_append_cstr(out, "\r\nTo: ");
    put_address(arena, out, message->to_name, message->to);
    strbuf_append_cstr(out, "\r\nSubject: ");
    put_words(arena, out, message->subject);
    strbuf_printf(out,
                  "\r\nMessage-ID: <%" STR_FMT "@%" STR_FMT
                  ">\r\nMIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n",
                  STR_ARG(id_str(arena, message->id)), STR_ARG(host));
    if (!str_is_empty(message->unsubscribe_url))
        strbuf_printf(
            out, "List-Unsubscribe: <%" STR_FMT ">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
            STR_ARG(without_controls(arena, message->unsubscribe_url)));
}

struct str message_compose(struct arena *arena, const struct mail_message *message, struct str from,
                           struct str host, struct instant now)
{
    struct strbuf out;
    strbuf_init(&out, arena, MAX_MESSAGE);
    put_head(arena, &out, message, from, host, now);
    if (str_is_empty(message->html)) {
        put_body(arena, &out, "text/plain", message->text);
        return strbuf_str(&out);
    }
    struct str boundary = arena_printf(arena, "part-%" STR_FMT, STR_ARG(id_str(arena, message->id)));
    strbuf_printf(&out,
                  "Content-Type: multipart/alternative; boundary=\"%" STR_FMT "\"\r\n\r\n--%" STR_FMT "\r\n",
                  STR_ARG(boundary), STR_ARG(boundary));
    put_body(arena, &out, "text/plain", message->text);
    strbuf_printf(&out, "--%" STR_FMT "\r\n", STR_ARG(boundary));
    put_body(arena, &out, "text/html", message->html);
    strbuf_printf(&out, "--%" STR_FMT "--\r\n", STR_ARG(boundary));
    return strbuf_str(&out);
}
