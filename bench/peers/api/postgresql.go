// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"context"
	"net/url"

	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
)

// postgresql reads by pgx's own pool, with prepared statements and binary results.
type postgresql struct{ pool *pgxpool.Pool }

func openPostgreSQL(address string, connections int32) (*postgresql, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	config.MinConns, config.MaxConns = connections, connections
	config.ConnConfig.RuntimeParams["application_name"] = "peer"
	// Each connection keeps these prepared; the composed ones are prepared and kept by pgx's statement cache.
	config.AfterConnect = func(cx context.Context, connection *pgx.Conn) error {
		for name, text := range map[string]string{"spec": specQuery, "options": optionsQuery, "lot": lotQuery,
			"event": eventStatement, "move": moveStatement} {
			if _, err := connection.Prepare(cx, name, text); err != nil {
				return err
			}
		}
		return nil
	}
	pool, err := pgxpool.ConnectConfig(context.Background(), config)
	return &postgresql{pool}, err
}

// findSpec sends both statements at once and waits once.
func (db *postgresql) findSpec(cx context.Context, id ID) (Spec, bool, error) {
	var r row
	batch := &pgx.Batch{}
	batch.Queue("spec", [16]byte(id))
	batch.Queue("options", [16]byte(id))
	results := db.pool.SendBatch(cx, batch)
	defer results.Close()
	err := results.QueryRow().Scan(specTargets(&r, (*[16]byte)(&r.id), (*[16]byte)(&r.ownerID))...)
	if err == pgx.ErrNoRows {
		return Spec{}, false, nil
	}
	if err != nil {
		return Spec{}, false, err
	}
	rows, err := results.Query()
	if err != nil {
		return Spec{}, false, err
	}
	defer rows.Close()
	licenses := make([]License, 0, 4)
	for rows.Next() {
		var o optionRow
		if err := rows.Scan(optionTargets(&o, (*[16]byte)(&o.id))...); err != nil {
			return Spec{}, false, err
		}
		licenses = append(licenses, o.license())
	}
	return r.spec(licenses), true, rows.Err()
}

func (db *postgresql) list(cx context.Context, values url.Values) (Page, error) {
	l := makeList(values)
	found, err := db.pool.Query(cx, l.sql.String(), l.arguments...)
	if err != nil {
		return Page{}, err
	}
	defer found.Close()
	rows := make([]row, 0, listLimit+1)
	for found.Next() {
		rows = append(rows, row{})
		r := &rows[len(rows)-1]
		if err := found.Scan(listTargets(r, (*[16]byte)(&r.id), (*[16]byte)(&r.ownerID))...); err != nil {
			return Page{}, err
		}
	}
	return makePage(rows), found.Err()
}
