/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Own numbers in a map, those of others in a tally by the instance that states them. */
#include "base/data/facts.h"

#include "base/data/map.h"
#include "base/data/tally.h"
#include "base/mem/alloc.h"

/* An instance that states anything says that it is there so often; after so long without a word it is gone. */
static const int64_t pulse_us = 3000000;
static const int64_t silence_us = 10000000;
/* A zero that was lost with a line is told again as long as it is kept. */
static const int64_t zero_kept_us = 60000000;

struct fact {
    int64_t number;
    int64_t told; /* to the others */
    int64_t told_at_us;
};

struct facts {
    struct map *own;     /* name → struct fact */
    struct map *changed; /* of those */
    struct tally *others;
    bool must_tell_all, must_ask;
    int64_t pulse_at_us;
};

struct facts *facts_new(void)
{
    struct facts *facts = MEM_NEW(struct facts);
    facts->own = map_new(NULL);
    facts->changed = map_new(NULL);
    facts->others = tally_new();
    return facts;
}

void facts_free(struct facts *facts)
{
    if (facts == NULL)
        return;
    size_t at = 0;
    struct str name;
    void *fact;
    while (map_next(facts->own, &at, &name, &fact))
        mem_free(fact);
    map_free(facts->own);
    map_free(facts->changed);
    tally_free(facts->others);
    mem_free(facts);
}

void facts_state(struct facts *facts, struct str name, int64_t number)
{
    struct fact *fact = map_find(facts->own, name);
    if (fact == NULL && number == 0)
        return;
    if (fact == NULL) {
        fact = MEM_NEW(struct fact);
        map_put(facts->own, name, fact);
    }
    fact->number = number;
    map_put(facts->changed, name, fact);
}

void facts_hear(struct facts *facts, int64_t instance, int64_t now_us)
{
    facts->must_ask = tally_hear(facts->others, instance, now_us) || facts->must_ask;
}

int64_t facts_hear_number(struct facts *facts, int64_t instance, struct str name, int64_t number,
                          int64_t now_us)
{
    int64_t before = tally_sum(facts->others, name);
    (void)tally_set(facts->others, instance, name, number, now_us); /* the caller compares sums */
    return before;
}

int64_t facts_elsewhere(const struct facts *facts, struct str name)
{
    return tally_sum(facts->others, name);
}

void facts_tell_all(struct facts *facts)
{
    facts->must_tell_all = true;
}

static void forget(struct facts *facts, struct str name, struct fact *fact)
{
    map_remove(facts->changed, name);
    map_remove(facts->own, name);
    mem_free(fact);
}

/* What is lost on the way is told again when the line is there again. */
static void tell(struct facts *facts, struct map *which, const struct facts_line *line, int64_t now_us)
{
    size_t at = 0;
    struct str name;
    void *value;
    while (map_next(which, &at, &name, &value)) {
        struct fact *fact = value;
        if (fact->told != fact->number || facts->must_tell_all) {
            line->number(line->arg, name, fact->number);
            fact->told = fact->number;
            fact->told_at_us = now_us;
        }
        map_remove(facts->changed, name);
    }
}

/* Those that the others must have heard. */
static void forget_zeros(struct facts *facts, int64_t before_us)
{
    size_t at = 0;
    struct str name;
    void *value;
    while (map_next(facts->own, &at, &name, &value)) {
        struct fact *fact = value;
        if (fact->number == 0 && fact->told_at_us < before_us)
            forget(facts, name, fact);
    }
}

static void tell_others(struct facts *facts, const struct facts_line *line, int64_t now_us)
{
    if (facts->must_ask)
        line->ask(line->arg);
    tell(facts, facts->must_tell_all ? facts->own : facts->changed, line, now_us);
    facts->must_ask = facts->must_tell_all = false;
}

void facts_exchange(struct facts *facts, const struct facts_line *line, int64_t now_us,
                    void (*changed)(void *arg, struct str name), void *arg)
{
    tally_expire(facts->others, now_us - silence_us, changed, arg);
    if (line != NULL)
        tell_others(facts, line, now_us);
    if (now_us < facts->pulse_at_us)
        return;
    facts->pulse_at_us = now_us + pulse_us;
    forget_zeros(facts, line != NULL ? now_us - zero_kept_us : INT64_MAX);
    if (line != NULL && map_count(facts->own) > 0)
        line->pulse(line->arg);
}
