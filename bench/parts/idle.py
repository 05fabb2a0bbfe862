# SPDX-License-Identifier: AGPL-3.0-or-later
"""What Lathe costs while nothing happens: memory with the demo shop, memory per idle connection, time to get ready."""

import resource
import socket
import statistics
import time

from harness import lathe
from harness.figures import Bar, Figure, number
from harness.process import Failure, Server
from harness.setup import Setup

HELD = 10_000
STARTS = 5
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def _read_reply(connection: socket.socket) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(4096)
        if not part:
            raise Failure("the server closed a connection that was to be held")
        data += part


def _hold(server: Server, count: int) -> list[socket.socket]:
    """Connections that were used once and are kept alive."""
    held = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.sendall(REQUEST)
        _read_reply(connection)
        held.append(connection)
    return held


def _settled(server: Server, name: str) -> int:
    time.sleep(2)
    return server.bytes_of(name)


def _connection_bytes(setup: Setup) -> tuple[float, int]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 3 * HELD)), hard))
    with lathe.start("Lathe", setup.demo.data, settings={"LATHE_HTTP_IDLE_TIMEOUT": "10m"}) as server:
        for connection in _hold(server, 100):  # what is made once on first use is no cost of a connection
            connection.close()
        before = _settled(server, "RssAnon")
        held = _hold(server, HELD)
        grown = _settled(server, "RssAnon") - before
        for connection in held:
            connection.close()
    return grown / HELD, grown


def measure(setup: Setup) -> list[Figure]:
    starts, sizes = [], []
    for _ in range(STARTS):
        with lathe.start("Lathe", setup.demo.data) as server:
            starts.append(server.ready_seconds)
            sizes.append(_settled(server, "VmRSS"))
    each, grown = _connection_bytes(setup)
    bars = [
        Bar("RSS with the demo shop", statistics.median(sizes) / 1e6, 20, at_least=False, unit="MB"),
        Bar(f"user memory per idle keep-alive connection, {HELD} held", each, 1024, at_least=False, unit="bytes"),
        Bar("ready after start", statistics.median(starts), 0.1, at_least=False, unit="s"),
    ]
    facts = {"starts until /readyz answered": ", ".join(f"{number(seconds)} s" for seconds in sorted(starts)),
             "private memory grown by": f"{grown / 1e6:.1f} MB"}
    return [Figure("idle", "Idle", bars, facts=facts, ours="the demo shop on SQLite", method=(
        "RSS is VmRSS two seconds after the start; the connections each made one request; their memory is the growth of RssAnon. "
        "Ready is the time from the start of the process to a 200 from /readyz, asked every millisecond."))]
