// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"database/sql"
	"fmt"

	"github.com/mattn/go-sqlite3"
)

// openSQLite has the pragmas that Lathe reads with on every connection.
func openSQLite(file string, connections int) (*pooled, error) {
	sql.Register("sqlite3_tuned", &sqlite3.SQLiteDriver{ConnectHook: func(connection *sqlite3.SQLiteConn) error {
		_, err := connection.Exec("pragma mmap_size = 268435456; pragma cache_size = -16000; pragma query_only = on", nil)
		return err
	}})
	pool, err := sql.Open("sqlite3_tuned", fmt.Sprintf("file:%s?_journal_mode=WAL&_synchronous=FULL&_mutex=no", file))
	if err != nil {
		return nil, err
	}
	return preparePool(pool, connections, func(id ID) interface{} { return id[:] })
}
