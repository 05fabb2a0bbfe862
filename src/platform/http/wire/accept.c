/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Accept-Encoding and the table of types that compress. */
#include "platform/http/wire/accept.h"

#include "base/require/require.h"

#include "platform/http/wire/syntax.h"

static const struct str coding_names[CODING_COUNT] = {
    [CODING_IDENTITY] = STR_INIT("identity"),
    [CODING_GZIP] = STR_INIT("gzip"),
    [CODING_BROTLI] = STR_INIT("br"),
};

struct str content_coding_name(enum content_coding coding)
{
    REQUIRE(coding < CODING_COUNT);
    return coding_names[coding];
}

/* The weight in thousandths, 1000 without one. What is no weight counts as 0: not wanted. */
static int parse_weight(struct str parameters)
{
    struct str weight = syntax_parameter(parameters, STR("q"));
    if (weight.ptr == NULL)
        return 1000;
    if (weight.len == 0 || weight.len > 5 || (weight.len > 1 && weight.ptr[1] != '.'))
        return 0;
    int thousandths = 0, unit = 1000;
    for (size_t i = 0; i < weight.len; i++) {
        if (i == 1)
            continue;
        if (!byte_is(weight.ptr[i], BYTE_DIGIT))
            return 0;
        thousandths += (weight.ptr[i] - '0') * unit;
        unit /= 10;
    }
    return thousandths <= 1000 ? thousandths : 0;
}

static bool names_coding(struct str name, enum content_coding coding)
{
    return str_equal_nocase(name, coding_names[coding]) ||
           (coding == CODING_GZIP && str_equal_nocase(name, STR("x-gzip")));
}

/* An explicit row beats "*"; -1 where neither stands. */
static int weight_of(struct str list, enum content_coding coding)
{
    int weight = -1, others = -1;
    struct str element;
    while (syntax_next_element(&list, &element)) {
        ptrdiff_t semicolon = str_find_byte(element, ';', 0);
        size_t name_len = semicolon >= 0 ? (size_t)semicolon : element.len;
        struct str name = str_trim(str_slice(element, 0, name_len));
        int q = parse_weight(str_slice(element, name_len + 1, element.len));
        if (names_coding(name, coding))
            weight = q;
        else if (str_equal(name, STR("*")))
            others = q;
    }
    return weight >= 0 ? weight : others;
}

enum content_coding accept_choose_coding(struct str accept_encoding)
{
    static const enum content_coding preferred[] = {CODING_BROTLI, CODING_GZIP};
    enum content_coding best = CODING_IDENTITY;
    int best_weight = 0;
    for (size_t i = 0; i < COUNT_OF(preferred); i++) {
        int weight = weight_of(accept_encoding, preferred[i]);
        if (weight > best_weight) {
            best = preferred[i];
            best_weight = weight;
        }
    }
    /* Identity needs no mention, but a client may weigh it above the rest. */
    return best_weight < weight_of(accept_encoding, CODING_IDENTITY) ? CODING_IDENTITY : best;
}

static const struct str compressing_starts[] = {STR_INIT("text/")};
static const struct str compressing_ends[] = {STR_INIT("+json"), STR_INIT("+xml")};
static const struct str compressing_types[] = {
    STR_INIT("application/json"),
    STR_INIT("application/javascript"),
    STR_INIT("application/xml"),
    STR_INIT("application/wasm"),
    STR_INIT("application/vnd.apple.mpegurl"),
    STR_INIT("application/x-ndjson"),
    STR_INIT("font/ttf"),
    STR_INIT("font/otf"),
};

bool media_type_compresses(struct str content_type)
{
    ptrdiff_t semicolon = str_find_byte(content_type, ';', 0);
    struct str type = semicolon >= 0 ? str_trim(str_slice(content_type, 0, (size_t)semicolon)) : content_type;
    if (str_equal(type, STR("text/event-stream")))
        return false;
    for (size_t i = 0; i < COUNT_OF(compressing_starts); i++) {
        if (str_starts_with(type, compressing_starts[i]))
            return true;
    }
    for (size_t i = 0; i < COUNT_OF(compressing_ends); i++) {
        if (str_ends_with(type, compressing_ends[i]))
            return true;
    }
    for (size_t i = 0; i < COUNT_OF(compressing_types); i++) {
        if (str_equal(type, compressing_types[i]))
            return true;
    }
    return false;
}
