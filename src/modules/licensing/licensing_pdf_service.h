/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A contract as a PDF: text that flows over pages in an embedded font, and a QR code. The same content gives the same bytes. */
#ifndef MODULES_LICENSING_LICENSING_PDF_SERVICE_H
#define MODULES_LICENSING_LICENSING_PDF_SERVICE_H

#include "base/data/vec.h"
#include "base/error/error.h"

enum pdf_style { PDF_TITLE, PDF_HEADING, PDF_TEXT, PDF_SMALL, PDF_STYLES };

/* A paragraph; with a label it is a row: label left, text right. */
struct pdf_block {
    enum pdf_style style;
    struct str label; /* absent: a paragraph over the whole width */
    struct str text;  /* UTF-8 without control characters */
};

struct pdf_document {
    struct str title, author;
    struct str qr_text;  /* stands beside the end of the text */
    struct array blocks; /* of struct pdf_block */
};

/* Blocks for some milliseconds: for the blocking pool. ret_pdf lives in the arena. Errors: internal. */
MUST_USE struct error *pdf_render(struct arena *arena, const struct pdf_document *document,
                                  struct str *ret_pdf);

#endif
