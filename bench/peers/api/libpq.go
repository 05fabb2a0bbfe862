// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"github.com/jmoiron/sqlx"
	_ "github.com/lib/pq"
)

// openLibPQ is the other common way to PostgreSQL in Go: sqlx's pool on lib/pq, with parameters and results as text.
func openLibPQ(address string, connections int) (*pooled, error) {
	pool, err := sqlx.Connect("postgres", address+"?sslmode=disable")
	if err != nil {
		return nil, err
	}
	return preparePool(pool.DB, connections, func(id ID) interface{} {
		text, _ := id.MarshalText()
		return string(text)
	})
}
