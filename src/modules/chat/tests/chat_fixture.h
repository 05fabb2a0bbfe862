/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Chat on a real database, with a fake clock, a recording hub, and stand-ins for identity: account n is "person<n>", STAFF decides reports,
 * and the one auction there is belongs to person 1. Every test ends with the questions of `lathe check`. */
#ifndef MODULES_CHAT_TESTS_CHAT_FIXTURE_H
#define MODULES_CHAT_TESTS_CHAT_FIXTURE_H

#include "platform/clock/clock.h"

#include "lib/on_loop.h"
#include "modules/chat/chat_service.h"
#include "tests/lib/check.h"

enum { PEOPLE = 10, STAFF = 9, NEWS_MAX = 512, BODY_MAX = 4096 };

/* What the hub was told. */
struct news {
    char type[16], room[LIVE_ROOM_MAX], body[BODY_MAX];
    int64_t sequence;
};
extern struct news published[NEWS_MAX];
extern size_t published_count;
extern struct id expelled;
extern const struct reason *expelled_reason;
extern struct clock *fake_clock;

struct id account(uint8_t number);
struct id auction(void);
struct ctx as(const struct ctx *cx, uint8_t number);
void assert_ok(struct ctx *cx, const struct error *error);
#define assert_refused(error, reason_) assert_refused_at((error), &(reason_), __LINE__)
void assert_refused_at(const struct error *error, const struct reason *reason, int line);
/* What `lathe check` would say. */
struct str run_checks(struct ctx *cx);

/* --- builders --- */

struct id room_of(struct ctx *cx, enum chat_room_kind kind);
struct chat_message_view say(struct ctx *cx, struct id room_id, const char *text);
struct error *try_say(struct ctx *cx, struct id room_id, const char *text);
/* Of views of messages, joined by blanks. */
struct str texts(struct ctx *cx, struct array views);
struct chat_message_page history(struct ctx *cx, struct id room_id, struct chat_history_query query);
struct chat_room_view look(struct ctx *cx, struct id room_id);
struct live_join watch(struct ctx *cx, struct id room_id, int64_t after);
struct error *sanction(struct ctx *cx, struct id room_id, uint8_t number, enum chat_deed deed,
                       enum chat_duration duration);
int64_t count_events(struct ctx *cx, const char *type);

/* --- running --- */

/* A damaging test leaves something for `lathe check` to find. */
void run(on_loop_fn fn, bool is_damaging);
#define IN_TEST_(name, is_damaging_)                                                                         \
    static void name##_body(struct ctx *cx, void *arg);                                                      \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        run(name##_body, is_damaging_);                                                                      \
    }                                                                                                        \
    static void name##_body(struct ctx *cx, void *arg)
#define IN_TEST(name)         IN_TEST_(name, false)
#define IN_DAMAGED_TEST(name) IN_TEST_(name, true)

int chat_fixture_main(int argc, char **argv, const char *suite, const struct CMUnitTest *tests, size_t count);

#endif
