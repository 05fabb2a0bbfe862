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
static void check_round_trip(struct arena *arena, const struct json_type *type, const void *object)
{
    struct str first = json_encode(arena, type, object);
    void *again = arena_alloc(arena, type->size);
    REQUIRE(json_check(arena, first) == NULL);
    REQUIRE(json_decode(arena, type, first, again) == NULL);
    REQUIRE(str_equal(json_encode(arena, type, again), first));
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
        check_round_trip(arena, &sample_type, &sample);
}

static void check_pair_list(struct arena *arena, const struct json_pair *pairs, size_t count)
{
    struct sample_filter filter = {0};
    struct error *error = json_decode_pairs(arena, &sample_filter_type, pairs, count, &filter);
    if (error != NULL)
        check_refusal(arena, error);
    else
        check_round_trip(arena, &sample_filter_type, &filter);
}

/* The bytes as the value of each row, and as a list of "name=value" lines. */
static void check_pairs(struct arena *arena, struct str text)
{
    for (size_t i = 0; i < sample_filter_type.count; i++) {
        const struct json_pair pair = {str_cstr(sample_filter_type.fields[i].name), text};
        check_pair_list(arena, &pair, 1);
    }
    struct json_pair pairs[40];
    size_t count = 0;
    for (struct str part = STR_NONE; count < COUNT_OF(pairs) && str_split(&text, '\n', &part); count++) {
        (void)str_split(&part, '=', &pairs[count].name);
        pairs[count].value = part;
    }
    check_pair_list(arena, pairs, count);
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
