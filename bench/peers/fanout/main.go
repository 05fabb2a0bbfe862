// SPDX-License-Identifier: AGPL-3.0-or-later

// The bare fan-out in Go with gorilla/websocket: what one connection says, all get. A goroutine and a bounded queue for each
// connection, and the message prepared once, as the library's documentation advises.
package main

import (
	"flag"
	"log"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"
)

const queueLength = 256

type hub struct {
	mutex   sync.RWMutex
	clients map[*client]struct{}
}

type client struct {
	connection *websocket.Conn
	queue      chan *websocket.PreparedMessage
}

func (hub *hub) add(client *client) {
	hub.mutex.Lock()
	defer hub.mutex.Unlock()
	hub.clients[client] = struct{}{}
}

func (hub *hub) remove(client *client) {
	hub.mutex.Lock()
	defer hub.mutex.Unlock()
	if _, isThere := hub.clients[client]; isThere {
		delete(hub.clients, client)
		close(client.queue)
	}
}

// Whoever is a whole queue behind is let go.
func (hub *hub) publish(text []byte) {
	message, err := websocket.NewPreparedMessage(websocket.TextMessage, text)
	if err != nil {
		return
	}
	var slow []*client
	hub.mutex.RLock()
	for client := range hub.clients {
		select {
		case client.queue <- message:
		default:
			slow = append(slow, client)
		}
	}
	hub.mutex.RUnlock()
	for _, client := range slow {
		hub.remove(client)
	}
}

func (client *client) write() {
	defer client.connection.Close()
	for message := range client.queue {
		if client.connection.WritePreparedMessage(message) != nil {
			return
		}
	}
}

func (hub *hub) read(client *client) {
	defer hub.remove(client)
	for {
		_, text, err := client.connection.ReadMessage()
		if err != nil {
			return
		}
		hub.publish(text)
	}
}

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address")
	flag.Parse()
	hub := &hub{clients: map[*client]struct{}{}}
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	http.HandleFunc("/healthz", func(writer http.ResponseWriter, _ *http.Request) {})
	http.HandleFunc("/ws", func(writer http.ResponseWriter, request *http.Request) {
		connection, err := upgrader.Upgrade(writer, request, nil)
		if err != nil {
			return
		}
		client := &client{connection, make(chan *websocket.PreparedMessage, queueLength)}
		hub.add(client)
		go client.write()
		hub.read(client)
	})
	log.Fatal(http.ListenAndServe(*listen, nil))
}
