# SPDX-License-Identifier: AGPL-3.0-or-later
"""GET one spec and GET a list of 20 with filters, on both engines, beside gin on the same tables."""

import itertools
import json
import random
from contextlib import ExitStack
from pathlib import Path

from harness import lathe, peers, process, shop
from harness.contest import Entry, compete
from harness.figures import Bar, Figure, Subject, number
from harness.setup import Setup

# More than any server here answers in the second for which Lathe keeps a reply: asked in turn, none is answered from the cache.
SPECS = 100_000
POPULAR = 20_000


def _write(path: Path, lines) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + "\n" for line in lines))
    return path


def spec_paths(setup: Setup, count: int) -> Path:
    """Each spec once, in an order without a pattern."""
    numbers = list(range(count))
    random.Random(1).shuffle(numbers)
    return _write(setup.folder / "spec-each.txt", (f"/api/v1/specs/{shop.spec_id(number)}" for number in numbers))


def popular_paths(setup: Setup, count: int) -> Path:
    """As visitors would: the n-th popular is asked for 1/n as often as the first (Zipf)."""
    pick = random.Random(2)
    weights = list(itertools.accumulate(1 / rank for rank in range(1, count + 1)))
    return _write(setup.folder / "spec-popular.txt", (f"/api/v1/specs/{shop.spec_id(number)}"
                  for number in pick.choices(range(count), cum_weights=weights, k=POPULAR)))


def list_paths(setup: Setup) -> Path:
    """Genre, range of tempo, and category or not: 14 400 different lists."""
    lines = [f"/api/v1/specs?genre={genre}&bpm_min={low}&bpm_max={low + width}{category}&limit=20"
             for genre in shop.GENRES for low in range(60, 160) for width in (10, 15, 20, 25, 30, 40)
             for category in ("", "&category=beat")]
    random.Random(3).shuffle(lines)
    return _write(setup.folder / "lists.txt", lines)


def popular_lists(setup: Setup) -> Path:
    return _write(setup.folder / "lists-popular.txt",
                  (f"/api/v1/specs?genre={genre}&bpm_min={low}&bpm_max={low + 20}&limit=20"
                   for genre in shop.GENRES for low in (80, 120)))


def check_equal(ours: process.Server, peer: process.Server, paths: Path) -> None:
    """The peer is one only if it gives the same replies."""
    for line in paths.read_text().splitlines()[:50]:
        replies = [process.get(server.port, line) for server in (ours, peer)]
        parsed = [json.loads(body) for _, body in replies]
        if replies[0][0] != 200 or parsed[0] != parsed[1]:
            raise process.Failure(f"the replies to {line} differ:\n{json.dumps(parsed[0])[:2000]}\n{json.dumps(parsed[1])[:2000]}")


def _bars(ours: Subject, peer: Subject, how: str, rate_limit: float, cpu_limit: float | None) -> list[Bar]:
    bars = [Bar(f"{how}: requests/s of the peer", ours.median("rate") / peer.median("rate"), rate_limit, at_least=True)]
    if cpu_limit:
        bars.append(Bar(f"{how}: its server CPU per request", ours.median("cpu_us") / peer.median("cpu_us"), cpu_limit,
                        at_least=False))
    return bars


def _store(place: shop.Shop) -> list[str]:
    return ["-postgresql", place.database_url] if place.database_url else ["-sqlite", str(place.sqlite_file)]


WORKS = {
    "spec": ("GET one spec", spec_paths, popular_paths, {"postgresql": 3.0, "sqlite": 2.5}),
    "list": ("GET a list of 20 with filters", list_paths, popular_lists, {"postgresql": 2.5, "sqlite": 2.5}),
}


OURS = ("the program as it comes: whole middleware chain, access log, rate limiter (that never refuses), entity tags; what it has "
        "answered is kept for a second per loop and validated on every hit")
PEERS = {"postgresql": "gin on pgx 4 with its pool and prepared statements, both statements of a spec sent at once; no log, no limiter, "
                       "no entity tags; the same joins, filters and JSON (compared before each run). Also, without a bar: gin on sqlx and "
                       "lib/pq with prepared statements, Fastify on pg with a worker for each processor",
         "sqlite": "gin on go-sqlite3 with a pool, prepared statements and Lathe's pragmas; no log, no limiter, no entity tags; the same "
                   "joins, filters and JSON (compared before each run)"}
METHOD = ("wrk, 64 connections. “Each once”: all of the 100 000 specs (14 400 lists) in turn, so that nothing has been kept, for both "
          "sides; “as visitors ask”: popular ones more often (Zipf over all specs; 24 lists), for both sides.")


# The statements of one spec, as Lathe's; each script is one spec.
PGBENCH_SCRIPT = r"""\set number random(0, {last})
select i.*, r.* from item i join recording r on r.id = i.id where i.id = ('01930000-0000-7000-8000-' || lpad(to_hex(:number::int), 12, '0'))::uuid;
select * from license_option where spec_id = ('01930000-0000-7000-8000-' || lpad(to_hex(:number::int), 12, '0'))::uuid and removed_at is null order by position, id;
"""


def pgbench_fact(setup: Setup, url: str, ours: Subject) -> dict[str, str]:
    """What the database itself gives for the same work; a server cannot give more without keeping replies."""
    script = setup.folder / "spec.pgbench"
    script.write_text(PGBENCH_SCRIPT.format(last=SPECS - 1))
    rate = peers.pgbench(url, script, setup.pace.rounds * setup.pace.seconds)
    return {"pgbench, both statements prepared, one after the other": f"{number(rate)} specs/s; Lathe gives {number(ours.median('rate') / rate)} of that"}


def beside(subjects: list[Subject]) -> dict[str, str]:
    """Peers that no bar names."""
    return {f"requests/s beside {other.name}": f"{number(subjects[0].median('rate') / other.median('rate'))} ×, CPU per request "
            f"{number(subjects[0].median('cpu_us') / other.median('cpu_us'))} ×" for other in subjects[4:]}


def _contest(setup: Setup, engine: str, work: str, servers: list[process.Server], place: shop.Shop) -> Figure:
    title, each, popular, limits = WORKS[work]
    ours, peer, *others = servers
    requests = each(setup, SPECS) if work == "spec" else each(setup)
    visits = popular(setup, SPECS) if work == "spec" else popular(setup)
    for other in (peer, *others):
        check_equal(ours, other, requests)
    database = shop.postgres_pid() if engine == "postgresql" else 0
    entries = [Entry(f"{server.name}, {how}", server, paths, database=database)
               for how, paths in (("each once", requests), ("as visitors ask", visits)) for server in (ours, peer)]
    entries += [Entry(f"{other.name}, each once", other, requests, database=database) for other in others]
    subjects = compete(entries, setup.pace)
    cpu_limit = 0.25 if (work, engine) == ("spec", "postgresql") else None
    bars = (_bars(subjects[0], subjects[1], "each once", limits[engine], cpu_limit)
            + _bars(subjects[2], subjects[3], "as visitors ask", limits[engine], cpu_limit))
    facts = beside(subjects)
    if cpu_limit:
        facts |= pgbench_fact(setup, place.database_url, subjects[0])
    return Figure(f"{work}-{engine}", f"{title}, {'PostgreSQL' if engine == 'postgresql' else 'SQLite'}", bars, subjects, facts,
                  ours=OURS, peer=PEERS[engine], method=METHOD)


def _measure(setup: Setup, engine: str, works: list[str]) -> list[Figure]:
    place = setup.shop(engine, SPECS)
    log = setup.folder / "peer.log"
    with ExitStack() as running:
        servers = [running.enter_context(lathe.start("Lathe", place.data, place.database_url)),
                   running.enter_context(peers.start_api("gin + pgx" if engine == "postgresql" else "gin + sqlite", _store(place), log))]
        if engine == "postgresql":
            servers += [running.enter_context(peers.start_api("gin + sqlx", ["-libpq", place.database_url], log)),
                        running.enter_context(peers.start_fastify("Fastify + pg", place.database_url, log))]
        return [_contest(setup, engine, work, servers, place) for work in works]


def measure(setup: Setup) -> list[Figure]:
    setup.build_shops(setup.engines, SPECS)
    return [figure for engine in setup.engines for figure in _measure(setup, engine, setup.only(list(WORKS)))]
