/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The contract of a licence: what it says, and that it is made once and kept. */
#include "base/json/json_read.h"
#include "base/mem/alloc.h"
#include "base/text/encode.h"
#include "base/text/number.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/fiber/pool.h"

#include "modules/licensing/licensing_pdf_service.h"
#include "modules/licensing/licensing_service.h"

/* What a licence's terms say; a limit of 0 is none. Members that are not known here are not printed. */
struct contract_terms {
    int64_t max_streams, max_copies, max_videos, term_months;
    bool may_perform, may_broadcast, must_credit, is_exclusive;
};

/* clang-format off */
static const struct json_field terms_fields[] = {
    JSON_INTEGER(struct contract_terms, max_streams, .flags = JSON_NULLABLE),
    JSON_INTEGER(struct contract_terms, max_copies, .flags = JSON_NULLABLE),
    JSON_INTEGER(struct contract_terms, max_videos, .flags = JSON_NULLABLE),
    JSON_INTEGER(struct contract_terms, term_months, .flags = JSON_NULLABLE),
    JSON_BOOLEAN(struct contract_terms, may_perform),
    JSON_BOOLEAN(struct contract_terms, may_broadcast),
    JSON_BOOLEAN(struct contract_terms, must_credit),
    JSON_BOOLEAN(struct contract_terms, is_exclusive),
};
static const struct json_type terms_type =
    JSON_TYPE("ContractTerms", struct contract_terms, terms_fields, .ignore_unknown = true);
/* clang-format on */

struct contract {
    struct ctx *cx;
    const struct license_row *license;
    VEC(struct pdf_block) blocks;
};

static void add(struct contract *contract, enum pdf_style style, struct str text)
{
    *VEC_PUSH(contract->cx->arena, &contract->blocks) = (struct pdf_block){.style = style, .text = text};
}

static void add_row(struct contract *contract, const char *label, struct str text)
{
    *VEC_PUSH(contract->cx->arena, &contract->blocks) =
        (struct pdf_block){.style = PDF_TEXT, .label = str_cstr(label), .text = text};
}

static void add_limit(struct contract *contract, const char *label, int64_t limit)
{
    struct str text =
        limit == 0 ? STR("without limit") : arena_printf(contract->cx->arena, "up to %lld", (long long)limit);
    add_row(contract, label, text);
}

static struct str join_kinds(struct ctx *cx, struct array files)
{
    struct strbuf text;
    strbuf_init(&text, cx->arena, 256);
    for (size_t i = 0; i < files.count; i++) {
        const struct license_file_row *file = ARRAY_AT(struct license_file_row, files, i);
        strbuf_printf(&text, "%s%s", i == 0 ? "" : ", ", license_file_kind_words.words[file->kind]);
    }
    return strbuf_str(&text);
}

static void add_parties(struct contract *contract, struct array files)
{
    struct ctx *cx = contract->cx;
    const struct license_row *license = contract->license;
    char *day = arena_alloc(cx->arena, INSTANT_DAY_CHARS);
    instant_format_day(license->issued_at, day);
    add_row(contract, "Licence key", license->license_key);
    add_row(contract, "Recording", license->spec_title);
    add_row(contract, "Licensor", license->seller_name);
    add_row(contract, "Licensee", license->buyer_name);
    add_row(contract, "Licence", license->option_name);
    add_row(contract, "Type", enum_word(&catalog_license_type_words, license->type));
    add_row(contract, "Price paid", money_str(cx->arena, licensing_price(license)));
    add_row(contract, "Date", str_from(day, INSTANT_DAY_CHARS));
    add_row(contract, "Files", join_kinds(cx, files));
    add_row(contract, "Order", id_str(cx->arena, license->order_id));
}

static void add_terms(struct contract *contract, const struct contract_terms *terms)
{
    static const char *const yes_no[] = {"no", "yes"};
    add(contract, PDF_HEADING, STR("What the licence allows"));
    add_limit(contract, "Streams", terms->max_streams);
    add_limit(contract, "Copies sold", terms->max_copies);
    add_limit(contract, "Videos", terms->max_videos);
    add_row(contract, "Live performance", str_cstr(yes_no[terms->may_perform]));
    add_row(contract, "Broadcasting", str_cstr(yes_no[terms->may_broadcast]));
    add_row(contract, "Term",
            terms->term_months == 0 ? STR("without end")
                                    : arena_printf(contract->cx->arena, "%lld months from the date above",
                                                   (long long)terms->term_months));
}

static void add_features(struct contract *contract)
{
    struct array features = licensing_read_texts(contract->cx, contract->license->features);
    if (features.count == 0)
        return;
    add(contract, PDF_HEADING, STR("As offered"));
    for (size_t i = 0; i < features.count; i++)
        add(contract, PDF_TEXT,
            arena_printf(contract->cx->arena, "\u2022 %" STR_FMT,
                         STR_ARG(*ARRAY_AT(struct str, features, i))));
}

static void add_agreement(struct contract *contract, const struct contract_terms *terms)
{
    const struct license_row *license = contract->license;
    add(contract, PDF_HEADING, STR("Agreement"));
    add(contract, PDF_TEXT,
        arena_printf(
            contract->cx->arena,
            "The licensor grants the licensee the %s right to use the recording named above in the licensee's own works, "
            "within the limits stated here. All other rights stay with the licensor.",
            terms->is_exclusive || license->type == CATALOG_EXCLUSIVE ? "exclusive" : "non-exclusive"));
    if (terms->must_credit)
        add(contract, PDF_TEXT,
            STR("The licensee names the licensor as the author of the recording wherever the work is published."));
    add(contract, PDF_TEXT,
        STR("The recording itself may be neither resold nor licensed on. The licence was paid in full on the date above; it ends when the "
            "purchase is refunded. These terms were fixed at the time of the sale and do not change afterwards."));
    add(contract, PDF_HEADING, STR("Check"));
    add(contract, PDF_TEXT,
        STR("Whether this licence is in force can be checked by anybody, with the code below or at:"));
    add(contract, PDF_SMALL, licensing_check_url(contract->cx, license->license_key));
}

static struct contract_terms read_terms(struct ctx *cx, struct str json)
{
    struct contract_terms terms;
    struct error *error = json_decode(cx->arena, &terms_type, json, &terms);
    return error == NULL ? terms : (struct contract_terms){.must_credit = true};
}

/* --- making it --- */

struct rendering {
    struct arena *arena;
    struct pdf_document document;
    struct str pdf;
    struct error *error;
};

static void render(void *arg)
{
    struct rendering *rendering = arg;
    rendering->error = pdf_render(rendering->arena, &rendering->document, &rendering->pdf);
}

static struct error *make(struct ctx *cx, const struct license_row *license, struct str *ret_pdf)
{
    struct contract contract = {.cx = cx, .license = license};
    struct contract_terms terms = read_terms(cx, license->terms);
    struct array files = {0};
    TRY(licensing_repo_list_files(cx, license->id, &files));
    add(&contract, PDF_TITLE, STR("Licence agreement"));
    add_parties(&contract, files);
    add_terms(&contract, &terms);
    add_features(&contract);
    add_agreement(&contract, &terms);
    struct rendering rendering = {
        .arena = cx->arena,
        .document = {.title = arena_printf(cx->arena, "Licence %" STR_FMT, STR_ARG(license->license_key)),
                     .author = license->seller_name,
                     .qr_text = licensing_check_url(cx, license->license_key),
                     .blocks = {contract.blocks.items, contract.blocks.count}},
    };
    TRY(pool_call(cx, cx->platform->blocking_pool, render, &rendering));
    *ret_pdf = rendering.pdf;
    return rendering.error;
}

static struct error *find_or_make(struct ctx *cx, const struct license_row *license,
                                  struct license_contract_row *ret_contract)
{
    bool is_found = false;
    TRY(licensing_repo_find_contract(cx, license->id, ret_contract, &is_found));
    if (is_found)
        return NULL;
    uint8_t *digest = arena_alloc(cx->arena, SHA256_BYTES);
    TRY(make(cx, license, &ret_contract->pdf));
    sha256(ret_contract->pdf.ptr, ret_contract->pdf.len, digest);
    ret_contract->sha256 = str_from((const char *)digest, SHA256_BYTES);
    TRY(licensing_repo_insert_contract(cx, license->id, ret_contract, clock_now(cx)));
    /* Who was first is kept: everybody gets those bytes. */
    return licensing_repo_find_contract(cx, license->id, ret_contract, &is_found);
}

struct error *licensing_load_contract(struct ctx *cx, struct id license_id, const struct license_grant *grant,
                                      struct license_contract *ret_contract)
{
    struct license_row license = {0};
    struct license_contract_row row = {0};
    bool is_found = false;
    TRY(licensing_repo_find(cx, NULL, license_id, &license, &is_found));
    if (!id_is_none(grant->grant))
        TRY(licensing_check_grant(cx, license_id, STR("contract"), grant));
    else if (caller_is_anonymous(cx))
        return ERROR_CODE(cx, UNAUTHENTICATED, "log in, or use a link");
    else if (!is_found || !licensing_is_party(cx, &license))
        is_found = false;
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such licence");
    TRY(find_or_make(cx, &license, &row));
    ret_contract->pdf = row.pdf;
    ret_contract->file_name = arena_printf(cx->arena, "%" STR_FMT ".pdf", STR_ARG(license.license_key));
    ret_contract->etag = arena_printf(cx->arena, "\"%" STR_FMT "\"",
                                      STR_ARG(hex_encode(cx->arena, row.sha256.ptr, row.sha256.len)));
    return NULL;
}
