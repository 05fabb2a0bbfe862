/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Contracts as PDF: well-formed, the same bytes each time, with names in other scripts, over several pages. */
#include "modules/licensing/licensing_pdf_service.h"

#include "tests/lib/check.h"

static const struct pdf_block blocks[] = {
    {.style = PDF_TITLE, .text = STR_INIT("Licence agreement")},
    {.style = PDF_TEXT, .label = STR_INIT("Licensor"), .text = STR_INIT("Мира Иванова")},
    {.style = PDF_TEXT, .label = STR_INIT("Licensee"), .text = STR_INIT("Σωκράτης Ümit Łódź محمد")},
    {.style = PDF_HEADING, .text = STR_INIT("What the licence allows")},
    {.style = PDF_TEXT, .label = STR_INIT("Streams"), .text = STR_INIT("up to 50000")},
    {.style = PDF_TEXT,
     .text = STR_INIT(
         "A paragraph that is a good deal longer than a line, so that it has to be broken at a blank somewhere in the "
         "middle, and perhaps at another one further on.")},
    {.style = PDF_TEXT,
     .text = STR_INIT(
         "averyveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryverylongword")},
    {.style = PDF_SMALL,
     .text = STR_INIT("https://example.org/api/v1/license-checks/LIC-05AFM-SZ49E-KRW16-BGNT0")},
};

static struct str render(struct arena *arena, size_t copies)
{
    VEC(struct pdf_block) all = {0};
    struct str pdf = {0};
    for (size_t i = 0; i < copies * COUNT_OF(blocks); i++)
        *VEC_PUSH(arena, &all) = blocks[i % COUNT_OF(blocks)];
    struct pdf_document document = {
        .title = STR("Licence LIC-05AFM-SZ49E-KRW16-BGNT0"),
        .author = STR("Мира Иванова"),
        .qr_text = STR("https://example.org/api/v1/license-checks/LIC-05AFM-SZ49E-KRW16-BGNT0"),
        .blocks = {all.items, all.count},
    };
    struct error *error = pdf_render(arena, &document, &pdf);
    check_that(error == NULL, "%s", error != NULL ? arena_cstr(arena, error->message) : "");
    return pdf;
}

static void a_contract_is_a_pdf(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct str pdf = render(arena, 1);
    assert_true(str_starts_with(pdf, STR("%PDF-1.")));
    assert_true(str_find(pdf, STR("%%EOF")) > 0);
    check_that(pdf.len > 10000 && pdf.len < 200000, "%zu bytes: the fonts are embedded, as subsets", pdf.len);
    arena_free(arena);
}

static void the_same_content_gives_the_same_bytes(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct str first = render(arena, 1), second = render(arena, 1);
    assert_true(str_equal(first, second));
    arena_free(arena);
}

static int count_pages(struct str pdf)
{
    int pages = 0;
    for (size_t at = 0; at < pdf.len; pages++) {
        ptrdiff_t found = str_find(str_slice(pdf, at, pdf.len), STR("/Type /Page\n"));
        if (found < 0)
            break;
        at += (size_t)found + 1;
    }
    return pages;
}

static void long_contracts_flow_over_pages(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    assert_int_equal(count_pages(render(arena, 1)), 1);
    assert_true(count_pages(render(arena, 20)) > 3);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_contract_is_a_pdf),
        cmocka_unit_test(the_same_content_gives_the_same_bytes),
        cmocka_unit_test(long_contracts_flow_over_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
