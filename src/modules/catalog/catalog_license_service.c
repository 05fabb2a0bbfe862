/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Licence options: the set that a spec is offered under. An option keeps its id while its type is offered; one that is taken
 * back stays as a row, for an order may name it. */
#include "base/json/json_write.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"

#include "modules/catalog/catalog_service.h"

/* --- an option as it is stored --- */

static struct str texts_json(struct ctx *cx, const struct array *texts)
{
    struct strbuf out;
    struct json_writer writer;
    strbuf_init(&out, cx->arena, 1 << 16);
    json_writer_init(&writer, &out);
    json_begin_array(&writer);
    for (size_t i = 0; i < texts->count; i++)
        json_put_text(&writer, *ARRAY_AT(struct str, *texts, i));
    json_end_array(&writer);
    REQUIRE(!out.overflow);
    return strbuf_str(&out);
}

static struct str files_json(struct ctx *cx, const struct license_draft *draft)
{
    int32_t bits = draft->file_types.count > 0 ? bits_of(&draft->file_types)
                                               : license_files((enum catalog_license_type)draft->type);
    struct array files = bits_list(cx->arena, bits);
    struct str *words = ARENA_ARRAY(cx->arena, struct str, files.count);
    for (size_t i = 0; i < files.count; i++)
        words[i] = enum_word(&catalog_file_type_words, *ARRAY_AT(int32_t, files, i));
    struct array all = {words, files.count};
    return texts_json(cx, &all);
}

static struct str terms_json(struct ctx *cx, const struct license_draft *draft)
{
    enum catalog_license_type type = (enum catalog_license_type)draft->type;
    bool is_given = JSON_HAS(&license_draft_type, draft, struct license_draft, terms);
    struct license_terms terms = is_given ? draft->terms : license_terms_default(type);
    terms.is_exclusive = type == CATALOG_EXCLUSIVE;
    return json_encode(cx->arena, &license_terms_type, &terms);
}

static struct option_row option_of(struct ctx *cx, const struct license_draft *draft, struct str currency)
{
    return (struct option_row){
        .type = draft->type,
        .name = draft->name,
        .price = draft->price,
        .currency = currency,
        .features = texts_json(cx, &draft->features),
        .file_types = files_json(cx, draft),
        .terms = terms_json(cx, draft),
    };
}

/* --- storing a set --- */

static const struct option_row *find_type(const struct array *options, int32_t type)
{
    for (size_t i = 0; i < options->count; i++)
        if (ARRAY_AT(const struct option_row, *options, i)->type == type)
            return ARRAY_AT(const struct option_row, *options, i);
    return NULL;
}

static bool is_wanted(const struct array *licenses, int32_t type)
{
    for (size_t i = 0; i < licenses->count; i++)
        if (ARRAY_AT(struct license_draft, *licenses, i)->type == type)
            return true;
    return false;
}

static struct error *store_one(struct ctx *cx, struct tx *tx, struct id spec_id, struct option_row *option,
                               const struct option_row *present, int32_t position)
{
    option->id = present != NULL ? present->id : crypto_new_id(cx);
    if (present != NULL)
        return catalog_repo_update_option(cx, tx, option, position);
    return catalog_repo_insert_option(cx, tx, spec_id, option, position, clock_now(cx));
}

static struct error *remove_others(struct ctx *cx, struct tx *tx, const struct array *present,
                                   const struct array *licenses)
{
    for (size_t i = 0; i < present->count; i++) {
        const struct option_row *option = ARRAY_AT(const struct option_row, *present, i);
        if (!is_wanted(licenses, option->type))
            TRY(catalog_repo_remove_option(cx, tx, option->id, clock_now(cx)));
    }
    return NULL;
}

struct error *catalog_store_licenses(struct ctx *cx, struct tx *tx, const struct spec_row *spec,
                                     struct str currency, const struct array *licenses)
{
    struct array present = {0};
    int64_t price_min = -1;
    int64_t price_max = -1;
    TRY(catalog_repo_list_options(cx, tx, spec->id, &present));
    TRY(remove_others(cx, tx, &present, licenses));
    for (size_t i = 0; i < licenses->count; i++) {
        struct option_row option =
            option_of(cx, ARRAY_AT(const struct license_draft, *licenses, i), currency);
        TRY(store_one(cx, tx, spec->id, &option, find_type(&present, option.type), (int32_t)i));
        price_min = price_min < 0 || option.price < price_min ? option.price : price_min;
        price_max = option.price > price_max ? option.price : price_max;
    }
    return catalog_repo_update_prices(cx, tx, spec->id, currency, price_min, price_max);
}

struct replacing {
    struct id id;
    const struct license_set *set;
    struct catalog_match match;
};

static struct error *replace(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct replacing *replacing = arg;
    struct spec_row spec = {0};
    TRY(catalog_lock(cx, tx, replacing->id, &spec));
    TRY(replacing->match.check(cx, replacing->match.arg, spec.id, spec.version));
    if (spec.status == CATALOG_SOLD)
        return ERROR(cx, catalog_option_closed,
                     "the exclusive licence was sold: nothing can be offered any more");
    TRY(catalog_store_licenses(cx, tx, &spec, replacing->set->currency, &replacing->set->licenses));
    if (spec.status == CATALOG_PUBLISHED)
        TRY(catalog_check_publishable(cx, tx, &spec));
    TRY(catalog_repo_touch(cx, tx, spec.id, clock_now(cx)));
    return catalog_tell(cx, tx, &catalog_spec_changed, spec.id);
}

struct error *catalog_set_licenses(struct ctx *cx, struct str key, const struct license_set *set,
                                   struct catalog_match match)
{
    struct spec_row spec = {0};
    struct license_set copy = *set;
    if (str_is_empty(copy.currency))
        copy.currency = STR("");
    TRY(catalog_check_licenses(cx, &copy));
    TRY(catalog_load_own(cx, key, &spec));
    struct replacing replacing = {.id = spec.id, .set = &copy, .match = match};
    return db_transact(cx, TX_WRITE, replace, &replacing);
}
