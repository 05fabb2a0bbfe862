/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A platform with a database of its own, storage, a clock that stands still, and the media module started, for component tests
 * of media and of what builds on it. */
#ifndef MODULES_MEDIA_TESTS_MEDIA_FIXTURE_H
#define MODULES_MEDIA_TESTS_MEDIA_FIXTURE_H

#include "lib/check.h"
#include "lib/db_fixture.h"
#include "modules/media/media_service.h"

struct media_fixture;

/* "sqlite" or "postgresql"; skips the program (exit code 77) where the engine cannot be had. */
enum db_engine media_fixture_engine(int argc, char **argv);

/* A new fixture; settings ("LATHE_X=y") end with NULL, or NULL. */
struct media_fixture *media_fixture_new(enum db_engine engine, const char *const *settings);
void media_fixture_free(struct media_fixture *fixture);
struct platform *media_fixture_platform(struct media_fixture *fixture);
void media_fixture_run(struct media_fixture *fixture, on_loop_fn fn, void *arg);

/* Lets time pass. */
void media_fixture_advance(struct ctx *cx, int64_t us);

/* Callers with an account of their own and the right to upload. */
extern const struct caller media_anna, media_berta;

/* --- uploads --- */

/* A finished upload of the bytes by the caller; fails the test when it is refused. */
struct id media_upload_bytes(struct ctx *cx, const char *purpose, const char *file_name, struct str bytes);
/* A source that gives the bytes piecemeal and then this error (NULL: ends). */
struct bytes_source {
    struct str rest;
    size_t piece_len; /* 0: as much as is asked for */
    struct error *end;
};
struct upload_source bytes_source(struct bytes_source *source);

#endif
