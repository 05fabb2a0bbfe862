# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether logins disturb readers: GETs at 30 % of their peak, quiet and while 32 clients log in without pause."""

import json
import os
import statistics
import subprocess
from pathlib import Path

from harness import lathe, load
from harness.contest import FIXED_SHARE
from harness.figures import Bar, Figure, Subject
from harness.process import Failure, Server
from harness.setup import Setup
from parts.specs import SPECS, popular_paths

CLIENTS = 32
ACCOUNTS = 8
PEAKS = 3


def _login_requests(setup: Setup, server: Server) -> Path:
    path = setup.folder / "logins.txt"
    names = [f"visitor{os.getpid()}_{number}" for number in range(ACCOUNTS)]
    for name in names:
        lathe.register(server, name, "listener")
    path.write_text("".join("/api/v1/auth/login\t" + json.dumps({"login": name, "password": lathe.password_of(name)}) + "\n"
                            for name in names))
    return path


class Logins:
    """32 clients that log in without pause, until the end of the block."""

    def __init__(self, server: Server, requests: Path, seconds: float):
        self.server = server
        self.child = subprocess.Popen(["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds:g}s", "--timeout", "60s", "-s", str(load.SCRIPT),
                                       server.origin, "--", str(requests)], stdout=subprocess.PIPE, text=True)

    def per_second(self) -> float:
        text, _ = self.child.communicate()
        found = json.loads(text.strip().splitlines()[-1])
        if found["refused"] or found["broken"]:
            raise Failure(f"logins failed: {found}\n{self.server.tail()}")
        return found["requests"] / found["seconds"]

    def __enter__(self) -> "Logins":
        return self

    def __exit__(self, *_ignored) -> None:
        self.child.kill()
        self.child.wait()


def measure(setup: Setup) -> list[Figure]:
    place = setup.shop("sqlite", SPECS)
    requests = popular_paths(setup, SPECS)
    quiet, busy, logins = Subject("quiet"), Subject("32 clients log in"), []
    seconds = 2 * setup.pace.seconds  # p99 wants many requests
    with lathe.start("Lathe", place.data) as server:
        login_requests = _login_requests(setup, server)
        load.peak(server, requests, 1)
        quiet.peak = [load.peak(server, requests, setup.pace.seconds) for _ in range(PEAKS)]
        rate = quiet.fixed_rate = busy.fixed_rate = FIXED_SHARE * quiet.median("rate")
        for _ in range(setup.pace.rounds):
            quiet.fixed.append(load.fixed(server, requests, rate, seconds))
            with Logins(server, login_requests, seconds + 1) as crowd:
                busy.fixed.append(load.fixed(server, requests, rate, seconds))
                logins.append(crowd.per_second())
    ratio = statistics.median(s.p99_ms for s in busy.fixed) / statistics.median(s.p99_ms for s in quiet.fixed)
    return [Figure("logins", "GETs at 30 % of peak while 32 clients log in", [Bar("p99 of the quiet", ratio, 2, at_least=False)],
                   [quiet, busy], {"logins meanwhile": f"{statistics.median(logins):.1f}/s at bcrypt cost 12"},
                   ours="SQLite, specs as visitors ask; passwords are hashed on a thread that yields to everything else",
                   peer="the same server before anybody logs in", method=(
                       "The rate of GETs is kept by h2load whether or not the replies come; both kinds of load run on the same "
                       "processors as the server. Rounds with and without logins take turns."))]
