// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"strconv"
	"strings"
)

// The same tables, joins and filters as Lathe's own statements, with the columns that the replies need.
const cardColumns = `i.id, i.owner_id, i.owner_username, i.owner_name, i.title, i.slug, i.short_code, i.status, i.created_at,
    i.published_at, r.category, r.type, r.bpm_milli, r.musical_key, r.genres, r.tags, r.moods, r.instruments,
    r.free_mp3_enabled, r.currency, coalesce(r.price_min, -1), r.stems_asset_id is not null, r.cover_asset_id is not null,
    r.is_lossless, r.duration_ms, r.waveform, r.plays, r.favorites, r.purchases`

const specQuery = `select ` + cardColumns + `, r.description, r.loudness_lufs, r.true_peak_dbtp, r.master_asset_id is not null,
    i.updated_at
from item i join recording r on r.id = i.id
where i.id = $1`

const optionsQuery = `select id, type, name, price, currency, features, file_types, terms
from license_option where spec_id = $1 and removed_at is null
order by position, id`

const listLimit = 20

func cardTargets(r *row, id, ownerID interface{}) []interface{} {
	return []interface{}{
		id, ownerID, &r.ownerUsername, &r.ownerName, &r.title, &r.slug, &r.shortCode, &r.status, &r.createdAt,
		&r.publishedAt, &r.category, &r.kind, &r.bpmMilli, &r.musicalKey, &r.genres, &r.tags, &r.moods, &r.instruments,
		&r.freeMP3, &r.currency, &r.priceMin, &r.hasStems, &r.hasCover, &r.lossless, &r.durationMS, &r.waveform,
		&r.plays, &r.favorites, &r.purchases,
	}
}

func specTargets(r *row, id, ownerID interface{}) []interface{} {
	return append(cardTargets(r, id, ownerID), &r.description, &r.loudness, &r.truePeak, &r.hasMaster, &r.updatedAt)
}

func listTargets(r *row, id, ownerID interface{}) []interface{} {
	return append([]interface{}{&r.listedAt}, cardTargets(r, id, ownerID)...)
}

func optionTargets(o *optionRow, id interface{}) []interface{} {
	return []interface{}{id, &o.kind, &o.name, &o.price, &o.currency, &o.features, &o.fileTypes, &o.terms}
}

// list is a statement composed of the filters that were asked for; one text per set of filters, so that it stays prepared.
type list struct {
	sql       strings.Builder
	arguments []interface{}
}

func (l *list) add(text string, argument interface{}) {
	l.arguments = append(l.arguments, argument)
	l.sql.WriteString(strings.ReplaceAll(text, "?", "$"+strconv.Itoa(len(l.arguments))))
}

func milli(text string) int64 {
	bpm, _ := strconv.ParseFloat(text, 64)
	return int64(bpm * 1000)
}

func makeList(values url.Values) *list {
	facets := make([]string, 0, 2)
	if genre := values.Get("genre"); genre != "" {
		facets = append(facets, "genre:"+genre)
	}
	if category := values.Get("category"); category != "" {
		facets = append(facets, "category:"+category)
	}
	if len(facets) == 0 {
		facets = append(facets, "all")
	}
	l := &list{}
	l.sql.WriteString("select f.listed_at, " + cardColumns +
		" from item_facet f join recording r on r.id = f.item_id join item i on i.id = f.item_id")
	l.add(" where f.facet = ?", facets[0])
	for _, facet := range facets[1:] {
		l.add(" and exists (select 1 from item_facet g where g.item_id = f.item_id and g.facet = ?)", facet)
	}
	if text := values.Get("bpm_min"); text != "" {
		l.add(" and f.bpm_milli >= ?", milli(text))
	}
	if text := values.Get("bpm_max"); text != "" {
		l.add(" and f.bpm_milli <= ?", milli(text))
	}
	l.add(" order by f.listed_at desc, f.item_id desc limit ?", listLimit+1)
	return l
}

func makePage(rows []row) Page {
	page := Page{Items: make([]Card, 0, listLimit)}
	for i := range rows {
		if i == listLimit {
			last := &rows[i-1]
			cursor := make([]byte, 25)
			binary.BigEndian.PutUint64(cursor[1:], uint64(last.listedAt))
			copy(cursor[9:], last.id[:])
			text := base64.RawURLEncoding.EncodeToString(cursor)
			page.NextCursor = &text
			break
		}
		page.Items = append(page.Items, rows[i].card())
	}
	return page
}
