# SPDX-License-Identifier: AGPL-3.0-or-later
"""POST an order, durably, from 64 clients on SQLite: commits in groups beside the same program with groups of one."""

import json
import shutil
from pathlib import Path

from harness import lathe, shop
from harness.contest import Entry, compete
from harness.figures import Bar, Figure
from harness.setup import Setup

SPECS = 1000
CLIENTS = 64


def _requests(path: Path) -> Path:
    path.write_text("".join(
        "/api/v1/orders\t" + json.dumps({"items": [{"spec_id": shop.spec_id(number), "license_option_id": shop.option_id(number, 0)}],
                                         "provider": "test"}) + "\n" for number in range(SPECS)))
    return path


def measure(setup: Setup) -> list[Figure]:
    place = shop.build("sqlite", setup.folder, SPECS, "orders")
    with lathe.start("Lathe", place.data) as server:
        lathe.register(server, "buyer", "listener")
    single = place.data.with_name("orders-single")
    shutil.copytree(place.data, single)
    requests = _requests(setup.folder / "orders.txt")
    with lathe.start("Lathe", place.data) as groups, \
            lathe.start("Lathe, groups of one", single, settings={"LATHE_SQLITE_GROUP": "1"}) as ones:
        entries = [Entry(server.name, server, requests, lathe.log_in(server, "buyer")) for server in (groups, ones)]
        pace = setup.pace_with(CLIENTS)
        ours, peer = compete(entries, pace, fixed_rounds=0)
    bars = [Bar(f"orders/s of {peer.name}", ours.median("rate") / peer.median("rate"), 2, at_least=True)]
    return [Figure("orders", "POST an order, durable, SQLite, 64 clients", bars, [ours, peer], ours="groups of up to 128 orders in a commit (the default)",
                   peer="the same program on a copy of the data with LATHE_SQLITE_GROUP=1", method=(
                       "Each order is a request with an Idempotency-Key of its own; every reply follows a commit with "
                       "synchronous=FULL."))]
