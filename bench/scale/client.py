# SPDX-License-Identifier: AGPL-3.0-or-later
"""Requests on a few kept connections, all sent at once and each timed until its last byte."""

import selectors
import socket
import time
from dataclasses import dataclass

from harness.process import Failure

PATIENCE = 240  # a hang, not a measure


@dataclass
class Reply:
    status: int
    body: bytes
    seconds: float


def request(method: str, path: str, token: str = "", body: bytes = b"", key: str = "") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
    head += f"Authorization: Bearer {token}\r\n" if token else ""
    head += f"Idempotency-Key: {key}\r\n" if key else ""
    if body or method in ("POST", "PUT", "PATCH"):
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


class Connection:
    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.kept, self.started = b"", 0.0

    def send(self, data: bytes) -> None:
        self.kept, self.started = b"", time.perf_counter()
        self.socket.sendall(data)

    def take(self) -> Reply | None:
        """What has come; the reply when that is all of it."""
        data = self.socket.recv(1 << 18)
        now = time.perf_counter()
        if not data:
            raise Failure(f"a connection was closed after {self.kept[:300]!r}")
        self.kept += data
        end = self.kept.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.kept[:end].decode("latin-1").lower()
        length = 0
        for line in head.split("\r\n")[1:]:
            name, _, value = line.partition(":")
            if name == "content-length":
                length = int(value)
            if name == "transfer-encoding":
                raise Failure("a reply came in chunks, which none of these calls has")
        if len(self.kept) < end + 4 + length:
            return None
        return Reply(int(head.split(" ", 2)[1]), self.kept[end + 4:], now - self.started)


class Client:
    """As a context manager its connections are closed at the end."""

    def __init__(self, port: int, connections: int):
        self.connections = [Connection(port) for _ in range(connections)]
        self.selector = selectors.DefaultSelector()
        for index, connection in enumerate(self.connections):
            self.selector.register(connection.socket, selectors.EVENT_READ, index)

    def ask(self, requests: list[bytes]) -> list[Reply]:
        """One on each connection at most."""
        replies: list = [None] * len(requests)
        for connection, data in zip(self.connections, requests):
            connection.send(data)
        give_up = time.monotonic() + PATIENCE
        while None in replies:
            if time.monotonic() > give_up:
                raise Failure(f"no reply in {PATIENCE} s to {requests[replies.index(None)][:200]!r}")
            for key, _ in self.selector.select(1):
                if key.data < len(requests) and replies[key.data] is None:
                    replies[key.data] = self.connections[key.data].take()
        return replies

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_ignored) -> None:
        self.selector.close()
        for connection in self.connections:
            connection.socket.close()
