/* SPDX-License-Identifier: AGPL-3.0-or-later
 * JSON Web Tokens, HS256 and nothing else (RFC 7515, RFC 7519). The algorithm is ours to choose, never the token's;
 * nothing of a token is decoded before its signature was found right, except the signature. */
#include "platform/crypto/jwt.h"

#include "base/json/json_read.h"
#include "base/text/encode.h"

#define MAC_CHARS 43 /* base64url of 32 bytes */
#define KEY_BYTES 32

static const struct str our_header =
    STR_INIT("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"); /* {"alg":"HS256","typ":"JWT"} */

/* Other members (crit, b64, jwk …) change what a token means, so they are refused. */
struct jose_header {
    struct str alg;
    struct str typ;
};

/* clang-format off */
static const struct json_field header_fields[] = {
    JSON_TEXT(struct jose_header, alg, .min = 5, .max = 5, .flags = JSON_REQUIRED),
    JSON_TEXT(struct jose_header, typ, .min = 3, .max = 3),
};
/* clang-format on */
static const struct json_type header_type = JSON_TYPE("JoseHeader", struct jose_header, header_fields);

struct token_parts {
    struct str header;
    struct str payload;
    struct str signed_part; /* both with the dot between them */
    struct str mac;
};

struct str jwt_sign(struct arena *arena, const uint8_t key[32], struct str payload_json)
{
    struct str payload = base64url_encode(arena, payload_json.ptr, payload_json.len);
    char *token = arena_alloc_raw(arena, our_header.len + 1 + payload.len + 1 + MAC_CHARS + 1);
    uint8_t mac[SHA256_BYTES];
    size_t len = our_header.len;
    memcpy(token, our_header.ptr, our_header.len);
    token[len++] = '.';
    memcpy(token + len, payload.ptr, payload.len);
    len += payload.len;
    hmac_sha256(key, KEY_BYTES, token, len, mac);
    struct str mac_text = base64url_encode(arena, mac, sizeof(mac));
    token[len++] = '.';
    memcpy(token + len, mac_text.ptr, mac_text.len);
    len += mac_text.len;
    token[len] = '\0';
    return str_from(token, len);
}

static bool split_token(struct str token, struct token_parts *parts)
{
    struct str rest = token;
    if (token.len > JWT_MAX_CHARS || !str_split(&rest, '.', &parts->header) ||
        !str_split(&rest, '.', &parts->payload) || !str_split(&rest, '.', &parts->mac) || rest.ptr != NULL)
        return false;
    parts->signed_part = str_slice(token, 0, parts->header.len + 1 + parts->payload.len);
    return parts->header.len > 0 && parts->payload.len > 0 && parts->mac.len == MAC_CHARS;
}

static bool has_right_mac(struct arena *arena, struct str key, const struct token_parts *parts)
{
    struct str given;
    uint8_t mac[SHA256_BYTES];
    if (!base64url_decode(arena, parts->mac, &given) || given.len != sizeof(mac))
        return false;
    hmac_sha256(key.ptr, key.len, parts->signed_part.ptr, parts->signed_part.len, mac);
    return crypto_equal(mac, given.ptr, sizeof(mac));
}

/* The header that other makers write: the same members in another order or with blanks. */
static bool is_hs256_header(struct arena *arena, struct str text)
{
    struct str json;
    struct jose_header header;
    if (!base64url_decode(arena, text, &json))
        return false;
    struct error *error = json_decode(arena, &header_type, json, &header);
    if (error != NULL || !str_equal(header.alg, STR("HS256")))
        return false;
    return header.typ.len == 0 || str_equal_nocase(header.typ, STR("JWT"));
}

bool jwt_check(struct arena *arena, struct str key, struct str token, struct str *ret_payload_json)
{
    struct token_parts parts;
    if (!split_token(token, &parts) || !has_right_mac(arena, key, &parts))
        return false;
    if (!str_equal(parts.header, our_header) && !is_hs256_header(arena, parts.header))
        return false;
    return base64url_decode(arena, parts.payload, ret_payload_json);
}

bool jwt_verify(struct arena *arena, const uint8_t key[32], struct str token, struct str *ret_payload_json)
{
    return jwt_check(arena, str_from((const char *)key, KEY_BYTES), token, ret_payload_json);
}
