/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of the second factor. See identity_factor_domain.h. */
#include "modules/identity/identity_factor_domain.h"

#include "base/text/encode.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
enum { MODULUS = 1000000, LONGEST_TYPED = 64 };

const int64_t factor_challenge_us = 5 * US_PER_MINUTE;

int64_t factor_first_step(struct instant now)
{
    return now.us / (FACTOR_STEP_S * US_PER_SECOND) - FACTOR_DRIFT;
}

int64_t factor_judge(int64_t first_step, const uint32_t values[FACTOR_WINDOW], uint32_t typed,
                     int64_t last_step)
{
    for (int i = 0; i < FACTOR_WINDOW; i++)
        if (first_step + i > last_step && values[i] % MODULUS == typed)
            return first_step + i;
    return -1;
}

/* Letters as capitals, without what is there for the eye. Longer input is cut, which makes it unreadable. */
static size_t squeeze(struct str typed, char ret_text[LONGEST_TYPED])
{
    size_t len = 0;
    for (size_t i = 0; i < typed.len && len < LONGEST_TYPED; i++) {
        char byte = typed.ptr[i];
        if (byte != ' ' && byte != '-' && byte != '\t')
            ret_text[len++] = byte >= 'a' && byte <= 'z' ? (char)(byte & ~0x20) : byte;
    }
    return len;
}

static bool read_figures(struct str text, uint32_t *ret_value)
{
    uint32_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        value = value * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    *ret_value = value;
    return text.len == FACTOR_DIGITS;
}

static bool read_recovery(struct str text, struct factor_input *input)
{
    if (text.len != 1 + RECOVERY_LETTERS || text.ptr[0] < '0' || text.ptr[0] > '9')
        return false;
    for (size_t i = 0; i < RECOVERY_LETTERS; i++)
        if (memchr(alphabet, text.ptr[1 + i], sizeof(alphabet) - 1) == NULL)
            return false;
    input->place = text.ptr[0] - '0';
    memcpy(input->letters, text.ptr + 1, RECOVERY_LETTERS);
    return true;
}

struct factor_input factor_read(struct str typed)
{
    char text[LONGEST_TYPED];
    struct factor_input input = {.kind = FACTOR_UNREADABLE};
    struct str squeezed = str_from(text, squeeze(typed, text));
    if (read_figures(squeezed, &input.value))
        input.kind = FACTOR_APP_CODE;
    else if (read_recovery(squeezed, &input))
        input.kind = FACTOR_RECOVERY_CODE;
    return input;
}

void recovery_make(const uint8_t random[RECOVERY_RANDOM_BYTES], char ret_letters[RECOVERY_LETTERS])
{
    for (int i = 0; i < RECOVERY_LETTERS; i++)
        ret_letters[i] = alphabet[random[i] & 31];
}

struct str recovery_format(struct arena *arena, int place, const char letters[RECOVERY_LETTERS])
{
    return arena_printf(arena, "%d-%.5s-%.5s", place, letters, letters + RECOVERY_LETTERS / 2);
}

struct str factor_uri(struct arena *arena, struct str issuer, struct str account, struct str secret)
{
    struct str name = percent_encode(arena, issuer);
    return arena_printf(arena,
                        "otpauth://totp/%" STR_FMT ":%" STR_FMT "?secret=%" STR_FMT "&issuer=%" STR_FMT
                        "&algorithm=SHA1&digits=%d&period=%d",
                        STR_ARG(name), STR_ARG(percent_encode(arena, account)), STR_ARG(secret),
                        STR_ARG(name), FACTOR_DIGITS, FACTOR_STEP_S);
}
