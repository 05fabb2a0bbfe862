/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Fuzz target: documents and queries by a message with every kind of row. What is accepted is encoded,
 * and that decodes to the same text again; what is refused says why. */
#include "base/json/tests/json_sample.h"
#include "base/mem/arena.h"
#include "base/text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_refusal(struct arena *arena, const struct error *error)
{
    bool is_malformed = error_is(error, &json_malformed);
    REQUIRE(is_malformed || (error_is(error, &json_invalid) && error->violations != NULL));
    REQUIRE(error->message.len != 0);
    for (const struct violation *one = error->violations; one != NULL; one = one->next) {
        REQUIRE(one->pointer.len == 0 || one->pointer.ptr[0] == '/');
        REQUIRE(one->rule.len != 0 && one->message.len != 0 && utf8_is_valid(one->message));
    }
    REQUIRE(sample_error_text(arena, error).len != 0);
}

/* Encoding what was decoded is a fixed point. */
static void check_round_trip(struct arena *arena, const struct sample *sample)
{
    struct str first = json_encode(arena, &sample_type, sample);
    struct sample again = {0};
    REQUIRE(json_check(arena, first) == NULL);
    REQUIRE(json_decode(arena, &sample_type, first, &again) == NULL);
    REQUIRE(str_equal(json_encode(arena, &sample_type, &again), first));
}

static void check_document(struct arena *arena, struct str text)
{
    struct sample sample = {0};
    struct error *any = json_check(arena, text);
    struct error *error = json_decode(arena, &sample_type, text, &sample);
    REQUIRE((any != NULL) == error_is(error, &json_malformed)); /* rows do not change what JSON is */
    if (error != NULL)
        check_refusal(arena, error);
    else
        check_round_trip(arena, &sample);
}

/* The bytes as the value of a scalar row, of a list and of no row. */
static void check_pairs(struct arena *arena, struct str text)
{
    static const struct str names[] = {
        STR_INIT("title"), STR_INIT("quantity"), STR_INIT("ratio"),   STR_INIT("is_open"), STR_INIT("color"),
        STR_INIT("owner"), STR_INIT("due"),      STR_INIT("numbers"), STR_INIT("tags"),    STR_INIT("email"),
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct json_pair pairs[] = {{names[i], text}, {STR("nick"), STR("abc")}, {STR("title"), text}};
        struct sample sample = {0};
        struct error *error = json_decode_pairs(arena, &sample_type, pairs, COUNT_OF(pairs), &sample);
        if (error != NULL)
            check_refusal(arena, error);
        else
            check_round_trip(arena, &sample);
    }
    const struct json_pair unknown = {text, text};
    struct sample sample = {0};
    check_refusal(arena, json_decode_pairs(arena, &sample_type, &unknown, 1, &sample));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct str text = str_from((const char *)data, size);
    struct strbuf out;
    struct json_writer writer;
    strbuf_init(&out, arena, 8 * size + 16);
    json_writer_init(&writer, &out);
    json_put_text(&writer, text);
    REQUIRE(json_check(arena, strbuf_str(&out)) == NULL); /* any bytes become JSON */
    check_document(arena, text);
    check_pairs(arena, text);
    arena_free(arena);
    return 0;
}
