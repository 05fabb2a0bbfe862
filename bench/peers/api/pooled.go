// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"context"
	"database/sql"
	"net/url"
	"sync"
)

// pooled reads by the pool of database/sql with prepared statements, whatever the driver.
type pooled struct {
	pool          *sql.DB
	spec, options *sql.Stmt
	lists         sync.Map                // by text
	argument      func(id ID) interface{} // an id as the driver takes it
}

func preparePool(pool *sql.DB, connections int, argument func(id ID) interface{}) (*pooled, error) {
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	db := &pooled{pool: pool, argument: argument}
	var err error
	if db.spec, err = pool.Prepare(specQuery); err != nil {
		return nil, err
	}
	db.options, err = pool.Prepare(optionsQuery)
	return db, err
}

func (db *pooled) findSpec(cx context.Context, id ID) (Spec, bool, error) {
	var r row
	err := db.spec.QueryRow(db.argument(id)).Scan(specTargets(&r, &r.id, &r.ownerID)...)
	if err == sql.ErrNoRows {
		return Spec{}, false, nil
	}
	if err != nil {
		return Spec{}, false, err
	}
	rows, err := db.options.Query(db.argument(id))
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

func (db *pooled) prepared(text string) (*sql.Stmt, error) {
	if found, ok := db.lists.Load(text); ok {
		return found.(*sql.Stmt), nil
	}
	statement, err := db.pool.Prepare(text)
	if err == nil {
		db.lists.Store(text, statement)
	}
	return statement, err
}

func (db *pooled) list(cx context.Context, values url.Values) (Page, error) {
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
