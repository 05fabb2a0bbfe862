// SPDX-License-Identifier: AGPL-3.0-or-later

// The peer of Lathe's API reads, and of bids: gin with pgx, with sqlx on lib/pq, or with mattn's sqlite3, on the tables that Lathe made.
//
//	peer-api -listen 127.0.0.1:PORT (-postgresql URL | -libpq URL | -sqlite FILE) [-connections N]
package main

import (
	"context"
	"flag"
	"log"
	"net/http"
	"net/url"
	"runtime"

	"github.com/gin-gonic/gin"
)

type store interface {
	findSpec(cx context.Context, id ID) (Spec, bool, error)
	list(cx context.Context, values url.Values) (Page, error)
}

func serve(db store, listen string) error {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.Use(gin.Recovery())
	engine.GET("/healthz", func(c *gin.Context) { c.Status(http.StatusOK) })
	engine.GET("/api/v1/specs", func(c *gin.Context) {
		page, err := db.list(c.Request.Context(), c.Request.URL.Query())
		if err != nil {
			c.AbortWithError(http.StatusInternalServerError, err)
			return
		}
		c.JSON(http.StatusOK, page)
	})
	engine.GET("/api/v1/specs/:key", func(c *gin.Context) {
		id, ok := parseID(c.Param("key"))
		if !ok {
			c.Status(http.StatusNotFound)
			return
		}
		spec, found, err := db.findSpec(c.Request.Context(), id)
		switch {
		case err != nil:
			c.AbortWithError(http.StatusInternalServerError, err)
		case !found:
			c.Status(http.StatusNotFound)
		default:
			c.JSON(http.StatusOK, spec)
		}
	})
	if db, ok := db.(*postgresql); ok {
		serveBids(engine, db)
	}
	return http.ListenAndServe(listen, engine)
}

func main() {
	listen := flag.String("listen", "127.0.0.1:8081", "address")
	address := flag.String("postgresql", "", "URL of the database")
	text := flag.String("libpq", "", "URL of the database")
	file := flag.String("sqlite", "", "file of the database")
	connections := flag.Int("connections", 4*runtime.NumCPU(), "size of the pool")
	flag.Parse()
	var db store
	var err error
	switch {
	case *address != "":
		db, err = openPostgreSQL(*address, int32(*connections))
	case *text != "":
		db, err = openLibPQ(*text, *connections)
	default:
		db, err = openSQLite(*file, *connections)
	}
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(serve(db, *listen))
}
