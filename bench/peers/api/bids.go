// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v4"
)

// Bids by the rules of docs/auction-rules.md on Lathe's tables, one transaction each: the lot's row is locked, the bid judged, its
// event appended to the chain, the row moved. What Lathe does besides is left out: sessions, bidders' rows, the hidden maximum's
// row, receipts' signatures, who is told.

const (
	lotQuery = `select status, starting_price, reserve_price, bid_step, soft_close_ms, extend_ms, ends_at, price, leader, maximum,
 bid_count, is_reserve_met, sequence, chain, last_at from auction where id = $1 for update`
	eventStatement = `insert into auction_event (auction_id, sequence, kind, at, body, chain) values ($1, $2, 4, $3, $4, $5)`
	moveStatement  = `update auction set price = $2, leader = $3, maximum = $4, bid_count = $5, is_reserve_met = $6, ends_at = $7,
 sequence = $8, chain = $9, last_at = $10, due_at = $7, updated_at = $10, version = version + 1 where id = $1`
	live = 1
)

var errLow, errClosed = errors.New("too low"), errors.New("closed")

// Steps by price band, where the lot has none of its own.
var bandPrices = []int64{0, 100, 500, 2500, 10000, 25000, 50000, 100000, 250000, 500000}
var bandSteps = []int64{5, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000}

type lot struct {
	status                                             int32
	startingPrice, reservePrice, bidStep               int64
	softCloseMs, extendMs, endsAt                      int64
	price, leader, maximum, bidCount, sequence, lastAt int64
	isReserveMet                                       bool
	chain                                              string
}

func (l *lot) step(price int64) int64 {
	if l.bidStep != 0 {
		return l.bidStep
	}
	band := len(bandPrices) - 1
	for bandPrices[band]*100 > price {
		band--
	}
	return bandSteps[band] * 100
}

func least(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

// bid judges rules 1 to 7 and moves the lot.
func (l *lot) bid(bidder, amount, maximum, now int64) error {
	price, leader := l.price, l.leader
	switch {
	case l.status != live || now >= l.endsAt:
		return errClosed
	case l.leader == 0:
		if amount < l.startingPrice {
			return errLow
		}
		l.leader, l.maximum, l.price = bidder, maximum, l.startingPrice
	case l.leader == bidder:
		if maximum <= l.maximum {
			return errLow
		}
		l.maximum = maximum
	case amount < l.price+l.step(l.price):
		return errLow
	case maximum > l.maximum:
		l.leader, l.price, l.maximum = bidder, least(maximum, l.maximum+l.step(l.maximum)), maximum
	default:
		l.price = least(l.maximum, maximum+l.step(maximum))
	}
	if l.reservePrice != 0 && l.maximum >= l.reservePrice && l.price < l.reservePrice {
		l.price = l.reservePrice
	}
	l.isReserveMet = l.maximum >= l.reservePrice
	if (l.price != price || l.leader != leader) && l.softCloseMs > 0 && l.endsAt-now < l.softCloseMs*1000 && now+l.extendMs*1000 > l.endsAt {
		l.endsAt = now + l.extendMs*1000
	}
	l.bidCount++
	return nil
}

// body is the event's text; chain covers it.
func (l *lot) body(bidder, amount, maximum, now int64) []byte {
	var salt [16]byte
	rand.Read(salt[:])
	commitment := sha256.Sum256([]byte(hex.EncodeToString(salt[:]) + ":" + strconv.FormatInt(bidder, 10) + ":" + strconv.FormatInt(maximum, 10)))
	text := append(make([]byte, 0, 320), `{"kind":"bid","at":`...)
	text = strconv.AppendInt(text, now, 10)
	text = strconv.AppendInt(append(text, `,"bidder":`...), bidder, 10)
	text = strconv.AppendInt(append(text, `,"amount":`...), amount, 10)
	text = append(append(text, `,"commitment":"`...), hex.EncodeToString(commitment[:])...)
	text = strconv.AppendInt(append(text, `","price":`...), l.price, 10)
	text = strconv.AppendInt(append(text, `,"leader":`...), l.leader, 10)
	text = strconv.AppendBool(append(text, `,"reserve_met":`...), l.isReserveMet)
	text = strconv.AppendInt(append(text, `,"bid_count":`...), l.bidCount, 10)
	text = strconv.AppendInt(append(text, `,"ends_at":`...), l.endsAt, 10)
	return append(text, '}')
}

type bidReply struct {
	Sequence  int64   `json:"sequence"`
	Bidder    int64   `json:"bidder"`
	Amount    int64   `json:"amount"`
	MaxAmount int64   `json:"max_amount"`
	Chain     string  `json:"chain"`
	Price     int64   `json:"price"`
	Leader    int64   `json:"leader"`
	BidCount  int64   `json:"bid_count"`
	EndsAt    Instant `json:"ends_at"`
}

func (db *postgresql) bid(cx context.Context, id ID, bidder, amount, maximum int64) (bidReply, error) {
	var l lot
	tx, err := db.pool.Begin(cx)
	if err != nil {
		return bidReply{}, err
	}
	defer tx.Rollback(cx)
	err = tx.QueryRow(cx, "lot", [16]byte(id)).Scan(&l.status, &l.startingPrice, &l.reservePrice, &l.bidStep, &l.softCloseMs, &l.extendMs,
		&l.endsAt, &l.price, &l.leader, &l.maximum, &l.bidCount, &l.isReserveMet, &l.sequence, &l.chain, &l.lastAt)
	if err != nil {
		return bidReply{}, err
	}
	now := time.Now().UnixMicro()
	if now < l.lastAt {
		now = l.lastAt
	}
	if err := l.bid(bidder, amount, maximum, now); err != nil {
		return bidReply{}, err
	}
	body := l.body(bidder, amount, maximum, now)
	sum := sha256.Sum256(append([]byte(l.chain+"\n"), body...))
	l.sequence, l.chain = l.sequence+1, hex.EncodeToString(sum[:])
	// Both are sent at once and awaited once.
	batch := &pgx.Batch{}
	batch.Queue("event", [16]byte(id), l.sequence, now, string(body), l.chain)
	batch.Queue("move", [16]byte(id), l.price, l.leader, l.maximum, l.bidCount, l.isReserveMet, l.endsAt, l.sequence, l.chain, now)
	if err := tx.SendBatch(cx, batch).Close(); err != nil {
		return bidReply{}, err
	}
	reply := bidReply{l.sequence, bidder, amount, maximum, l.chain, l.price, l.leader, l.bidCount, Instant(l.endsAt)}
	return reply, tx.Commit(cx)
}

// bidders numbers those who bid by the text of their tokens.
type bidders struct {
	lock    sync.RWMutex
	numbers map[string]int64
}

func (b *bidders) number(token string) int64 {
	b.lock.RLock()
	number, found := b.numbers[token]
	b.lock.RUnlock()
	if found {
		return number
	}
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.numbers[token] == 0 {
		b.numbers[token] = int64(len(b.numbers) + 1)
	}
	return b.numbers[token]
}

func serveBids(engine *gin.Engine, db *postgresql) {
	known := &bidders{numbers: map[string]int64{}}
	engine.POST("/api/v1/auctions/:key/bids", func(c *gin.Context) {
		var request struct {
			Amount    int64 `json:"amount" binding:"required,min=1"`
			MaxAmount int64 `json:"max_amount"`
		}
		id, ok := parseID(c.Param("key"))
		if err := c.ShouldBindJSON(&request); err != nil || !ok {
			c.Status(http.StatusBadRequest)
			return
		}
		if request.MaxAmount == 0 {
			request.MaxAmount = request.Amount
		}
		reply, err := db.bid(c.Request.Context(), id, known.number(c.GetHeader("Authorization")), request.Amount, request.MaxAmount)
		switch {
		case err == errLow || err == errClosed:
			c.Status(http.StatusConflict)
		case err == pgx.ErrNoRows:
			c.Status(http.StatusNotFound)
		case err != nil:
			c.AbortWithError(http.StatusInternalServerError, err)
		default:
			c.JSON(http.StatusCreated, reply)
		}
	})
}
