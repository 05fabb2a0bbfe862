# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ten thousand sockets watch one room: how many deliveries, how late the last screen, what a socket costs, and who does not read."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.figures import Bar, Figure, number
from harness.lathe import ROOT
from harness.peers import OUT, go_program
from harness.process import Failure, Server, free_port
from harness.setup import Setup

COUNT, DEAF, RATE, SECONDS = 10_000, 1_000, 20, 5
TREE = ROOT / "build" / "release"
BODY = "@" + "x" * 100
SAY = json.dumps({"type": "say", "text": BODY})
SAID = json.dumps({"type": "said", "room": "bench:a", "sequence": 1, "text": BODY})  # what Lathe makes of it
JOIN = json.dumps({"type": "join", "room": "bench:a"})
# The talker is no visitor.
SETTINGS = {"LATHE_LIVE_LIMITS": "off"}


@dataclass
class Run:
    """What the clients saw, and what the server used for it."""

    seen: dict
    cpu_seconds: float
    bytes_each: float
    grown: int

    @property
    def cpu_us(self) -> float:
        return 1e6 * self.cpu_seconds / max(1, self.seen["deliveries"])


def _build() -> None:
    subprocess.run(["ninja", "-C", str(TREE), "bench/fanout_server", "bench/sockets"], check=True, stdout=subprocess.DEVNULL)
    OUT.mkdir(parents=True, exist_ok=True)
    own = {name: value for name, value in os.environ.items() if not name.startswith("GO")}
    own |= {"GO111MODULE": "off", "GOPATH": f"{OUT / 'go'}:/usr/share/gocode", "GOCACHE": str(OUT / "gocache")}
    subprocess.run([str(go_program()), "build", "-o", str(OUT / "peer-fanout"), "./bench/peers/fanout"], cwd=ROOT, env=own, check=True)


def _lathe(folder: Path, settings: dict) -> Server:
    port = free_port()
    command = [str(TREE / "bench" / "fanout_server"), str(port), str(os.cpu_count() or 1)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LATHE_")}
    return Server("Lathe", command, port, folder / "fanout.log", environment | SETTINGS | settings)


def _gorilla(folder: Path) -> Server:
    port = free_port()
    return Server("gorilla", [str(OUT / "peer-fanout"), "-listen", f"127.0.0.1:{port}"], port, folder / "fanout-peer.log")


def _drive(server: Server, rate: int, deaf: int, join: str, say: str) -> Run:
    empty = server.bytes_of("RssAnon")
    command = [str(TREE / "bench" / "sockets"), str(server.port), str(COUNT), str(SECONDS), str(rate), str(deaf), join, say]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        if client.stdout.readline().strip() != "ready":
            raise Failure(f"the clients could not connect to {server.name}")
        full, before = server.bytes_of("RssAnon"), server.cpu_seconds()
        client.stdin.write("\n")
        client.stdin.flush()
        text = client.stdout.readline()
        used, grown = server.cpu_seconds() - before, server.bytes_of("RssAnon") - full
        client.stdin.close()
    if not text:
        raise Failure(f"{server.name} lost a connection that reads")
    return Run(json.loads(text), used, (full - empty) / COUNT, grown)


def _ours(folder: Path, rate: int, deaf: int = 0, settings: dict | None = None) -> Run:
    with _lathe(folder, settings or {}) as server:
        return _drive(server, rate, deaf, JOIN, SAY)


def _peer(folder: Path, rate: int) -> Run:
    with _gorilla(folder) as server:
        return _drive(server, rate, 0, "", SAID)


def _told(run: Run) -> str:
    seen = run.seen
    return (f"{number(seen['per_second'])} deliveries/s, {number(run.cpu_us)} µs of CPU each, last screen p99 {number(seen['last_p99_ms'])} ms, "
            f"{number(run.bytes_each)} bytes per socket" + (f", {seen['lost']} lost" if seen["lost"] else ""))


def measure(setup: Setup) -> list[Figure]:
    _build()
    peak, peer_peak = _ours(setup.folder, 0), _peer(setup.folder, 0)
    single = _ours(setup.folder, 0, settings={"LATHE_LIVE_TICK": "0"})
    steady, peer_steady = _ours(setup.folder, RATE), _peer(setup.folder, RATE)
    deaf = _ours(setup.folder, RATE, DEAF)
    bars = [
        Bar(f"message to last screen p99, {COUNT} sockets, {RATE} messages/s", steady.seen["last_p99_ms"], 150, at_least=False, unit="ms"),
        Bar("deliveries/s beside gorilla/websocket", peak.seen["per_second"] / max(1, peer_peak.seen["per_second"]), 1.4, at_least=True),
        Bar("user memory per watching socket", steady.bytes_each, 2048, at_least=False, unit="bytes"),
        Bar(f"p99 of the others when {DEAF} stop reading", deaf.seen["p99_ms"] / max(0.1, steady.seen["p99_ms"]), 1.2, at_least=False),
    ]
    facts = {
        "Lathe, as fast as it goes": _told(peak), "the same, each message by itself": _told(single), "gorilla, as fast as it goes": _told(peer_peak),
        f"Lathe at {RATE}/s": _told(steady), f"gorilla at {RATE}/s": _told(peer_steady), f"Lathe at {RATE}/s, {DEAF} deaf": _told(deaf),
        "private memory grown by the deaf": f"{deaf.grown / 1e6:.1f} MB",
    }
    return [Figure("fanout", "Fan-out", bars, facts=facts, ours="platform/live behind the HTTP engine, one room in memory",
                   peer="gorilla/websocket, the bare fan-out with prepared messages", method=(
        f"{COUNT} connections of one client thread on the same processors; a further one talks. As fast as it goes: eight messages on "
        f"their way at once for {SECONDS} s. A delivery is a frame that the client has read; the last screen is the last of its readers."))]
