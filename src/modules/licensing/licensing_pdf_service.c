/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Typesetting by libharu. Fonts are inside of the program (DejaVu, so that names in Latin, Greek, Cyrillic, Arabic and more are
 * written as they are); libharu reads fonts from files only, so each is given to it as an anonymous one and embedded as the
 * subset that is used. */
#include "modules/licensing/licensing_pdf_service.h"

#include <hpdf.h>
#include <qrencode.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem/cleanup.h"
#include "base/text/utf8.h"

/* The fonts' bytes, put into the program as they are. */
#define FONT(symbol, path)                                                                                   \
    __asm__(".pushsection .rodata\n"                                                                         \
            ".balign 16\n"                                                                                   \
            ".global " #symbol "\n" #symbol ":\n"                                                            \
            ".incbin \"" path "\"\n"                                                                         \
            ".global " #symbol "_end\n" #symbol "_end:\n"                                                    \
            ".byte 0\n"                                                                                      \
            ".popsection\n");                                                                                \
    extern const char symbol[];                                                                              \
    extern const char symbol##_end[]

FONT(licensing_font_plain, LICENSING_FONT_PLAIN);
FONT(licensing_font_bold, LICENSING_FONT_BOLD);

/* A4 in points. */
static const float page_width = 595.0F, page_height = 842.0F, margin = 56.0F, label_width = 120.0F,
                   qr_side = 96.0F;

struct style {
    float size, line_height, space_before;
    bool is_bold;
};
static const struct style styles[PDF_STYLES] = {
    [PDF_TITLE] = {22.0F, 28.0F, 0.0F, true},
    [PDF_HEADING] = {12.0F, 17.0F, 14.0F, true},
    [PDF_TEXT] = {10.0F, 14.0F, 3.0F, false},
    [PDF_SMALL] = {8.0F, 11.0F, 3.0F, false},
};

struct pen {
    HPDF_Doc doc;
    HPDF_Page page;
    HPDF_Font plain, bold;
    float y; /* baseline of the next line, from below */
};

static void free_doc(HPDF_Doc *doc)
{
    if (*doc != NULL)
        HPDF_Free(*doc);
}

static void free_code(QRcode **code)
{
    QRcode_free(*code);
}

/* --- text --- */

static void open_page(struct pen *pen)
{
    pen->page = HPDF_AddPage(pen->doc);
    (void)HPDF_Page_SetWidth(pen->page, page_width);
    (void)HPDF_Page_SetHeight(pen->page, page_height);
    pen->y = page_height - margin;
}

static void need_room(struct pen *pen, float height)
{
    if (pen->y - height < margin)
        open_page(pen);
}

static HPDF_Font font_of(const struct pen *pen, bool is_bold)
{
    return is_bold ? pen->bold : pen->plain;
}

/* Bytes of the text that fit into a line: whole words, or at least one character. */
static size_t fit_line(HPDF_Font font, float size, struct str text, float width)
{
    size_t first = 0;
    HPDF_UINT count = HPDF_Font_MeasureText(font, (const HPDF_BYTE *)text.ptr, (HPDF_UINT)text.len, width,
                                            size, 0, 0, HPDF_TRUE, NULL);
    if (count == 0)
        count = HPDF_Font_MeasureText(font, (const HPDF_BYTE *)text.ptr, (HPDF_UINT)text.len, width, size, 0,
                                      0, HPDF_FALSE, NULL);
    (void)utf8_decode(text, &first);
    return count > first ? count : first;
}

static void put_line(const struct pen *pen, HPDF_Font font, float size, float x, const char *text)
{
    (void)HPDF_Page_BeginText(pen->page);
    (void)HPDF_Page_SetFontAndSize(pen->page, font, size);
    (void)HPDF_Page_TextOut(pen->page, x, pen->y, text);
    (void)HPDF_Page_EndText(pen->page);
}

static void put_paragraph(struct arena *arena, struct pen *pen, const struct style *style, float x,
                          struct str text)
{
    HPDF_Font font = font_of(pen, style->is_bold);
    while (text.len != 0) {
        size_t count = fit_line(font, style->size, text, page_width - margin - x);
        need_room(pen, style->line_height);
        pen->y -= style->line_height;
        put_line(pen, font, style->size, x, arena_cstr(arena, str_trim(str_slice(text, 0, count))));
        text = str_trim(str_slice(text, count, text.len));
    }
}

static void put_block(struct arena *arena, struct pen *pen, const struct pdf_block *block)
{
    const struct style *style = &styles[block->style];
    pen->y -= style->space_before;
    /* A heading goes with the line that it heads, a label with its text. */
    need_room(pen, block->style == PDF_HEADING ? 3 * style->line_height : style->line_height);
    if (block->label.ptr != NULL) {
        pen->y -= style->line_height;
        put_line(pen, pen->bold, style->size, margin, arena_cstr(arena, block->label));
        pen->y += style->line_height;
    }
    put_paragraph(arena, pen, style, block->label.ptr != NULL ? margin + label_width : margin, block->text);
}

/* --- the code --- */

static struct error *put_code(struct arena *arena, struct pen *pen, struct str text)
{
    CLEANUP(free_code) QRcode *code = QRcode_encodeString8bit(arena_cstr(arena, text), 0, QR_ECLEVEL_M);
    if (code == NULL)
        return ERROR_IN(arena, *ERROR_COMMON(INTERNAL), "the QR code could not be made");
    need_room(pen, qr_side + 12.0F);
    float side = qr_side / (float)code->width, left = page_width - margin - qr_side, top = pen->y - 12.0F;
    for (int row = 0; row < code->width; row++)
        for (int column = 0; column < code->width; column++)
            if ((code->data[row * code->width + column] & 1) != 0)
                (void)HPDF_Page_Rectangle(pen->page, left + (float)column * side,
                                          top - (float)(row + 1) * side, side, side);
    (void)HPDF_Page_Fill(pen->page);
    return NULL;
}

/* --- the document --- */

static HPDF_Font load_font(HPDF_Doc doc, const char *bytes, const char *end)
{
    size_t len = (size_t)(end - bytes);
    char path[64];
    AUTO_FD fd = memfd_create("font", MFD_CLOEXEC);
    if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
        return NULL;
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    const char *name = HPDF_LoadTTFontFromFile(doc, path, HPDF_TRUE);
    return name != NULL ? HPDF_GetFont(doc, name, "UTF-8") : NULL;
}

static void describe(struct arena *arena, HPDF_Doc doc, const struct pdf_document *document)
{
    (void)HPDF_SetInfoAttr(doc, HPDF_INFO_TITLE, arena_cstr(arena, document->title));
    (void)HPDF_SetInfoAttr(doc, HPDF_INFO_AUTHOR, arena_cstr(arena, document->author));
    (void)HPDF_SetInfoAttr(doc, HPDF_INFO_CREATOR, "Lathe");
    (void)HPDF_SetCompressionMode(doc, HPDF_COMP_ALL);
}

static struct error *save(struct arena *arena, HPDF_Doc doc, struct str *ret_pdf)
{
    if (HPDF_GetError(doc) != HPDF_OK || HPDF_SaveToStream(doc) != HPDF_OK)
        return ERROR_IN(arena, *ERROR_COMMON(INTERNAL), "the contract could not be set (libharu %#lx)",
                        HPDF_GetError(doc));
    HPDF_UINT32 size = HPDF_GetStreamSize(doc);
    char *bytes = arena_alloc_raw(arena, (size_t)size + 1);
    (void)HPDF_ResetStream(doc);
    if (HPDF_ReadFromStream(doc, (HPDF_BYTE *)bytes, &size) != HPDF_OK)
        return ERROR_IN(arena, *ERROR_COMMON(INTERNAL), "the contract could not be read back");
    *ret_pdf = str_from(bytes, size);
    return NULL;
}

struct error *pdf_render(struct arena *arena, const struct pdf_document *document, struct str *ret_pdf)
{
    CLEANUP(free_doc) HPDF_Doc doc = HPDF_New(NULL, NULL);
    if (doc == NULL)
        return ERROR_IN(arena, *ERROR_COMMON(INTERNAL), "no PDF could be opened");
    describe(arena, doc, document); /* before the fonts: compression holds for what is opened after it */
    (void)HPDF_UseUTFEncodings(doc);
    (void)HPDF_SetCurrentEncoder(doc, "UTF-8");
    struct pen pen = {
        .doc = doc,
        .plain = load_font(doc, licensing_font_plain, licensing_font_plain_end),
        .bold = load_font(doc, licensing_font_bold, licensing_font_bold_end),
    };
    if (pen.plain == NULL || pen.bold == NULL)
        return ERROR_IN(arena, *ERROR_COMMON(INTERNAL), "a font could not be loaded");
    open_page(&pen);
    for (size_t i = 0; i < document->blocks.count; i++)
        put_block(arena, &pen, ARRAY_AT(struct pdf_block, document->blocks, i));
    TRY(put_code(arena, &pen, document->qr_text));
    return save(arena, doc, ret_pdf);
}
