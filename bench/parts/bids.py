# SPDX-License-Identifier: AGPL-3.0-or-later
"""Durable bids: 64 clients on one hot lot, on both engines. Every reply is a signed receipt that follows its commit."""

import json
import os
import subprocess
import time
from datetime import datetime, timezone
from pathlib import Path

from harness import lathe, shop
from harness.figures import Bar, Figure, Subject
from harness.load import Sample
from harness.process import Failure, Server
from harness.setup import Setup

SCRIPT = Path(__file__).resolve().parent.parent / "load" / "bids.lua"
BIDDERS = 64
CLIENTS = 64
BARS = {"sqlite": 10_000, "postgresql": 3_000}
P99_MS = 10
SHARE = 0.5  # of the bids must be in time


def _made(reply: tuple[int, dict], what: str) -> dict:
    if reply[0] not in (200, 201):
        raise Failure(f"{what}: {reply[0]} {reply[1]}")
    return reply[1]


def _list_lot(server: Server, seller: str) -> str:
    """An auction of a product of its own, live for the next hours."""
    draft = {"title": "Hot lot", "description": "As it is.", "condition": "good", "category": "vinyl", "currency": "USD", "stock": 1,
             "shipping": {"from_country": "DE", "destinations": ["DE"]}}
    product = _made(lathe.call(server, "POST", "/api/v1/products", draft, seller), "a product")
    _made(lathe.call(server, "POST", f"/api/v1/products/{product['id']}/publish", None, seller), "publishing it")
    ends_at = datetime.fromtimestamp(time.time() + 6 * 3600, timezone.utc).isoformat()
    lot = _made(lathe.call(server, "POST", "/api/v1/auctions", {
        "item_id": product["id"], "starting_price": 1, "bid_step": 1, "ends_at": ends_at, "soft_close_ms": 0}, seller), "an auction")
    deadline = time.monotonic() + 10
    while lot["status"] != "live" and time.monotonic() < deadline:
        time.sleep(0.05)
        lot = _made(lathe.call(server, "GET", f"/api/v1/auctions/{lot['id']}"), "the auction")
    return lot["id"]


def _bid(server: Server, lots: Path, tokens: Path, seconds: float) -> Sample:
    before = server.cpu_seconds()
    result = subprocess.run(["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds:g}s", "-s", str(SCRIPT), server.origin, "--", str(lots), str(tokens)],
                            capture_output=True, text=True, check=True)
    used = server.cpu_seconds() - before
    found = json.loads(result.stdout.strip().splitlines()[-1])
    if found["broken"] or found["accepted"] + found["refused"] < found["requests"] or found["accepted"] < SHARE * found["requests"]:
        raise Failure(f"{server.name}: {found}\n{server.tail()}")
    return Sample(rate=found["accepted"] / found["seconds"], p50_ms=found["p50_ms"], p99_ms=found["p99_ms"],
                  cpu_us=used * 1e6 / max(found["accepted"], 1))


def _hot_lot(setup: Setup, engine: str) -> Figure:
    place = shop.build(engine, setup.folder, 1, f"bids_{engine}")
    subject = Subject("Lathe")
    with lathe.start("Lathe", place.data, place.database_url) as server:
        seller = lathe.register(server, "merchant", "seller")["access_token"]
        tokens, lots = setup.folder / f"bidders-{engine}.txt", setup.folder / f"lots-{engine}.txt"
        tokens.write_text("".join(lathe.register(server, f"bidder{number}", "listener")["access_token"] + os.linesep
                                  for number in range(BIDDERS)))
        lots.write_text(_list_lot(server, seller) + os.linesep)
        _bid(server, lots, tokens, 1)
        for _ in range(setup.pace.rounds):
            subject.peak.append(_bid(server, lots, tokens, setup.pace.seconds))
    bars = [Bar("durable bids/s that were taken", subject.median("rate"), BARS[engine], at_least=True, unit="/s")]
    if engine == "sqlite":
        bars.append(Bar("99th percentile of the acknowledgement", subject.median("p99_ms"), P99_MS, at_least=False, unit="ms"))
    return Figure(f"bids-{engine}", f"bids on one hot lot, durable, {engine}, {CLIENTS} clients", bars, [subject],
                  ours=f"{BIDDERS} bidders in turn, each bid above the one before; all that wait go into one commit",
                  method="Each bid is a request over HTTP that is answered with a signed receipt after its commit; a bid that comes after "
                         "two higher ones is refused and not counted.")


def measure(setup: Setup) -> list[Figure]:
    return [_hot_lot(setup, engine) for engine in setup.engines if not setup.works or engine in setup.works]
