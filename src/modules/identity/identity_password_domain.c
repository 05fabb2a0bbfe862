/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Common passwords by rule: the list has words, people add figures, signs, capitals and a second word. */
#include "modules/identity/identity_password_domain.h"

#include "base/text/strbuf.h"

enum { LONGEST_COMMON = 48, SHORTEST_WALK = 3, SHORTEST_WORD = 3, MOST_AROUND = 6, DATE_DIGITS = 8 };
enum { SHORTEST_PLACE_WORD = 4, MAX_PLACE_BYTES = 512 };

/* A password in small letters. */
struct folded {
    char text[LONGEST_COMMON + 1];
    size_t len;
};

static struct str folded_str(const struct folded *folded)
{
    return str_from(folded->text, folded->len);
}

static struct folded fold(struct str password)
{
    struct folded folded = {.len = password.len};
    for (size_t i = 0; i < password.len; i++) {
        char byte = password.ptr[i];
        folded.text[i] = byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
    }
    return folded;
}

/* --- walks, pieces, dates --- */

/* Walked in both directions, and on from the end to the beginning. */
static const char *const walks[] = {
    "`1234567890-=",
    "qwertyuiop[]",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "yxcvbnm",
    "!@#$%^&*()_+",
    "abcdefghijklmnopqrstuvwxyz",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "a1b2c3d4e5f6g7h8",
    "qazwsxedcrfvtgbyhnujmikolp",
    "0123456789",
    "147258369",
    "741852963",
    "147852369",
    "14789632",
    "159753456",
    "1029384756",
    "0102030405060708090",
    "00112233445566778899",
    "2468101214",
    "13579",
    "1123581321345589",
    "12345678910111213141516",
};

/* How far the text follows the walk that begins at its place `at`, by steps of 1 or -1. */
static size_t follow(const char *walk, size_t length, size_t at, int step, struct str text)
{
    size_t count = 0;
    while (count < text.len && text.ptr[count] == walk[at]) {
        count++;
        at = step > 0 ? (at + 1) % length : (at + length - 1) % length;
    }
    return count;
}

static size_t longest_walk(struct str text)
{
    size_t longest = 1;
    while (longest < text.len && text.ptr[longest] == text.ptr[0])
        longest++;
    for (size_t i = 0; i < COUNT_OF(walks); i++) {
        size_t length = strlen(walks[i]);
        for (size_t at = 0; at < length; at++) {
            size_t forth = follow(walks[i], length, at, 1, text);
            size_t back = follow(walks[i], length, at, -1, text);
            longest = forth > longest ? forth : longest;
            longest = back > longest ? back : longest;
        }
    }
    return longest;
}

static bool is_made_of_walks(struct str text)
{
    while (text.len > 0) {
        size_t walked = longest_walk(text);
        if (walked < SHORTEST_WALK)
            return false;
        text = str_slice(text, walked, text.len);
    }
    return true;
}

static bool is_repeated(struct str text)
{
    for (size_t piece = 1; piece * 2 <= text.len; piece++)
        if (text.len % piece == 0 && memcmp(text.ptr, text.ptr + piece, text.len - piece) == 0)
            return true;
    return false;
}

static int figure(struct str text, size_t at, size_t len)
{
    int value = 0;
    for (size_t i = at; i < at + len; i++)
        value = value * 10 + (text.ptr[i] - '0');
    return value;
}

static bool is_date(struct str text)
{
    static const struct order {
        size_t day, month, year;
    } orders[] = {{0, 2, 4}, {2, 0, 4}, {6, 4, 0}};
    if (text.len != DATE_DIGITS)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        int day = figure(text, orders[i].day, 2), month = figure(text, orders[i].month, 2);
        int year = figure(text, orders[i].year, 4);
        if (day >= 1 && day <= 31 && month >= 1 && month <= 12 && year >= 1900 && year <= 2100)
            return true;
    }
    return false;
}

/* --- words --- */

/* Bytes beyond ASCII are letters of some language. */
static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (unsigned char)byte >= 0x80;
}

static char letter_for(char byte)
{
    static const char from[] = "013457@$!", to[] = "oieastasi";
    const char *found = memchr(from, byte, sizeof(from) - 1);
    return found != NULL ? to[found - from] : byte;
}

static struct folded read_signs_as_letters(struct folded folded)
{
    for (size_t i = 0; i < folded.len; i++)
        folded.text[i] = letter_for(folded.text[i]);
    return folded;
}

static bool is_word(struct str text)
{
    size_t low = 0, high = password_word_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_compare(text, str_cstr(password_words[middle]));
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

/* Without what stands before the first letter and behind the last. */
static struct str stem_of(struct str text)
{
    while (text.len > 0 && !is_letter(text.ptr[0]))
        text = str_slice(text, 1, text.len);
    while (text.len > 0 && !is_letter(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

/* The same, of those between the first letter and the last: what stands around is decoration. */
static struct folded read_inner_signs(struct folded folded)
{
    struct str text = folded_str(&folded), stem = stem_of(text);
    size_t begin = (size_t)(stem.ptr - text.ptr);
    for (size_t i = begin; i < begin + stem.len; i++)
        folded.text[i] = letter_for(folded.text[i]);
    return folded;
}

static bool has_common_stem(struct str text)
{
    struct str stem = stem_of(text);
    if (stem.len < SHORTEST_WORD || text.len - stem.len > MOST_AROUND)
        return false;
    if (is_word(stem) || is_repeated(stem))
        return true;
    for (size_t i = SHORTEST_WORD; i + SHORTEST_WORD <= stem.len; i++)
        if (is_word(str_slice(stem, 0, i)) && is_word(str_slice(stem, i, stem.len)))
            return true;
    return false;
}

/* --- the place --- */

static bool is_place_word(struct str text, struct str place)
{
    struct str word;
    while (str_split(&place, ' ', &word))
        if (!str_is_empty(word) && str_equal(text, word))
            return true;
    return false;
}

/* Cut in two or not, with a word of the place among the parts. */
static bool has_place_stem(struct str text, struct str place)
{
    struct str stem = stem_of(text);
    if (text.len - stem.len > MOST_AROUND)
        return false;
    if (is_place_word(stem, place))
        return true;
    for (size_t i = 1; i < stem.len; i++) {
        struct str head = str_slice(stem, 0, i), tail = str_slice(stem, i, stem.len);
        bool is_head = is_place_word(head, place), is_tail = is_place_word(tail, place);
        if ((is_head && (is_tail || is_word(tail))) || (is_tail && is_word(head)))
            return true;
    }
    return false;
}

static void put_place_word(struct strbuf *out, const char *word, size_t len)
{
    if (len < SHORTEST_PLACE_WORD)
        return;
    strbuf_append_cstr(out, out->len == 0 ? "" : " ");
    strbuf_append(out, str_from(word, len));
}

/* Each word of the text, then all of them as one. */
static void put_place_words(struct strbuf *out, struct str text)
{
    struct folded whole = {.len = 0};
    size_t begin = 0;
    struct folded folded = fold(str_slice(text, 0, LONGEST_COMMON));
    for (size_t i = 0; i <= folded.len; i++) {
        if (i < folded.len && is_letter(folded.text[i])) {
            whole.text[whole.len++] = folded.text[i];
            continue;
        }
        put_place_word(out, whole.text + begin, whole.len - begin);
        begin = whole.len;
    }
    put_place_word(out, whole.text, whole.len);
}

struct str password_place_words(struct arena *arena, struct str shop_name, struct str host)
{
    struct strbuf out;
    size_t end = host.len;
    while (end > 0 && host.ptr[end - 1] != '.')
        end--;
    strbuf_init(&out, arena, MAX_PLACE_BYTES);
    put_place_words(&out, shop_name);
    put_place_words(&out, str_slice(host, 0, end));
    return strbuf_str(&out);
}

bool password_is_of_place(struct str password, struct str place)
{
    if (str_is_empty(password) || password.len > LONGEST_COMMON || str_is_empty(place))
        return false;
    struct folded plain = fold(password), read = read_signs_as_letters(plain),
                  inner = read_inner_signs(plain);
    return has_place_stem(folded_str(&plain), place) || has_place_stem(folded_str(&read), place) ||
           has_place_stem(folded_str(&inner), place);
}

bool password_is_common(struct str password)
{
    if (str_is_empty(password) || password.len > LONGEST_COMMON)
        return false;
    struct folded plain = fold(password), read = read_signs_as_letters(plain),
                  inner = read_inner_signs(plain);
    struct str text = folded_str(&plain);
    return is_made_of_walks(text) || is_repeated(text) || is_date(text) || has_common_stem(text) ||
           has_common_stem(folded_str(&read)) || has_common_stem(folded_str(&inner));
}
