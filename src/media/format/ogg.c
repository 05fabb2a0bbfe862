/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Walks the pages of an Ogg file with one Vorbis or Opus stream: pages follow each other without gaps,
 * their checksums and numbers are right, the last one says that it is the last. Source: RFC 3533. */
#include "media/format/audio_format.h"
#include "media/format/bytes.h"
#include "media/format/foreign.h"
#include "media/protocol.h"

#define PAGE_HEAD    27
#define SEGMENTS_MAX 255
#define CRC_AT       22

enum page_flag { PAGE_CONTINUED = 1, PAGE_FIRST = 2, PAGE_LAST = 4 };

struct page {
    unsigned flags;
    uint32_t serial;
    uint32_t number;
    int64_t size;
    const unsigned char *body;
    size_t body_len;
};

struct crc_table {
    uint32_t row[256];
};

static void crc_table_init(struct crc_table *table)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i << 24;
        for (int bit = 0; bit < 8; bit++)
            value = (value << 1) ^ ((value >> 31) * 0x04c11db7U);
        table->row[i] = value;
    }
}

/* The page's checksum counts its own field as zero. */
static uint32_t page_crc(const struct crc_table *table, const unsigned char *page, size_t len)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = i >= CRC_AT && i < CRC_AT + 4 ? 0 : page[i];
        crc = (crc << 8) ^ table->row[(crc >> 24) ^ byte];
    }
    return crc;
}

static struct error *parse_page(struct arena *arena, struct reader *reader, int64_t at,
                                const struct crc_table *table, struct page *ret_page)
{
    size_t len = 0;
    const unsigned char *view = reader_view_some(reader, at, PAGE_HEAD + SEGMENTS_MAX, &len);
    if (view == NULL || len < PAGE_HEAD || len < PAGE_HEAD + (size_t)view[26])
        return ERROR_IN(arena, media_job_truncated, "the file ends within a page");
    if (!bytes_is(view, "OggS") || view[4] != 0)
        return ERROR_IN(arena, media_job_polyglot, "no page where one should be, at byte %lld",
                        (long long)at);
    size_t segments = view[26];
    size_t size = PAGE_HEAD + segments;
    for (size_t i = 0; i < segments; i++)
        size += view[PAGE_HEAD + i];
    view = reader_view(reader, at, size);
    if (view == NULL)
        return ERROR_IN(arena, media_job_truncated, "the file ends within a page");
    if (page_crc(table, view, size) != bytes_u32le(view + CRC_AT))
        return ERROR_IN(arena, media_job_checksum, "a damaged page at byte %lld", (long long)at);
    *ret_page = (struct page){
        .flags = view[5],
        .serial = bytes_u32le(view + 14),
        .number = bytes_u32le(view + 18),
        .size = (int64_t)size,
        .body = view + PAGE_HEAD + segments,
        .body_len = size - PAGE_HEAD - segments,
    };
    return NULL;
}

static struct error *parse_first(struct arena *arena, const struct page *page, struct audio_facts *facts)
{
    const unsigned char *body = page->body;
    if ((page->flags & PAGE_FIRST) == 0)
        return ERROR_IN(arena, media_job_bad_header, "the stream has no first page");
    if (page->body_len >= 30 && memcmp(body, "\x01vorbis", 7) == 0) {
        facts->channels = body[11];
        facts->sample_rate = bytes_u32le(body + 12);
    } else if (page->body_len >= 19 && memcmp(body, "OpusHead", 8) == 0) {
        facts->channels = body[9];
        facts->sample_rate = 48000;
    } else {
        return ERROR_IN(arena, media_job_unsupported, "an Ogg stream that is neither Vorbis nor Opus");
    }
    return audio_check_limits(arena, facts->sample_rate, facts->channels);
}

/* Is this the page that must follow? One stream only: neither interleaved nor chained. */
static struct error *check_next(struct arena *arena, const struct page *page, const struct page *before)
{
    if (page->serial != before->serial)
        return ERROR_IN(arena, media_job_unsupported, "more than one stream in the file");
    if (page->number != before->number + 1)
        return ERROR_IN(arena, media_job_decode_error, "a page is missing");
    return NULL;
}

static bool is_page(struct reader *reader, int64_t at)
{
    const unsigned char *mark = reader_view(reader, at, 4);
    return mark != NULL && bytes_is(mark, "OggS");
}

struct error *ogg_walk(struct arena *arena, struct reader *reader, struct audio_facts *ret_facts)
{
    struct crc_table table;
    struct page page = {0};
    crc_table_init(&table);
    TRY(parse_page(arena, reader, 0, &table, &page));
    TRY(parse_first(arena, &page, ret_facts));
    int64_t at = page.size;
    /* The mark of the last page may stand on several: only the one that ends the file counts. */
    while (at < reader->size && ((page.flags & PAGE_LAST) == 0 || is_page(reader, at))) {
        struct page next = {0};
        TRY(parse_page(arena, reader, at, &table, &next));
        TRY(check_next(arena, &next, &page));
        page = next;
        at += page.size;
    }
    if ((page.flags & PAGE_LAST) == 0)
        return ERROR_IN(arena, media_job_truncated, "the stream has no last page");
    return foreign_check_tail(arena, reader, at);
}
