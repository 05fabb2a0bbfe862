/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Idempotency-Key: the claim commits first; the work's transaction records its result under it; the reply is stored afterwards, or
 * rendered again from the result if a crash lost it. Source: architecture, "Idempotency". */
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/jobs/jobs.h"
#include "platform/log/log.h"

#include "gateway/gate.h"
#include "gateway/gateway_sql.h"

enum { MAX_KEY_LEN = 255 };
static const int64_t lease_us = 60 * US_PER_SECOND;
static const int64_t keep_us = 24 * US_PER_HOUR;

struct claim_row {
    struct id id;
    struct str digest;
    struct instant lease_until;
    struct id result_id;
    int32_t status;
    struct str reply;
    struct str location;
};

/* clang-format off */
static const struct db_column claim_columns[] = {
    DB_COLUMN_ID(struct claim_row, id),
    DB_COLUMN_BYTES(struct claim_row, digest),
    DB_COLUMN_INSTANT(struct claim_row, lease_until),
    DB_NULLABLE_ID(struct claim_row, result_id),
    DB_COLUMN_I32(struct claim_row, status),
    DB_NULLABLE_TEXT(struct claim_row, reply),
    DB_NULLABLE_TEXT(struct claim_row, location),
};
/* clang-format on */
static const struct db_row claim_row = DB_ROW(struct claim_row, claim_columns);

static struct error *record_result(struct ctx *cx, struct tx *tx, const struct claim *claim,
                                   struct id result_id)
{
    return db_exec(cx, tx, GATEWAY_RECORD_RESULT(.id = claim->id, .result_id = result_id), NULL);
}

static bool is_key(struct str key)
{
    if (key.len == 0 || key.len > MAX_KEY_LEN)
        return false;
    for (size_t i = 0; i < key.len; i++)
        if (key.ptr[i] < '!' || key.ptr[i] > '~')
            return false;
    return true;
}

struct claiming {
    struct gate *gate;
    struct str key;
    struct str route;
    uint8_t digest[SHA256_BYTES];
    struct claim_row row; /* of an earlier request */
    bool is_new;          /* the work is ours to do */
};

/* Path and query are part of it: the same key on another resource is another request. */
static void digest_request(struct claiming *claiming)
{
    const struct http_request *request = exchange_request(claiming->gate->call.exchange);
    struct sha256_stream *stream = sha256_begin();
    sha256_feed(stream, request->target.ptr, request->target.len);
    sha256_feed(stream, "\n", 1);
    sha256_feed(stream, claiming->gate->request_body.ptr, claiming->gate->request_body.len);
    sha256_end(stream, claiming->digest);
}

static struct error *insert_claim(struct ctx *cx, struct tx *tx, struct claiming *claiming,
                                  bool *ret_inserted)
{
    struct instant now = clock_now(cx);
    int64_t count = 0;
    struct id id = crypto_new_id(cx);
    TRY(db_exec(
        cx, tx,
        GATEWAY_INSERT_CLAIM(.id = id, .account_id = cx->caller->account_id, .route = claiming->route,
                             .key = claiming->key,
                             .digest = str_from((const char *)claiming->digest, sizeof(claiming->digest)),
                             .lease_until = instant_add_us(now, lease_us), .now = now),
        &count));
    *ret_inserted = count == 1;
    if (*ret_inserted)
        claiming->gate->claim = (struct claim){.id = id, .record = record_result};
    return NULL;
}

static bool is_same_request(const struct claiming *claiming)
{
    return str_equal(claiming->row.digest,
                     str_from((const char *)claiming->digest, sizeof(claiming->digest)));
}

static struct error *judge_earlier(struct ctx *cx, struct tx *tx, struct claiming *claiming)
{
    const struct claim_row *row = &claiming->row;
    if (!is_same_request(claiming))
        return ERROR(cx, idempotency_mismatch, "this Idempotency-Key was used with another request");
    if (row->status != 0 || !id_is_none(row->result_id))
        return NULL;
    struct instant now = clock_now(cx);
    if (instant_is_before(now, row->lease_until)) {
        struct error *error = ERROR(cx, idempotency_running, "the request with this key is still running");
        error->retry_after_ms = 1000;
        return error;
    }
    claiming->gate->claim = (struct claim){.id = row->id, .record = record_result};
    claiming->is_new = true;
    return db_exec(
        cx, tx, GATEWAY_TAKE_OVER_CLAIM(.id = row->id, .lease_until = instant_add_us(now, lease_us)), NULL);
}

static struct error *claim(struct ctx *cx, struct tx *tx, void *arg)
{
    struct claiming *claiming = arg;
    bool is_found = false;
    TRY(insert_claim(cx, tx, claiming, &claiming->is_new));
    if (claiming->is_new)
        return NULL;
    TRY(db_find(cx, tx,
                GATEWAY_FIND_CLAIM(.account_id = cx->caller->account_id, .route = claiming->route,
                                   .key = claiming->key),
                &claim_row, &claiming->row, &is_found));
    if (!is_found) /* swept in this very moment */
        return ERROR(cx, idempotency_running, "try again");
    return judge_earlier(cx, tx, claiming);
}

static struct error *replay(struct gate *gate, const struct claim_row *row)
{
    struct http_exchange *exchange = gate->call.exchange;
    exchange_add_header(exchange, STR("Idempotency-Replayed"), STR("true"));
    if (row->status == 0) {
        TRY(gate_decode_path(gate));
        return gate->match.route->render(&gate->cx, &gate->call, row->result_id);
    }
    if (!str_is_empty(row->location))
        exchange_add_header(exchange, STR("Location"), row->location);
    exchange_add_header(exchange, STR("Cache-Control"), STR("no-store"));
    if (row->reply.ptr == NULL)
        return exchange_reply_empty(exchange, row->status);
    struct str type = row->status < 400 ? STR("application/json") : STR("application/problem+json");
    return exchange_reply(exchange, row->status, type, row->reply);
}

struct error *gate_claim_key(struct gate *gate)
{
    const struct route *route = gate->match.route;
    struct str key = http_field(exchange_request(gate->call.exchange), HTTP_FIELD_IDEMPOTENCY_KEY);
    if (route->idempotency == IDEMPOTENCY_NONE ||
        (route->idempotency == IDEMPOTENCY_OPTIONAL && key.ptr == NULL))
        return NULL;
    if (!is_key(key))
        return ERROR(&gate->cx, idempotency_bad_key, "send an Idempotency-Key of 1 to %d visible characters",
                     MAX_KEY_LEN);
    struct claiming *claiming = ARENA_NEW(gate->cx.arena, struct claiming);
    claiming->gate = gate;
    claiming->key = key;
    claiming->route = arena_printf(gate->cx.arena, "%" STR_FMT " %s",
                                   STR_ARG(http_method_name(route->method)), route->path);
    digest_request(claiming);
    TRY(db_transact(&gate->cx, TX_WRITE, claim, claiming));
    if (!claiming->is_new)
        return replay(gate, &claiming->row);
    gate->has_claim = true;
    gate->cx.claim = &gate->claim;
    return NULL;
}

/* 5xx and what the client may try again at once are not kept: the key stays usable. */
static bool is_kept(const struct error *error)
{
    if (error == NULL)
        return true;
    return error_code_status(error->reason->code) < 499 && !error_code_may_retry(error->reason->code);
}

void gate_settle_claim(struct gate *gate, const struct error *error)
{
    struct error *failed = NULL;
    if (is_kept(error) && error != NULL)
        failed = db_exec(&gate->cx, NULL,
                         GATEWAY_STORE_REPLY(.id = gate->claim.id,
                                             .status = error_code_status(error->reason->code),
                                             .reply = gate_problem_json(gate, error)),
                         NULL);
    else if (is_kept(error) && gate->call.replied_status != 0)
        failed = db_exec(&gate->cx, NULL,
                         GATEWAY_STORE_REPLY(.id = gate->claim.id, .status = gate->call.replied_status,
                                             .reply = gate->call.replied_json,
                                             .location = gate->call.replied_location),
                         NULL);
    else
        failed = db_exec(&gate->cx, NULL, GATEWAY_DELETE_CLAIM(.id = gate->claim.id), NULL);
    if (failed != NULL) /* the reply was rendered or will be again; the lease runs out by itself */
        log_error(gate->cx.platform->log, &gate->cx, "http.idempotency.not_stored", failed);
}

static struct error *sweep(struct ctx *cx, const struct job *job)
{
    (void)job;
    return db_exec(cx, NULL, GATEWAY_SWEEP_CLAIMS(.before = instant_add_us(clock_now(cx), -keep_us)), NULL);
}

const struct job_type gateway_claims_job = {
    .name = "gateway.sweep_claims",
    .help = "Forgets idempotency keys after a day",
    .run = sweep,
    .every_us = 10 * US_PER_MINUTE,
};
