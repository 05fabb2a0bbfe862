/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of reports, and of what was sold exclusively. See catalog_repo.h. */
#include "modules/catalog/catalog_repo.h"
#include "modules/catalog/catalog_sql.h"

/* clang-format off */
static const struct db_column report_columns[] = {
    DB_COLUMN_ID(struct report_row, id),
    DB_COLUMN_ID(struct report_row, item_id),
    DB_COLUMN_ID(struct report_row, reporter_id),
    DB_NULLABLE_ID(struct report_row, auction_id),
    DB_COLUMN_I32(struct report_row, reason),
    DB_COLUMN_TEXT(struct report_row, message),
    DB_COLUMN_INSTANT(struct report_row, created_at),
    DB_COLUMN_I32(struct report_row, kind),
    DB_COLUMN_TEXT(struct report_row, title),
    DB_COLUMN_TEXT(struct report_row, slug),
    DB_COLUMN_TEXT(struct report_row, short_code),
    DB_COLUMN_I32(struct report_row, status),
    DB_COLUMN_ID(struct report_row, owner_id),
    DB_COLUMN_TEXT(struct report_row, owner_name),
};
static const struct db_row report_row = DB_ROW(struct report_row, report_columns);

static const struct db_column sold_columns[] = {
    DB_COLUMN_ID(struct sold_row, spec_id),
    DB_COLUMN_TEXT(struct sold_row, fingerprint),
};
static const struct db_row sold_row = DB_ROW(struct sold_row, sold_columns);

struct spec_id_row {
    struct id spec_id;
};
static const struct db_column spec_id_columns[] = {DB_COLUMN_ID(struct spec_id_row, spec_id)};
static const struct db_row spec_id_row = DB_ROW(struct spec_id_row, spec_id_columns);
/* clang-format on */

/* Features that a sold recording must share before its fingerprint is compared, and how many are compared at most. */
enum { MIN_SHARED_FEATURES = 3, MAX_CANDIDATES = 8 };

struct error *catalog_repo_insert_report(struct ctx *cx, struct tx *tx, const struct report_row *report)
{
    return db_exec(cx, tx,
                   CATALOG_INSERT_REPORT(.id = report->id, .item_id = report->item_id,
                                         .reporter_id = report->reporter_id, .auction_id = report->auction_id,
                                         .reason = report->reason, .message = report->message,
                                         .now = report->created_at),
                   NULL);
}

struct error *catalog_repo_list_reports(struct ctx *cx, const struct list_cursor *after, int64_t limit,
                                        struct array *ret_reports)
{
    return db_list(cx, NULL,
                   CATALOG_LIST_REPORTS(.key = {after != NULL ? after->key : 0},
                                        .key_id = after != NULL ? after->id : ID_NONE, .limit = limit,
                                        .with = after != NULL ? CATALOG_LIST_REPORTS_WITH_AFTER : 0),
                   &report_row, ret_reports);
}

struct error *catalog_repo_decide_reports(struct ctx *cx, struct tx *tx, struct id item_id,
                                          enum catalog_decision decision, struct id account_id,
                                          struct instant now)
{
    return db_exec(cx, tx,
                   CATALOG_DECIDE_REPORTS(.item_id = item_id, .decision = (int32_t)decision,
                                          .account_id = account_id, .now = now),
                   NULL);
}

struct error *catalog_repo_decide_auction_reports(struct ctx *cx, struct tx *tx, struct id auction_id,
                                                  struct id account_id, struct instant now)
{
    return db_exec(cx, tx,
                   CATALOG_DECIDE_AUCTION_REPORTS(.auction_id = auction_id,
                                                  .decision = (int32_t)DECISION_TAKEN_DOWN,
                                                  .account_id = account_id, .now = now),
                   NULL);
}

struct error *catalog_repo_insert_sold(struct ctx *cx, struct tx *tx, const struct sold_mark *mark,
                                       struct instant now)
{
    TRY(db_exec(cx, tx,
                CATALOG_INSERT_SOLD(.spec_id = mark->spec_id, .order_id = mark->order_id,
                                    .master_sha256 = mark->master_sha256, .fingerprint = mark->fingerprint,
                                    .now = now),
                NULL));
    return db_exec(cx, tx, CATALOG_INSERT_SOLD_FEATURES(.spec_id = mark->spec_id, .features = mark->features),
                   NULL);
}

struct error *catalog_repo_is_master_sold(struct ctx *cx, struct tx *tx, struct str sha256, struct id except,
                                          bool *ret_sold)
{
    struct spec_id_row row = {0};
    return db_find(cx, tx, CATALOG_FIND_SOLD_BY_SHA256(.master_sha256 = sha256, .spec_id = except),
                   &spec_id_row, &row, ret_sold);
}

struct error *catalog_repo_list_sold_candidates(struct ctx *cx, struct tx *tx, struct array features,
                                                struct id except, struct array *ret_sold)
{
    return db_list(cx, tx,
                   CATALOG_LIST_SOLD_CANDIDATES(.features = features, .spec_id = except,
                                                .min_count = MIN_SHARED_FEATURES, .limit = MAX_CANDIDATES),
                   &sold_row, ret_sold);
}
