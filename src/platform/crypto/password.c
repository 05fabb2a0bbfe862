/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Password hashes: bcrypt by libcrypt, on the hashing pool.
 *
 * bcrypt reads at most 72 bytes and stops at a zero byte. A longer password, or one with a zero byte, is replaced by
 * the base64 of its SHA-256, which is 44 characters without a zero byte. */
#include <crypt.h>
#include <openssl/crypto.h>

#include "base/mem/alloc.h"
#include "base/text/encode.h"
#include "base/text/number.h"

#include "platform/crypto/keys.h"
#include "platform/fiber/pool.h"

#define BCRYPT_READS 72
#define HASH_CHARS   60 /* $2b$CC$, 22 of salt, 31 of hash */
#define PREFIX_CHARS 7  /* $2b$CC$ */
#define SALT_BYTES   16

/* One hash to be made on a thread of the pool; lives on the waiting fiber's stack. */
struct hashing {
    char password[BCRYPT_READS + 1];
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    char hash[HASH_CHARS + 1]; /* empty: libcrypt refused */
};

/* struct crypt_data has 32 KiB, too much for any stack of ours. */
static void make_hash(void *arg)
{
    struct hashing *work = arg;
    struct crypt_data *data = MEM_NEW(struct crypt_data);
    const char *hash = crypt_rn(work->password, work->setting, data, (int)sizeof(*data));
    if (hash != NULL && strlen(hash) == HASH_CHARS)
        memcpy(work->hash, hash, HASH_CHARS + 1);
    OPENSSL_cleanse(data, sizeof(*data));
    mem_free(data);
}

static void digest_password(struct arena *arena, struct str password, struct hashing *work)
{
    uint8_t digest[SHA256_BYTES];
    sha256(password.ptr, password.len, digest);
    struct str text = base64_encode(arena, digest, sizeof(digest));
    memcpy(work->password, text.ptr, text.len);
    OPENSSL_cleanse(digest, sizeof(digest));
}

static void set_password(struct arena *arena, struct str password, struct hashing *work)
{
    if (password.len > BCRYPT_READS || (password.len > 0 && memchr(password.ptr, '\0', password.len) != NULL))
        digest_password(arena, password, work);
    else if (password.len > 0)
        memcpy(work->password, password.ptr, password.len);
}

static struct error *run(struct ctx *cx, struct hashing *work)
{
    struct error *error = pool_call(cx, cx->platform->hashing_pool, make_hash, work);
    OPENSSL_cleanse(work->password, sizeof(work->password));
    if (error == NULL && work->hash[0] == '\0')
        error = ERROR_CODE(cx, INTERNAL, "libcrypt cannot make a bcrypt hash");
    return error;
}

struct error *password_hash(struct ctx *cx, struct str password, struct str *ret_hash)
{
    struct hashing work = {.password = ""};
    char salt[SALT_BYTES];
    crypto_random(salt, sizeof(salt));
    const char *setting = crypt_gensalt_rn("$2b$", (unsigned long)cx->platform->crypto->bcrypt_cost, salt,
                                           sizeof(salt), work.setting, (int)sizeof(work.setting));
    REQUIRE(setting != NULL);
    set_password(cx->arena, password, &work);
    TRY(run(cx, &work));
    *ret_hash = arena_str(cx->arena, str_from(work.hash, HASH_CHARS));
    return NULL;
}

/* What a stored hash says of itself. */
struct bcrypt_prefix {
    char variant; /* b, or the older a and y */
    uint64_t cost;
};

static bool parse_prefix(struct str hash, struct bcrypt_prefix *ret_prefix)
{
    if (hash.len != HASH_CHARS || memchr(hash.ptr, '\0', hash.len) != NULL ||
        !str_starts_with(hash, STR("$2")) || memchr("aby", hash.ptr[2], 3) == NULL || hash.ptr[3] != '$' ||
        hash.ptr[PREFIX_CHARS - 1] != '$')
        return false;
    ret_prefix->variant = hash.ptr[2];
    return number_parse_u64(str_slice(hash, 4, 2), 31, &ret_prefix->cost);
}

/* A hash that no password has, since nobody computed it: it costs what a real one does. */
static void set_dummy(struct hashing *work, int cost)
{
    (void)snprintf(work->setting, sizeof(work->setting), "$2b$%02d$%s", cost,
                   "......................"
                   "...............................");
}

struct error *password_check(struct ctx *cx, struct str password, struct str hash, bool *ret_matches,
                             bool *ret_needs_rehash)
{
    int cost = cx->platform->crypto->bcrypt_cost;
    struct bcrypt_prefix prefix = {.variant = 'b', .cost = (uint64_t)cost};
    struct hashing work = {.password = ""};
    bool is_absent = hash.len == 0;
    if (is_absent)
        set_dummy(&work, cost);
    else if (parse_prefix(hash, &prefix))
        memcpy(work.setting, hash.ptr, hash.len);
    else
        return ERROR_CODE(cx, INTERNAL, "a stored password hash is not bcrypt");
    set_password(cx->arena, password, &work);
    TRY(run(cx, &work));
    bool is_equal = crypto_equal(work.hash, work.setting, HASH_CHARS);
    *ret_matches = is_equal && !is_absent;
    *ret_needs_rehash = *ret_matches && (prefix.variant != 'b' || prefix.cost < (uint64_t)cost);
    return NULL;
}
