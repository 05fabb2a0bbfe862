/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Base64 and base64url (RFC 4648). Decoding takes canonical text only: one text per value, so that a
 * token cannot be altered and still be the same token. */
#include "base/mem/arena.h"
#include "base/text/encode.h"

struct alphabet {
    char digits[64];
    bool is_padded;
};

static const struct alphabet alphabet_base64 = {
    .digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    .is_padded = true,
};
static const struct alphabet alphabet_url = {
    .digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    .is_padded = false,
};

/* The 6 bits of a digit, or -1. */
static int digit_value(const struct alphabet *alphabet, char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == alphabet->digits[62])
        return 62;
    return c == alphabet->digits[63] ? 63 : -1;
}

static uint32_t read_group(const unsigned char *bytes, size_t count)
{
    uint32_t group = 0;
    for (size_t i = 0; i < 3; i++)
        group = group << 8 | (i < count ? bytes[i] : 0U);
    return group;
}

static struct str encode(struct arena *arena, const struct alphabet *alphabet, const void *bytes, size_t len)
{
    REQUIRE(len < SIZE_MAX / 2);
    const unsigned char *from = bytes;
    char *text = arena_alloc_raw(arena, (len + 2) / 3 * 4 + 1);
    char *at = text;
    for (size_t done = 0; done < len; done += 3) {
        size_t count = len - done < 3 ? len - done : 3;
        uint32_t group = read_group(from + done, count);
        for (size_t i = 0; i < count + 1; i++)
            *at++ = alphabet->digits[group >> (18 - 6 * i) & 0x3F];
        for (size_t i = count; i < 3 && alphabet->is_padded; i++)
            *at++ = '=';
    }
    *at = '\0';
    return str_from(text, (size_t)(at - text));
}

/* Takes the padding off; false when its length is not canonical. */
static bool unpad(const struct alphabet *alphabet, struct str *text)
{
    if (alphabet->is_padded) {
        if (text->len % 4 != 0)
            return false;
        for (int i = 0; i < 2 && text->len != 0 && text->ptr[text->len - 1] == '='; i++)
            text->len--;
    }
    return text->len % 4 != 1;
}

/* Decodes 2 to 4 digits into one byte less; false on a strange digit or bits that mean nothing. */
static bool decode_group(const struct alphabet *alphabet, const char *digits, size_t count, char *to)
{
    uint32_t group = 0;
    for (size_t i = 0; i < 4; i++) {
        int value = i < count ? digit_value(alphabet, digits[i]) : 0;
        if (value < 0)
            return false;
        group = group << 6 | (uint32_t)value;
    }
    size_t bytes = count - 1;
    for (size_t i = 0; i < bytes; i++)
        to[i] = (char)(group >> (16 - 8 * i) & 0xFF);
    return bytes == 3 || (group & (0xFFFFFFU >> (8 * bytes))) == 0;
}

static bool decode(struct arena *arena, const struct alphabet *alphabet, struct str text,
                   struct str *ret_bytes)
{
    if (!unpad(alphabet, &text))
        return false;
    size_t len = text.len / 4 * 3 + (text.len % 4 != 0 ? text.len % 4 - 1 : 0);
    char *bytes = arena_alloc_raw(arena, len + 1);
    char *at = bytes;
    for (size_t done = 0; done < text.len; done += 4) {
        size_t count = text.len - done < 4 ? text.len - done : 4;
        if (!decode_group(alphabet, text.ptr + done, count, at))
            return false;
        at += count - 1;
    }
    bytes[len] = '\0';
    *ret_bytes = str_from(bytes, len);
    return true;
}

struct str base64_encode(struct arena *arena, const void *bytes, size_t len)
{
    return encode(arena, &alphabet_base64, bytes, len);
}

struct str base64url_encode(struct arena *arena, const void *bytes, size_t len)
{
    return encode(arena, &alphabet_url, bytes, len);
}

bool base64_decode(struct arena *arena, struct str text, struct str *ret_bytes)
{
    return decode(arena, &alphabet_base64, text, ret_bytes);
}

bool base64url_decode(struct arena *arena, struct str text, struct str *ret_bytes)
{
    return decode(arena, &alphabet_url, text, ret_bytes);
}
