/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A window of one second per event name, counted in a small hash table. */
#include "platform/log/log_limit.h"

void log_limit_init(struct log_limit *limit, int per_second)
{
    *limit = (struct log_limit){.per_second = per_second != 0 ? per_second : 20};
    REQUIRE(pthread_mutex_init(&limit->lock, NULL) == 0);
}

void log_limit_fini(struct log_limit *limit)
{
    pthread_mutex_destroy(&limit->lock);
}

/* FNV-1a. Event names are literals of ours, so nobody chooses collisions. */
static size_t hash(const char *event)
{
    uint32_t value = 2166136261U;
    for (; *event != '\0'; event++)
        value = (value ^ (unsigned char)*event) * 16777619U;
    return value;
}

/* NULL when the event has no slot and none is free. */
static struct log_limit_slot *slot_of(struct log_limit *limit, const char *event)
{
    for (size_t at = hash(event);; at++) {
        struct log_limit_slot *slot = &limit->slots[at % LOG_LIMIT_EVENTS];
        if (slot->event == NULL) {
            if (limit->used == LOG_LIMIT_EVENTS / 2)
                return NULL;
            limit->used++;
            slot->event = event;
            return slot;
        }
        if (slot->event == event || strcmp(slot->event, event) == 0)
            return slot;
    }
}

/* The clock may be set back, which ends a window too. */
static bool is_over(const struct log_limit_slot *slot, int64_t now_us)
{
    return now_us < slot->window_start_us || now_us - slot->window_start_us >= US_PER_SECOND;
}

static struct log_left_out take_count(struct log_limit_slot *slot)
{
    struct log_left_out before = {
        .event = slot->left_out > 0 ? slot->event : NULL, .level = slot->level, .count = slot->left_out};
    slot->left_out = 0;
    return before;
}

static enum log_verdict count_line(struct log_limit *limit, struct log_limit_slot *slot, enum log_level level,
                                   int64_t now_us, struct log_left_out *ret_before)
{
    if (slot->passed == 0 || is_over(slot, now_us)) {
        *ret_before = take_count(slot);
        slot->window_start_us = now_us;
        slot->passed = 0;
    }
    if (slot->passed < limit->per_second) {
        slot->passed++;
        return LOG_PASS;
    }
    slot->left_out++;
    slot->level = level;
    return atomic_exchange(&limit->has_left_out, true) ? LOG_LEAVE_OUT : LOG_LEAVE_OUT_FIRST;
}

enum log_verdict log_limit_judge(struct log_limit *limit, const char *event, enum log_level level,
                                 int64_t now_us, struct log_left_out *ret_before)
{
    *ret_before = (struct log_left_out){0};
    if (limit->per_second < 0)
        return LOG_PASS;
    pthread_mutex_lock(&limit->lock);
    struct log_limit_slot *slot = slot_of(limit, event);
    enum log_verdict verdict = slot == NULL ? LOG_PASS : count_line(limit, slot, level, now_us, ret_before);
    pthread_mutex_unlock(&limit->lock);
    return verdict;
}

struct log_left_out log_limit_collect(struct log_limit *limit, int64_t now_us)
{
    struct log_left_out found = {0};
    bool is_more = false;
    if (!atomic_load_explicit(&limit->has_left_out, memory_order_relaxed))
        return found;
    pthread_mutex_lock(&limit->lock);
    for (size_t i = 0; i < LOG_LIMIT_EVENTS; i++) {
        struct log_limit_slot *slot = &limit->slots[i];
        if (slot->left_out > 0 && found.event == NULL && is_over(slot, now_us))
            found = take_count(slot);
        is_more = is_more || slot->left_out > 0;
    }
    atomic_store_explicit(&limit->has_left_out, is_more, memory_order_relaxed);
    pthread_mutex_unlock(&limit->lock);
    return found;
}
