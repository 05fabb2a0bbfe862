/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of assets and what was made of them. See media_repo.h. */
#include "modules/media/media_repo.h"
#include "modules/media/media_sql.h"

/* clang-format off */

/* struct media_asset holds its key as bytes, a row as text. */
struct found_asset {
    struct media_asset asset;
    struct str original;
};
#define ASSET(member_) offsetof(struct found_asset, asset.member_)
static const struct db_column found_columns[] = {
    {.name = "id", .type = DB_ID, .offset = ASSET(id)},
    {.name = "owner_id", .type = DB_ID, .offset = ASSET(owner_id)},
    {.name = "purpose", .type = DB_I32, .offset = ASSET(purpose)},
    {.name = "status", .type = DB_I32, .offset = ASSET(status)},
    {.name = "stage", .type = DB_I32, .offset = ASSET(stage)},
    {.name = "progress", .type = DB_F64, .offset = ASSET(progress)},
    {.name = "problem_code", .type = DB_TEXT, .offset = ASSET(problem_code), .is_nullable = true},
    {.name = "problem_detail", .type = DB_TEXT, .offset = ASSET(problem_detail), .is_nullable = true},
    {.name = "file_name", .type = DB_TEXT, .offset = ASSET(file_name)},
    {.name = "size_bytes", .type = DB_I64, .offset = ASSET(size_bytes)},
    {.name = "version", .type = DB_I64, .offset = ASSET(version)},
    {.name = "duration_ms", .type = DB_I64, .offset = ASSET(duration_ms), .is_nullable = true},
    {.name = "codec", .type = DB_TEXT, .offset = ASSET(codec), .is_nullable = true},
    {.name = "sample_rate", .type = DB_I64, .offset = ASSET(sample_rate), .is_nullable = true},
    {.name = "channels", .type = DB_I64, .offset = ASSET(channels), .is_nullable = true},
    {.name = "bit_depth", .type = DB_I64, .offset = ASSET(bit_depth), .is_nullable = true},
    {.name = "is_lossless", .type = DB_BOOL, .offset = ASSET(is_lossless), .is_nullable = true},
    {.name = "bpm", .type = DB_F64, .offset = ASSET(bpm), .is_nullable = true},
    {.name = "musical_key", .type = DB_TEXT, .offset = ASSET(musical_key), .is_nullable = true},
    {.name = "loudness_lufs", .type = DB_F64, .offset = ASSET(loudness_lufs), .is_nullable = true},
    {.name = "true_peak_dbtp", .type = DB_F64, .offset = ASSET(true_peak_dbtp), .is_nullable = true},
    {.name = "loudness_range_lu", .type = DB_F64, .offset = ASSET(loudness_range_lu), .is_nullable = true},
    {.name = "waveform", .type = DB_TEXT, .offset = ASSET(waveform), .is_nullable = true},
    {.name = "fingerprint", .type = DB_TEXT, .offset = ASSET(fingerprint), .is_nullable = true},
    DB_COLUMN_BYTES(struct found_asset, original),
};
static const struct db_row found_row = DB_ROW(struct found_asset, found_columns);

static const struct db_column asset_columns[] = {
    DB_COLUMN_ID(struct asset_row, id),
    DB_COLUMN_ID(struct asset_row, owner_id),
    DB_COLUMN_I32(struct asset_row, purpose),
    DB_COLUMN_I32(struct asset_row, status),
    DB_COLUMN_TEXT(struct asset_row, file_name),
    DB_COLUMN_I64(struct asset_row, size_bytes),
    DB_COLUMN_BYTES(struct asset_row, original),
    DB_COLUMN_I64(struct asset_row, version),
};
static const struct db_row asset_row = DB_ROW(struct asset_row, asset_columns);

static const struct db_column rendition_columns[] = {
    DB_COLUMN_ID(struct rendition_row, id),
    DB_COLUMN_ID(struct rendition_row, asset_id),
    DB_COLUMN_TEXT(struct rendition_row, name),
    DB_COLUMN_TEXT(struct rendition_row, codecs),
    DB_COLUMN_I64(struct rendition_row, sample_rate),
    DB_COLUMN_I64(struct rendition_row, channels),
    DB_COLUMN_I64(struct rendition_row, bandwidth),
    DB_COLUMN_I64(struct rendition_row, average_bandwidth),
    DB_COLUMN_BYTES(struct rendition_row, sha256),
    DB_COLUMN_I64(struct rendition_row, size_bytes),
    DB_COLUMN_TEXT(struct rendition_row, segments),
};
static const struct db_row rendition_row = DB_ROW(struct rendition_row, rendition_columns);

static const struct db_column file_columns[] = {
    DB_COLUMN_I32(struct file_row, kind),
    DB_COLUMN_BYTES(struct file_row, sha256),
    DB_COLUMN_I64(struct file_row, size_bytes),
    DB_COLUMN_TEXT(struct file_row, content_type),
    DB_COLUMN_TEXT(struct file_row, extension),
};
static const struct db_row file_row = DB_ROW(struct file_row, file_columns);

struct fingerprint_row {
    struct str fingerprint_raw;
};
static const struct db_column fingerprint_columns[] = {DB_COLUMN_TEXT(struct fingerprint_row, fingerprint_raw)};
static const struct db_row fingerprint_row = DB_ROW(struct fingerprint_row, fingerprint_columns);

static const struct db_column variant_columns[] = {
    DB_COLUMN_TEXT(struct variant_row, name),
    DB_COLUMN_BYTES(struct variant_row, sha256),
    DB_COLUMN_I64(struct variant_row, size_bytes),
};
static const struct db_row variant_row = DB_ROW(struct variant_row, variant_columns);
/* clang-format on */

/* --- assets --- */

struct error *media_repo_insert_asset(struct ctx *cx, struct tx *tx, const struct asset_row *asset,
                                      struct instant now)
{
    return db_exec(cx, tx,
                   MEDIA_INSERT_ASSET(.id = asset->id, .owner_id = asset->owner_id, .purpose = asset->purpose,
                                      .file_name = asset->file_name, .size_bytes = asset->size_bytes,
                                      .original = asset->original, .now = now),
                   NULL);
}

struct error *media_repo_find_asset(struct ctx *cx, struct tx *tx, struct id id,
                                    struct media_asset *ret_asset, bool *ret_found)
{
    struct found_asset found;
    TRY(db_find(cx, tx, MEDIA_FIND_ASSET(.id = id), &found_row, &found, ret_found));
    *ret_asset = found.asset;
    if (*ret_found && found.original.len == sizeof(ret_asset->original.sha256))
        memcpy(ret_asset->original.sha256, found.original.ptr, found.original.len);
    return NULL;
}

struct error *media_repo_find_fingerprint(struct ctx *cx, struct tx *tx, struct id asset_id,
                                          struct str *ret_raw)
{
    struct fingerprint_row row = {0};
    bool is_found = false;
    TRY(db_find(cx, tx, MEDIA_FIND_FINGERPRINT(.id = asset_id), &fingerprint_row, &row, &is_found));
    *ret_raw = is_found ? row.fingerprint_raw : STR("");
    return NULL;
}

struct error *media_repo_lock_asset(struct ctx *cx, struct tx *tx, struct id id, struct asset_row *ret_asset,
                                    bool *ret_found)
{
    return db_find(cx, tx, MEDIA_LOCK_ASSET(.id = id), &asset_row, ret_asset, ret_found);
}

static struct error *change_one(struct ctx *cx, struct tx *tx, const struct db_call *call, bool *ret_done)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx, call, &count));
    *ret_done = count == 1;
    return NULL;
}

struct error *media_repo_update_asset_progress(struct ctx *cx, struct id id, enum media_stage stage,
                                               double progress, struct instant now, bool *ret_done)
{
    return change_one(
        cx, NULL,
        MEDIA_UPDATE_ASSET_PROGRESS(.id = id, .stage = (int32_t)stage, .progress = progress, .now = now),
        ret_done);
}

struct error *media_repo_finish_asset(struct ctx *cx, struct tx *tx, struct id id, int64_t made_bytes,
                                      struct instant now, bool *ret_done)
{
    return change_one(cx, tx, MEDIA_FINISH_ASSET(.id = id, .made_bytes = made_bytes, .now = now), ret_done);
}

struct error *media_repo_fail_asset(struct ctx *cx, struct tx *tx, struct id id,
                                    const struct asset_problem *problem, struct instant now, bool *ret_done)
{
    return change_one(cx, tx,
                      MEDIA_FAIL_ASSET(.id = id, .problem_code = problem->code,
                                       .problem_detail = problem->detail,
                                       .stored_bytes = problem->stored_bytes, .now = now),
                      ret_done);
}

struct error *media_repo_release_asset(struct ctx *cx, struct tx *tx, struct id id, struct instant now,
                                       bool *ret_done)
{
    return change_one(cx, tx, MEDIA_RELEASE_ASSET(.id = id, .now = now), ret_done);
}

/* --- what was made of them --- */

struct error *media_repo_insert_audio(struct ctx *cx, struct tx *tx, const struct audio_row *audio)
{
    return db_exec(cx, tx,
                   MEDIA_INSERT_AUDIO(.asset_id = audio->asset_id, .container = audio->container,
                                      .codec = audio->codec, .is_lossless = audio->is_lossless,
                                      .duration_ms = audio->duration_ms, .sample_rate = audio->sample_rate,
                                      .channels = audio->channels, .bit_depth = audio->bit_depth,
                                      .bit_rate = audio->bit_rate, .loudness_lufs = audio->loudness_lufs,
                                      .loudness_range_lu = audio->loudness_range_lu,
                                      .true_peak_dbtp = audio->true_peak_dbtp, .bpm = audio->bpm,
                                      .musical_key = audio->musical_key, .waveform = audio->waveform,
                                      .waveform_fine = audio->waveform_fine,
                                      .fingerprint = audio->fingerprint,
                                      .fingerprint_raw = audio->fingerprint_raw, .tags = audio->tags),
                   NULL);
}

struct error *media_repo_insert_rendition(struct ctx *cx, struct tx *tx,
                                          const struct rendition_row *rendition, int32_t position)
{
    return db_exec(cx, tx,
                   MEDIA_INSERT_RENDITION(.id = rendition->id, .asset_id = rendition->asset_id,
                                          .name = rendition->name, .position = position,
                                          .codecs = rendition->codecs, .sample_rate = rendition->sample_rate,
                                          .channels = rendition->channels, .bandwidth = rendition->bandwidth,
                                          .average_bandwidth = rendition->average_bandwidth,
                                          .sha256 = rendition->sha256, .size_bytes = rendition->size_bytes,
                                          .segments = rendition->segments),
                   NULL);
}

struct error *media_repo_list_renditions(struct ctx *cx, struct id asset_id, struct array *ret_renditions)
{
    return db_list(cx, NULL, MEDIA_LIST_RENDITIONS(.asset_id = asset_id), &rendition_row, ret_renditions);
}

struct error *media_repo_find_rendition(struct ctx *cx, struct id id, struct rendition_row *ret_rendition,
                                        bool *ret_found)
{
    return db_find(cx, NULL, MEDIA_FIND_RENDITION(.id = id), &rendition_row, ret_rendition, ret_found);
}

struct error *media_repo_insert_file(struct ctx *cx, struct tx *tx, struct id asset_id,
                                     const struct file_row *file)
{
    return db_exec(cx, tx,
                   MEDIA_INSERT_FILE(.asset_id = asset_id, .kind = file->kind, .sha256 = file->sha256,
                                     .size_bytes = file->size_bytes, .content_type = file->content_type,
                                     .extension = file->extension),
                   NULL);
}

struct error *media_repo_list_files(struct ctx *cx, struct tx *tx, struct id asset_id,
                                    struct array *ret_files)
{
    return db_list(cx, tx, MEDIA_LIST_FILES(.asset_id = asset_id), &file_row, ret_files);
}

struct error *media_repo_find_file(struct ctx *cx, struct id asset_id, enum media_file_kind kind,
                                   struct file_row *ret_file, bool *ret_found)
{
    return db_find(cx, NULL, MEDIA_FIND_FILE(.asset_id = asset_id, .kind = (int32_t)kind), &file_row,
                   ret_file, ret_found);
}

struct error *media_repo_insert_variant(struct ctx *cx, struct tx *tx, struct id asset_id,
                                        const struct variant_row *variant, struct variant_size size)
{
    return db_exec(cx, tx,
                   MEDIA_INSERT_VARIANT(.asset_id = asset_id, .name = variant->name,
                                        .sha256 = variant->sha256, .size_bytes = variant->size_bytes,
                                        .width = size.width, .height = size.height),
                   NULL);
}

struct error *media_repo_find_variant(struct ctx *cx, struct id asset_id, struct str name,
                                      struct variant_row *ret_variant, bool *ret_found)
{
    return db_find(cx, NULL, MEDIA_FIND_VARIANT(.asset_id = asset_id, .name = name), &variant_row,
                   ret_variant, ret_found);
}
