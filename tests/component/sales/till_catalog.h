/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What is offered at the till. The catalogue's own test header cannot be seen beside licensing's: both have a license_view. */
#ifndef TESTS_COMPONENT_SALES_TILL_CATALOG_H
#define TESTS_COMPONENT_SALES_TILL_CATALOG_H

#include "platform/cache/cache.h"
#include "platform/jobs/jobs.h"

#include "modules/catalog/catalog.h"

/* Account n is called "User <n>". */
struct id till_account(uint32_t number);
struct ctx till_as(const struct ctx *cx, uint32_t account);
struct ctx till_as_admin(const struct ctx *cx, uint32_t account);

struct till_option {
    enum catalog_license_type type;
    int64_t price;
};
/* A published recording of the seller, lossless, without stems; every one another recording, whose files have five bytes each. */
struct id till_spec(const struct ctx *cx, uint32_t seller, const char *title,
                    const struct till_option *options, size_t count);
#define SPEC(cx, seller, title, ...)                                                                         \
    till_spec((cx), (seller), (title), (const struct till_option[]){__VA_ARGS__},                            \
              COUNT_OF(((const struct till_option[]){__VA_ARGS__})))
struct id till_option_of(struct ctx *cx, struct id spec_id, enum catalog_license_type type);
/* The seller renames it, and offers a basic licence of another name, price and terms instead of all others. */
void till_rewrite_spec(const struct ctx *cx, uint32_t seller, struct id spec_id);
void till_delete_spec(const struct ctx *cx, uint32_t seller, struct id spec_id);

/* Its WAV is not there any more. */
void till_drop_wav(struct ctx *cx, struct id spec_id);
struct id till_master_of(struct ctx *cx, struct id spec_id);

/* The catalogue's parts of the platform, before it runs. */
extern const struct cache_space *const till_spaces[];
extern const struct job_type *const till_catalog_job;
void till_catalog_open(const struct catalog_port *port, void **ret_state);

#endif
