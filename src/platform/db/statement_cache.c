/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Composing statements of fragments, and remembering them per connection. */
#include "platform/db/statement_cache.h"

#include "base/mem/alloc.h"
#include "base/text/strbuf.h"

#include "platform/db/driver.h"

#define MAX_STATEMENT_BYTES ((size_t)64 * 1024)

static bool is_wanted(const struct db_fragment *fragment, uint32_t with, uint32_t order)
{
    if (fragment->filter >= 0)
        return (with >> fragment->filter & 1) != 0;
    return fragment->order < 0 || (uint32_t)fragment->order == order;
}

/* Fills a heap builder, whose memory is the caller's. */
static void compose(struct strbuf *text, const struct db_statement *statement, enum db_engine engine,
                    uint32_t with, uint32_t order)
{
    strbuf_init(text, NULL, MAX_STATEMENT_BYTES);
    for (const struct db_fragment *fragment = statement->text[engine]; fragment->text != NULL; fragment++) {
        if (!is_wanted(fragment, with, order))
            continue;
        if (text->len != 0)
            strbuf_append_char(text, '\n');
        strbuf_append_cstr(text, fragment->text);
    }
    if (text->overflow || text->len == 0)
        statement_mistake(statement, "", "has no text for this engine, or too much of it");
}

void statement_cache_init(struct statement_cache *cache, enum db_engine engine, size_t capacity,
                          void (*drop)(void *owner, struct statement_entry *entry), void *owner)
{
    *cache = (struct statement_cache){.engine = engine, .capacity = capacity, .drop = drop, .owner = owner};
    list_init(&cache->recent);
}

static struct statement_entry **bucket_of(struct statement_cache *cache, const struct db_statement *statement,
                                          uint32_t with, uint32_t order)
{
    uint64_t hash = (uint64_t)(uintptr_t)statement >> 4;
    hash = (hash ^ (uint64_t)with << 8 ^ (uint64_t)order << 40) * UINT64_C(0x9e3779b97f4a7c15);
    return &cache->buckets[(hash >> 32) % STATEMENT_BUCKETS];
}

static void remove_entry(struct statement_cache *cache, struct statement_entry *entry)
{
    struct statement_entry **link = bucket_of(cache, entry->statement, entry->with, entry->order);
    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    list_remove(&entry->recent);
    cache->count--;
    cache->drop(cache->owner, entry);
    mem_free(entry->sql);
    mem_free(entry->columns);
    mem_free(entry);
}

static void make_room(struct statement_cache *cache)
{
    struct list *node = cache->recent.prev;
    while (cache->count >= cache->capacity && node != &cache->recent) {
        struct statement_entry *entry = LIST_OWNER(node, struct statement_entry, recent);
        node = node->prev;
        if (entry->users == 0)
            remove_entry(cache, entry);
    }
}

void statement_cache_clear(struct statement_cache *cache)
{
    struct list *node = cache->recent.next;
    while (node != &cache->recent) {
        struct statement_entry *entry = LIST_OWNER(node, struct statement_entry, recent);
        node = node->next;
        if (entry->users == 0)
            remove_entry(cache, entry);
    }
}

void statement_cache_fini(struct statement_cache *cache)
{
    statement_cache_clear(cache);
    REQUIRE(cache->count == 0);
}

static struct statement_entry *add_entry(struct statement_cache *cache, const struct db_statement *statement,
                                         uint32_t with, uint32_t order)
{
    make_room(cache);
    struct statement_entry **bucket = bucket_of(cache, statement, with, order);
    struct statement_entry *entry = MEM_NEW(struct statement_entry);
    *entry = (struct statement_entry){
        .statement = statement,
        .with = with,
        .order = order,
        .next = *bucket,
    };
    struct strbuf text;
    compose(&text, statement, cache->engine, with, order);
    entry->sql = text.ptr;
    entry->sql_len = text.len;
    entry->is_planned_each = str_find(strbuf_str(&text), STR(STATEMENT_PLANNED_EACH)) >= 0;
    *bucket = entry;
    list_init(&entry->recent);
    list_prepend(&cache->recent, &entry->recent);
    cache->count++;
    return entry;
}

struct statement_entry *statement_cache_find(struct statement_cache *cache, const struct db_call *call)
{
    const struct db_statement *statement = call->statement;
    uint32_t with = call_with(call);
    uint32_t order = call_order(call);
    struct statement_entry *entry = *bucket_of(cache, statement, with, order);
    while (entry != NULL && !(entry->statement == statement && entry->with == with && entry->order == order))
        entry = entry->next;
    if (entry == NULL)
        return add_entry(cache, statement, with, order);
    if (cache->recent.next != &entry->recent) {
        list_remove(&entry->recent);
        list_prepend(&cache->recent, &entry->recent);
    }
    return entry;
}

void statement_entry_match(struct statement_entry *entry, const struct db_row *row, size_t count,
                           const char *(*name_of)(void *result, size_t index), void *result)
{
    mem_free(entry->columns);
    entry->columns = mem_alloc_array(row->count, sizeof(*entry->columns));
    REQUIRE(count < INT16_MAX);
    for (size_t i = 0; i < row->count; i++) {
        size_t found = 0;
        while (found < count && strcmp(name_of(result, found), row->columns[i].name) != 0)
            found++;
        if (found == count)
            statement_mistake(entry->statement, row->columns[i].name, "is not a column of the result");
        entry->columns[i] = (int16_t)found;
    }
    entry->row = row;
}
