/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Pictures are never passed on: they are decoded to pixels, turned upright, cut and scaled, laid on
 * white, and encoded anew, so that nothing of the upload but its pixels remains. */
#ifndef MEDIA_IMAGE_PICTURE_H
#define MEDIA_IMAGE_PICTURE_H

#include "base/error/error.h"

#include "media/format/image_format.h"
#include "media/job.h"

/* Makes every JPEG and WebP output of the job's request from the image in bytes, whose facts have been
 * checked, and sends a rendition message for each. Errors: media.decode_error, .bad_header,
 * .output_refused, .internal. */
MUST_USE struct error *picture_make_outputs(struct job *job, struct str bytes,
                                            const struct image_facts *facts);

#endif
