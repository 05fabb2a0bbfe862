/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The context of one piece of work: a request, a job, an event delivery, a command. Passed first to
 * everything above base. Plain data and forward declarations only, so anybody may include it. */
#ifndef PLATFORM_CTX_CTX_H
#define PLATFORM_CTX_CTX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error/error.h"
#include "base/mem/arena.h"
#include "base/text/str.h"
#include "base/value/id.h"
#include "base/value/instant.h"

#include "platform/ctx/permission.h"

struct bus;
struct cache;
struct claim;
struct clock;
struct crypto;
struct db;
struct http_client;
struct jobs;
struct live;
struct log;
struct mail;
struct metrics;
struct module;
struct pool;
struct sandbox;
struct storage;

/* The shared resources, built once by app and never changed after start. */
struct platform {
    struct bus *bus;
    struct cache *cache;
    struct clock *clock;
    struct crypto *crypto;
    struct db *db;
    struct http_client *http_client;
    struct jobs *jobs;
    struct live *live; /* NULL where nobody is connected: commands of the operator */
    struct log *log;
    struct mail *mail;
    struct metrics *metrics;
    struct pool *blocking_pool; /* fsync, hashing of files, name look-up */
    struct pool *hashing_pool;  /* passwords: one low-priority thread, bounded queue */
    struct sandbox *sandbox;
    struct storage *storage;
    const struct module *const *modules; /* NULL-terminated, in start order */
    void **module_states;                /* beside modules: what each one's start returned */
    struct str public_url;               /* LATHE_PUBLIC_URL without a trailing slash */
    bool is_production;
};

/* Who asks. An anonymous caller has no account and no permission. */
struct caller {
    struct id account_id;
    struct id session_id;
    uint64_t permissions; /* bits of enum permission */
    bool is_verified;     /* the account's e-mail address was confirmed */
    uint64_t
        withheld; /* bits of permissions that the account has and this session lacks a second factor for */
};

extern const struct caller caller_anonymous;

/* W3C trace context of this work. */
struct trace_context {
    uint8_t trace_id[16];
    uint8_t span_id[8];
    bool is_sampled;
};

struct ctx {
    struct arena *arena; /* lives as long as the work */
    const struct platform *platform;
    const struct caller *caller; /* never NULL */
    int64_t deadline_us;         /* monotonic (loop_now_us); INT64_MAX: none */
    struct str request_id;       /* shown to the client and in each log line */
    struct trace_context trace;
    struct str client_address; /* numeric, after trusted proxies; "" for jobs */
    struct str user_agent;
    const struct claim *claim; /* of the Idempotency-Key, or NULL; see platform/db/claim.h */
    bool is_vital;             /* goes first where work waits: bids, payments, ends of auctions */
};

/* An error in the context's arena. */
#define ERROR(cx, reason, ...) error_new((cx)->arena, &(reason), __FILE__, __LINE__, __VA_ARGS__)
/* An error of a common reason: ERROR_CODE(cx, NOT_FOUND, "no such spec"). */
#define ERROR_CODE(cx, code_name, ...)                                                                       \
    error_new((cx)->arena, ERROR_COMMON(code_name), __FILE__, __LINE__, __VA_ARGS__)

static inline bool caller_is_anonymous(const struct ctx *cx)
{
    return id_is_none(cx->caller->account_id);
}

static inline bool caller_may(const struct ctx *cx, enum permission permission)
{
    return (cx->caller->permissions >> permission & 1) != 0;
}

/* True when the caller is that account. */
static inline bool caller_is(const struct ctx *cx, struct id account_id)
{
    return !caller_is_anonymous(cx) && id_equal(cx->caller->account_id, account_id);
}

/* The state that the module's start returned; the module must be registered. */
void *module_state(const struct ctx *cx, const struct module *module);

#endif
