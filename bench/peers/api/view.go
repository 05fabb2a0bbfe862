// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"
)

// ID is a UUID, as PostgreSQL and SQLite keep it.
type ID [16]byte

func parseID(text string) (id ID, ok bool) {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return id, false
	}
	_, err := hex.Decode(id[:], []byte(text[0:8]+text[9:13]+text[14:18]+text[19:23]+text[24:36]))
	return id, err == nil
}

// MarshalText makes it a string in JSON.
func (id ID) MarshalText() ([]byte, error) {
	text := make([]byte, 36)
	hex.Encode(text[0:8], id[0:4])
	hex.Encode(text[9:13], id[4:6])
	hex.Encode(text[14:18], id[6:8])
	hex.Encode(text[19:23], id[8:10])
	hex.Encode(text[24:36], id[10:16])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return text, nil
}

// Scan reads SQLite's blob, and the text that lib/pq has of a uuid.
func (id *ID) Scan(value interface{}) error {
	bytes := value.([]byte)
	if len(bytes) != 36 {
		copy(id[:], bytes)
		return nil
	}
	read, _ := parseID(string(bytes))
	*id = read
	return nil
}

// Instant is microseconds since 1970.
type Instant int64

// MarshalJSON writes RFC 3339.
func (at Instant) MarshalJSON() ([]byte, error) {
	return time.UnixMicro(int64(at)).UTC().AppendFormat(make([]byte, 0, 32), `"2006-01-02T15:04:05.000000Z"`), nil
}

var (
	statusWords     = []string{"draft", "published", "sold", "taken_down", "deleted"}
	categoryWords   = []string{"beat", "sample"}
	licenseWords    = []string{"basic", "premium", "trackout", "unlimited", "exclusive"}
	moodWords       = []string{"moody", "dark", "cinematic", "dreamy", "aggressive", "soulful", "melancholic"}
	instrumentWords = []string{"piano", "guitar", "drums", "synth", "bass", "strings", "brass", "808", "vocal"}
	keyWords        = []string{
		"c_major", "c_sharp_major", "d_major", "d_sharp_major", "e_major", "f_major",
		"f_sharp_major", "g_major", "g_sharp_major", "a_major", "a_sharp_major", "b_major",
		"c_minor", "c_sharp_minor", "d_minor", "d_sharp_minor", "e_minor", "f_minor",
		"f_sharp_minor", "g_minor", "g_sharp_minor", "a_minor", "a_sharp_minor", "b_minor",
	}
)

// Money is an amount in minor units.
type Money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// Producer is who offers a spec.
type Producer struct {
	ID          ID     `json:"id"`
	Username    string `json:"username"`
	DisplayName string `json:"display_name"`
}

// Card is a spec in a list.
type Card struct {
	ID             ID              `json:"id"`
	Title          string          `json:"title"`
	Slug           string          `json:"slug"`
	ShortCode      string          `json:"short_code"`
	Status         string          `json:"status"`
	BPM            *float64        `json:"bpm"`
	Key            *string         `json:"key"`
	DurationMS     int64           `json:"duration_ms"`
	Waveform       json.RawMessage `json:"waveform"`
	Genres         []string        `json:"genres"`
	Tags           []string        `json:"tags"`
	CoverURL       *string         `json:"cover_url"`
	Producer       Producer        `json:"producer"`
	PlayCount      int64           `json:"play_count"`
	FavoriteCount  int64           `json:"favorite_count"`
	CreatedAt      Instant         `json:"created_at"`
	PublishedAt    *Instant        `json:"published_at"`
	Category       string          `json:"category"`
	Type           string          `json:"type"`
	Moods          []string        `json:"moods"`
	Instruments    []string        `json:"instruments"`
	Price          *Money          `json:"price"`
	FreeMP3Enabled bool            `json:"free_mp3_enabled"`
	HasStems       bool            `json:"has_stems"`
	IsLossless     bool            `json:"is_lossless"`
	PurchaseCount  int64           `json:"purchase_count"`
}

// License is an option that a spec can be bought under.
type License struct {
	ID        ID              `json:"id"`
	Type      string          `json:"type"`
	Name      string          `json:"name"`
	Price     Money           `json:"price"`
	Features  json.RawMessage `json:"features"`
	FileTypes json.RawMessage `json:"file_types"`
	Terms     json.RawMessage `json:"terms"`
}

// Spec is a spec by itself.
type Spec struct {
	Card
	Description  string    `json:"description"`
	LoudnessLUFS float64   `json:"loudness_lufs"`
	TruePeakDBTP float64   `json:"true_peak_dbtp"`
	Licenses     []License `json:"licenses"`
	HasMaster    bool      `json:"has_master"`
	UpdatedAt    Instant   `json:"updated_at"`
}

// Page is a list and where it goes on.
type Page struct {
	Items      []Card  `json:"items"`
	NextCursor *string `json:"next_cursor"`
}

func words(table []string, bits int32) []string {
	found := make([]string, 0, 4)
	for i, word := range table {
		if bits>>uint(i)&1 != 0 {
			found = append(found, word)
		}
	}
	return found
}

func lines(text string) []string {
	if text == "" {
		return []string{}
	}
	return strings.Split(text, "\n")
}

// row is what both statements read of a spec; description and below only for one.
type row struct {
	listedAt                              int64
	id, ownerID                           ID
	ownerUsername, ownerName, title       string
	slug, shortCode                       string
	status, category                      int32
	createdAt, updatedAt                  int64
	publishedAt                           *int64
	kind, genres, tags, currency          string
	bpmMilli, priceMin, durationMS        int64
	musicalKey, moods, instruments        int32
	freeMP3, hasStems, hasCover, lossless bool
	waveform                              string
	plays, favorites, purchases           int64
	description                           string
	hasMaster                             bool
	loudness, truePeak                    float64
}

func (r *row) card() Card {
	card := Card{
		ID: r.id, Title: r.title, Slug: r.slug, ShortCode: r.shortCode, Status: statusWords[r.status],
		DurationMS: r.durationMS, Waveform: json.RawMessage(r.waveform), Genres: lines(r.genres), Tags: lines(r.tags),
		Producer:  Producer{r.ownerID, r.ownerUsername, r.ownerName},
		PlayCount: r.plays, FavoriteCount: r.favorites, CreatedAt: Instant(r.createdAt), Category: categoryWords[r.category],
		Type: r.kind, Moods: words(moodWords, r.moods), Instruments: words(instrumentWords, r.instruments),
		FreeMP3Enabled: r.freeMP3, HasStems: r.hasStems, IsLossless: r.lossless, PurchaseCount: r.purchases,
	}
	if r.bpmMilli > 0 {
		bpm := float64(r.bpmMilli) / 1000
		card.BPM = &bpm
	}
	if r.musicalKey >= 0 {
		card.Key = &keyWords[r.musicalKey]
	}
	if r.publishedAt != nil {
		at := Instant(*r.publishedAt)
		card.PublishedAt = &at
	}
	if r.priceMin >= 0 {
		card.Price = &Money{r.priceMin, r.currency}
	}
	return card
}

func (r *row) spec(licenses []License) Spec {
	return Spec{
		Card: r.card(), Description: r.description, LoudnessLUFS: r.loudness, TruePeakDBTP: r.truePeak,
		Licenses: licenses, HasMaster: r.hasMaster, UpdatedAt: Instant(r.updatedAt),
	}
}

type optionRow struct {
	id                                         ID
	kind                                       int32
	price                                      int64
	name, currency, features, fileTypes, terms string
}

func (o *optionRow) license() License {
	return License{
		ID: o.id, Type: licenseWords[o.kind], Name: o.name, Price: Money{o.price, o.currency},
		Features: json.RawMessage(o.features), FileTypes: json.RawMessage(o.fileTypes), Terms: json.RawMessage(o.terms),
	}
}
