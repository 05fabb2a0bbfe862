// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"sync"

	"github.com/mattn/go-sqlite3"
)

// sqlite reads by a pool of connections with the pragmas that Lathe reads with, and prepared statements.
type sqlite struct {
	pool          *sql.DB
	spec, options *sql.Stmt
	lists         sync.Map // by text
}

func openSQLite(file string, connections int) (*sqlite, error) {
	sql.Register("sqlite3_tuned", &sqlite3.SQLiteDriver{ConnectHook: func(connection *sqlite3.SQLiteConn) error {
		_, err := connection.Exec("pragma mmap_size = 268435456; pragma cache_size = -16000; pragma query_only = on", nil)
		return err
	}})
	pool, err := sql.Open("sqlite3_tuned", fmt.Sprintf("file:%s?_journal_mode=WAL&_synchronous=FULL&_mutex=no", file))
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	db := &sqlite{pool: pool}
	if db.spec, err = pool.Prepare(specQuery); err != nil {
		return nil, err
	}
	db.options, err = pool.Prepare(optionsQuery)
	return db, err
}

func (db *sqlite) findSpec(cx context.Context, id ID) (Spec, bool, error) {
	var r row
	err := db.spec.QueryRow(id[:]).Scan(specTargets(&r, &r.id, &r.ownerID)...)
	if err == sql.ErrNoRows {
		return Spec{}, false, nil
	}
	if err != nil {
		return Spec{}, false, err
	}
	rows, err := db.options.Query(id[:])
	if err != nil {
		return Spec{}, false, err
	}
	defer rows.Close()
	licenses := make([]License, 0, 4)
	for rows.Next() {
		var o optionRow
		if err := rows.Scan(optionTargets(&o, &o.id)...); err != nil {
			return Spec{}, false, err
		}
		licenses = append(licenses, o.license())
	}
	return r.spec(licenses), true, rows.Err()
}

func (db *sqlite) prepared(text string) (*sql.Stmt, error) {
	if found, ok := db.lists.Load(text); ok {
		return found.(*sql.Stmt), nil
	}
	statement, err := db.pool.Prepare(text)
	if err == nil {
		db.lists.Store(text, statement)
	}
	return statement, err
}

func (db *sqlite) list(cx context.Context, values url.Values) (Page, error) {
	l := makeList(values)
	statement, err := db.prepared(l.sql.String())
	if err != nil {
		return Page{}, err
	}
	found, err := statement.Query(l.arguments...)
	if err != nil {
		return Page{}, err
	}
	defer found.Close()
	rows := make([]row, 0, listLimit+1)
	for found.Next() {
		rows = append(rows, row{})
		r := &rows[len(rows)-1]
		if err := found.Scan(listTargets(r, &r.id, &r.ownerID)...); err != nil {
			return Page{}, err
		}
	}
	return makePage(rows), found.Err()
}
