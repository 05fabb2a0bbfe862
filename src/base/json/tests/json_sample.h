/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A message with every kind of row, shared by the tests and the fuzz target, and what a decoding gave
 * as one text that tables can hold. */
#ifndef BASE_JSON_TESTS_JSON_SAMPLE_H
#define BASE_JSON_TESTS_JSON_SAMPLE_H

#include "base/json/json_read.h"
#include "base/json/json_write.h"

enum sample_color { SAMPLE_RED, SAMPLE_GREEN, SAMPLE_BLUE };
extern const struct enum_table sample_color_words;

struct sample_line {
    struct str sku;
    int64_t count;
    struct money price;
    struct array notes; /* struct str */
};

struct sample_size {
    int64_t width, height;
    struct str unit;
};

struct sample {
    struct str title;
    struct str note;
    struct str nick;
    struct str email;
    struct str password;
    bool is_open;
    int64_t quantity;
    int64_t stock;
    double ratio;
    int32_t color;
    int32_t shade;
    struct id owner;
    struct instant due;
    struct money price;
    struct sample_size size;
    struct array lines;   /* struct sample_line */
    struct array tags;    /* struct str */
    struct array numbers; /* int64_t */
    struct array colors;  /* int32_t */
    struct array owners;  /* struct id */
    struct array ratios;  /* double */
    struct array dues;    /* struct instant */
    struct array prices;  /* struct money */
    struct array raws;    /* struct str */
    struct array flags;   /* bool */
    struct str extra;
    uint64_t present;
};
extern const struct json_type sample_type;
extern const struct json_type sample_line_type;

/* What a query string may hold. */
struct sample_filter {
    struct str q;
    int64_t limit;
    double ratio;
    bool is_open;
    int32_t color;
    struct id owner;
    struct instant since;
    struct array tags;
    struct array numbers;
    uint64_t present;
};
extern const struct json_type sample_filter_type;

/* The object encoded again, or the message of a malformed text, or the violations, one a line:
 * "/pointer rule: message". */
struct str sample_outcome(struct arena *arena, const struct json_type *type, struct str text);

/* What an error says, as above. */
struct str sample_error_text(struct arena *arena, const struct error *error);

#endif
