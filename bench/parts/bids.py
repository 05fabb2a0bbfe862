# SPDX-License-Identifier: AGPL-3.0-or-later
"""Durable bids: 64 clients on one hot lot, on both engines, and over many lots beside gin + pgx. Every reply follows its commit."""

import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path

from harness import lathe, peers, shop
from harness.figures import Bar, Figure, Subject
from harness.load import Sample
from harness.process import Failure, Server, cpu_seconds
from harness.setup import Setup

SCRIPT = Path(__file__).resolve().parent.parent / "load" / "bids.lua"
BIDDERS = 64
CLIENTS = 64
BARS = {"sqlite": 10_000, "postgresql": 3_000}
P99_MS = 10
SHARE = 0.5  # of the bids must be in time
LOTS = 1_000
PEER_CONNECTIONS = 32  # the best of 8, 16 and 32
PEER_FACTOR = 2
WARM_UP_SECONDS = 5  # everybody's first bid for a lot, of 8 000, makes rows that the next ones do not
# Passwords are no part of what is measured.
SETTINGS = {"LATHE_BCRYPT_COST": "4"}


def _ask(server: Server, what: str, *request: object) -> dict:
    """While nothing is measured, a server that is overloaded by what else runs here is asked again."""
    deadline = time.monotonic() + 30
    while True:
        status, body = lathe.call(server, *request)
        if status in (200, 201):
            return body
        if status != 503 or time.monotonic() > deadline:
            raise Failure(f"{what}: {status} {body}")
        time.sleep(0.05)


def _list_lot(server: Server, seller: str) -> str:
    """An auction of a product of its own, for the next hours."""
    draft = {"title": "Hot lot", "description": "As it is.", "condition": "good", "category": "vinyl", "currency": "USD", "stock": 1,
             "shipping": {"from_country": "DE", "destinations": ["DE"]}}
    product = _ask(server, "a product", "POST", "/api/v1/products", draft, seller)
    _ask(server, "publishing it", "POST", f"/api/v1/products/{product['id']}/publish", None, seller)
    ends_at = datetime.fromtimestamp(time.time() + 6 * 3600, timezone.utc).isoformat()
    terms = {"item_id": product["id"], "starting_price": 1, "bid_step": 1, "ends_at": ends_at, "soft_close_ms": 0}
    return _ask(server, "an auction", "POST", "/api/v1/auctions", terms, seller)["id"]


def _wait_live(server: Server, lot: str) -> None:
    deadline = time.monotonic() + 30
    while _ask(server, "the auction", "GET", f"/api/v1/auctions/{lot}")["status"] != "live":
        if time.monotonic() > deadline:
            raise Failure("an auction does not start")
        time.sleep(0.02)


def _prepare(server: Server, setup: Setup, engine: str, count: int) -> tuple[Path, Path]:
    """Files of lots, all live, and of the tokens of those who bid."""
    seller = lathe.register(server, "merchant", "seller")["access_token"]
    tokens, lots = setup.folder / f"bidders-{engine}.txt", setup.folder / f"lots-{engine}-{count}.txt"
    with ThreadPoolExecutor(8) as pool:
        names = [f"bidder{number}" for number in range(BIDDERS)]
        found = pool.map(lambda name: lathe.register(server, name, "listener")["access_token"], names)
        tokens.write_text("".join(token + os.linesep for token in found))
        ids = list(pool.map(lambda _: _list_lot(server, seller), range(count)))
        list(pool.map(lambda lot: _wait_live(server, lot), ids))
    lots.write_text("".join(lot + os.linesep for lot in ids))
    return lots, tokens


def _bid(server: Server, lots: Path, tokens: Path, seconds: float, database: int = 0) -> Sample:
    before, database_before = server.cpu_seconds(), cpu_seconds(database) if database else 0
    result = subprocess.run(["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds:g}s", "-s", str(SCRIPT), server.origin, "--", str(lots), str(tokens)],
                            capture_output=True, text=True, check=True)
    used, database_used = server.cpu_seconds() - before, cpu_seconds(database) - database_before if database else 0
    found = json.loads(result.stdout.strip().splitlines()[-1])
    if found["broken"] or found["accepted"] + found["refused"] < found["requests"] or found["accepted"] < SHARE * found["requests"]:
        raise Failure(f"{server.name}: {found}\n{server.tail()}")
    return Sample(rate=found["accepted"] / found["seconds"], p50_ms=found["p50_ms"], p99_ms=found["p99_ms"],
                  cpu_us=used * 1e6 / max(found["accepted"], 1), database_us=database_used * 1e6 / max(found["accepted"], 1))


def _hot_lot(setup: Setup, engine: str) -> Figure:
    place = shop.build(engine, setup.folder, 1, f"bids_{engine}")
    subject = Subject("Lathe")
    database = shop.postgres_pid() if engine == "postgresql" else 0
    with lathe.start("Lathe", place.data, place.database_url, SETTINGS) as server:
        lots, tokens = _prepare(server, setup, engine, 1)
        _bid(server, lots, tokens, 1)
        for _ in range(setup.pace.rounds):
            subject.peak.append(_bid(server, lots, tokens, setup.pace.seconds, database))
    bars = [Bar("durable bids/s that were taken", subject.median("rate"), BARS[engine], at_least=True, unit="/s")]
    if engine == "sqlite":
        bars.append(Bar("99th percentile of the acknowledgement", subject.median("p99_ms"), P99_MS, at_least=False, unit="ms"))
    return Figure(f"bids-{engine}", f"bids on one hot lot, durable, {engine}, {CLIENTS} clients", bars, [subject],
                  ours=f"{BIDDERS} bidders in turn, each bid above the one before; all that wait go into one commit",
                  method="Each bid is a request over HTTP that is answered with a signed receipt after its commit; a bid that comes after "
                         "two higher ones is refused and not counted.")


def _many_lots(setup: Setup) -> Figure:
    place = shop.build("postgresql", setup.folder, 1, "bids_lots")
    ours, theirs = Subject("Lathe"), Subject("gin + pgx")
    with lathe.start("Lathe", place.data, place.database_url, SETTINGS) as server:
        lots, tokens = _prepare(server, setup, "postgresql", LOTS)
    # The peer has the same lots in a database of its own.
    shop.psql(shop.postgres_url("postgres"), "create database bench_bids_peer template bench_bids_lots")
    store = ["-postgresql", shop.postgres_url("bench_bids_peer"), "-connections", str(PEER_CONNECTIONS)]
    database = shop.postgres_pid()
    with (lathe.start("Lathe", place.data, place.database_url, SETTINGS) as server,
          peers.start_api("gin + pgx", store, setup.folder / "bids-peer.log") as peer):
        sides = ((server, ours), (peer, theirs))
        for one, _ in sides:
            _bid(one, lots, tokens, WARM_UP_SECONDS)
        for name in ("bench_bids_lots", "bench_bids_peer"):  # as autovacuum does once a minute, at a time that both sides share
            shop.psql(shop.postgres_url(name), "analyze")
        for _ in range(setup.pace.rounds):
            for one, subject in sides:
                subject.peak.append(_bid(one, lots, tokens, setup.pace.seconds, database))
    bars = [Bar("durable bids/s beside gin + pgx", ours.median("rate") / theirs.median("rate"), PEER_FACTOR, at_least=True)]
    return Figure("bids-lots", f"bids over {LOTS} lots, durable, postgresql, {CLIENTS} clients", bars, [ours, theirs],
                  ours="the whole of a bid: session, bidder's row, hidden maximum, signed receipt, who is outbid is told",
                  peer=f"gin + pgx v4: begin, select … for update, judged by the same rules, insert of the event and update of the lot in one "
                       f"batch, commit; prepared statements, a pool of {PEER_CONNECTIONS}; nothing else of a bid",
                  method=f"As on the hot lot, each bid on the next of the lots; both on the same PostgreSQL, in turn, after {WARM_UP_SECONDS} s "
                         "of bids each.")


def measure(setup: Setup) -> list[Figure]:
    figures = [_hot_lot(setup, engine) for engine in setup.only(["sqlite", "postgresql"]) if engine in setup.engines]
    return figures + [_many_lots(setup) for _ in setup.only(["lots"]) if "postgresql" in setup.engines]
