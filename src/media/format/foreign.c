/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Marks of foreign files, and the tags that players put before and behind audio. */
#include "media/format/foreign.h"

#include "base/text/number.h"

#include "media/format/bytes.h"
#include "media/protocol.h"

#define HEAD_BYTES      1024 /* PDF readers look this far for their mark, browsers less */
#define EOCD_BYTES      22
#define ZIP_COMMENT_MAX 65535

/* A mark counts in any case and anywhere in the head. */
static const struct {
    const char *text;
    const char *kind;
} head_marks[] = {
    {"%pdf-", "PDF document"}, {"<html", "web page"},  {"<script", "web page"},
    {"<!doctype", "web page"}, {"<svg", "SVG image"},  {"<?php", "PHP program"},
    {"<iframe", "web page"},   {"#!/bin/", "program"}, {"#!/usr/bin/", "program"},
};

static bool mark_is_at(const unsigned char *at, size_t len, const char *mark)
{
    for (; *mark != '\0'; mark++, at++, len--) {
        if (len == 0)
            return false;
        unsigned char c = *at;
        if (c >= 'A' && c <= 'Z')
            c = (unsigned char)(c + 32);
        if (c != (unsigned char)*mark)
            return false;
    }
    return true;
}

static const char *find_head_mark(const unsigned char *head, size_t len)
{
    for (size_t at = 0; at < len; at++) {
        for (size_t i = 0; i < COUNT_OF(head_marks); i++) {
            if (mark_is_at(head + at, len - at, head_marks[i].text))
                return head_marks[i].kind;
        }
    }
    return NULL;
}

/* An end-of-central-directory record counts when a directory really stands before it: its offset is
 * measured from its own position, as unpackers do for archives behind other data. */
static bool is_zip_end(struct reader *reader, int64_t at)
{
    unsigned char end[EOCD_BYTES];
    unsigned char entry[4];
    if (!reader_read(reader, at, end, sizeof(end)) || !bytes_is(end, "PK\5\6"))
        return false;
    int64_t directory_size = bytes_u32le(end + 12);
    if (bytes_u16le(end + 10) == 0)
        return directory_size == 0 && at + EOCD_BYTES + (int64_t)bytes_u16le(end + 20) == reader->size;
    return directory_size <= at && reader_read(reader, at - directory_size, entry, 4) &&
           bytes_is(entry, "PK\1\2");
}

static bool has_zip_at_tail(struct reader *reader)
{
    int64_t lowest = reader->size - EOCD_BYTES - ZIP_COMMENT_MAX;
    for (int64_t at = reader->size - EOCD_BYTES; at >= 0 && at >= lowest;) {
        /* A step back loads the window behind it, so the view begins well before `at`. */
        int64_t from = at > 8192 ? at - 8192 : 0;
        size_t len = 0;
        const unsigned char *view = reader_view_some(reader, from, (size_t)(at - from) + 4, &len);
        if (view == NULL)
            return false;
        int64_t hit = -1;
        for (int64_t i = at - from; i >= 0; i--) {
            if (bytes_is(view + i, "PK\5\6")) {
                hit = from + i;
                break;
            }
        }
        if (hit >= 0 && is_zip_end(reader, hit))
            return true;
        at = (hit >= 0 ? hit : from) - 1;
    }
    return false;
}

struct error *foreign_check(struct arena *arena, struct reader *reader)
{
    size_t len = 0;
    const unsigned char *head = reader_view_some(reader, 0, HEAD_BYTES, &len);
    if (head == NULL)
        return ERROR_IN(arena, media_job_internal, "the input cannot be read");
    const char *kind = find_head_mark(head, len);
    if (kind != NULL)
        return ERROR_IN(arena, media_job_polyglot, "the file is also a %s", kind);
    if (has_zip_at_tail(reader))
        return ERROR_IN(arena, media_job_polyglot, "the file is also a zip archive");
    return NULL;
}

/* ID3v2 sizes have seven bits a byte. -1: not such a tag. */
static int64_t id3v2_size(struct reader *reader, int64_t at)
{
    const unsigned char *tag = reader_view(reader, at, 10);
    if (tag == NULL || memcmp(tag, "ID3", 3) != 0 || tag[3] == 0xff || tag[4] == 0xff)
        return -1;
    if ((tag[6] | tag[7] | tag[8] | tag[9]) & 0x80)
        return -1;
    int64_t body = (int64_t)tag[6] << 21 | (int64_t)tag[7] << 14 | (int64_t)tag[8] << 7 | (int64_t)tag[9];
    return 10 + body + ((tag[5] & 0x10) != 0 ? 10 : 0);
}

int64_t foreign_skip_id3(struct reader *reader)
{
    int64_t at = 0;
    for (int tags = 0; tags < 8; tags++) {
        int64_t size = id3v2_size(reader, at);
        if (size < 0 || size > reader->size - at)
            break;
        at += size;
    }
    return at;
}

/* The size of the APE tag that begins here, or -1. Version 1 has only a footer, which is the last thing
 * in the file but for an ID3v1 tag. */
static int64_t ape_size(struct reader *reader, int64_t at)
{
    const unsigned char *tag = reader_view(reader, at, 32);
    if (tag != NULL && memcmp(tag, "APETAGEX", 8) == 0)
        return 32 + (int64_t)bytes_u32le(tag + 12);
    for (int64_t end = reader->size; end >= reader->size - 128; end -= 128) {
        const unsigned char *footer = reader_view(reader, end - 32, 32);
        if (footer != NULL && memcmp(footer, "APETAGEX", 8) == 0 &&
            end - (int64_t)bytes_u32le(footer + 12) == at)
            return end - at;
    }
    return -1;
}

/* Lyrics3v2: "LYRICSBEGIN" … six digits "LYRICS200", the digits counting all before them. */
static int64_t lyrics_size(struct reader *reader, int64_t at)
{
    const unsigned char *begin = reader_view(reader, at, 11);
    if (begin == NULL || memcmp(begin, "LYRICSBEGIN", 11) != 0)
        return -1;
    int64_t end = reader->size - 128 - 15;
    const unsigned char *tail = reader_view(reader, end, 15);
    uint64_t size = 0;
    if (tail == NULL || memcmp(tail + 6, "LYRICS200", 9) != 0 ||
        !number_parse_u64(str_from((const char *)tail, 6), 999999, &size))
        return -1;
    return (int64_t)size == end - at ? end + 15 - at : -1;
}

static int64_t id3v1_size(struct reader *reader, int64_t at)
{
    const unsigned char *tag = reader_view(reader, at, 3);
    return tag != NULL && reader->size - at == 128 && memcmp(tag, "TAG", 3) == 0 ? 128 : -1;
}

static int64_t (*const tail_tags[])(struct reader *, int64_t) = {id3v1_size, ape_size, lyrics_size,
                                                                 id3v2_size};

struct error *foreign_check_tail(struct arena *arena, struct reader *reader, int64_t end)
{
    for (int tags = 0; tags < 8 && end < reader->size; tags++) {
        int64_t size = -1;
        for (size_t i = 0; i < COUNT_OF(tail_tags) && size < 0; i++)
            size = tail_tags[i](reader, end);
        if (size < 0 || size > reader->size - end)
            break;
        end += size;
    }
    if (end < reader->size && !reader_is_zero_from(reader, end)) {
        return ERROR_IN(arena, media_job_polyglot, "%lld bytes of something else follow the content",
                        (long long)(reader->size - end));
    }
    return NULL;
}
