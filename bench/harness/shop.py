# SPDX-License-Identifier: AGPL-3.0-or-later
"""A shop of many published specs, the same on both engines: Lathe makes the tables and the accounts, the rows are written
straight into them, as they would stand there after that many uploads."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness import lathe
from harness.process import Failure

KEYS = [f"{note}_{mode}" for mode in ("major", "minor")
        for note in ("c", "c_sharp", "d", "d_sharp", "e", "f", "f_sharp", "g", "g_sharp", "a", "a_sharp", "b")]
GENRES = ["trap", "drill", "rnb", "experimental", "house", "lo-fi", "hip-hop", "pop", "tech", "ambient", "afrobeat", "blues"]
MOODS = ["moody", "dark", "cinematic", "dreamy", "aggressive", "soulful", "melancholic"]
INSTRUMENTS = ["piano", "guitar", "drums", "synth", "bass", "strings", "brass", "808", "vocal"]
WORDS = ["night", "river", "glass", "paper", "sun", "tide", "smoke", "gold", "winter", "velvet", "signal", "harbour", "copper",
         "lantern", "static", "meadow", "engine", "mirror", "canyon", "satin"]
CODE_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
CREATED_US = 1_760_000_000_000_000
LICENCES = [(0, "Basic lease", 2499, '["mp3"]'), (1, "Premium lease", 4999, '["mp3","wav"]'),
            (3, "Unlimited lease", 9999, '["mp3","wav","stems"]')]
FEATURES = '["Keep for ever","Signed contract","Used in one song"]'
PRODUCERS = 8


@dataclass
class Shop:
    """Where the rows are. database_url is empty for SQLite, whose file is in the data folder."""

    engine: str
    data: Path
    database_url: str
    count: int

    @property
    def sqlite_file(self) -> Path:
        return self.data / "lathe.db"


def spec_id(number: int) -> str:
    return f"01930000-0000-7000-8000-{number:012x}"


def option_id(number: int, index: int) -> str:
    return f"01930000-0000-7000-9{index:03x}-{number:012x}"


def _terms(type_: int) -> str:
    return json.dumps({"max_streams": 10000 * (type_ + 1), "max_copies": 2000, "max_videos": 1, "term_months": 0,
                       "may_perform": type_ > 0, "may_broadcast": type_ > 1, "must_credit": True, "is_exclusive": False},
                      separators=(",", ":"))


TERMS = {type_: _terms(type_) for type_, *_ in LICENCES}


@dataclass
class Spec:
    """The rows of one spec, by table; ids as text."""

    item: tuple
    recording: tuple
    options: list
    facets: list
    words: str


def make_spec(number: int, owners: list[dict]) -> Spec:
    pick = random.Random(number)
    id_, owner = spec_id(number), owners[number % len(owners)]
    title = f"{pick.choice(WORDS)} {pick.choice(WORDS)} {number}".title()
    genre, key, bpm = pick.choice(GENRES), pick.randrange(24), pick.randrange(60, 180) * 1000 + pick.choice([0, 0, 500])
    tags = pick.sample(WORDS, 3)
    moods, instruments = pick.sample(range(7), 2), pick.sample(range(9), 3)
    listed_at = CREATED_US + number * 1_000_003
    plays, is_free = pick.randrange(100_000), number % 5 == 0
    price = LICENCES[0][2] + 100 * pick.randrange(20)
    code = "".join(CODE_DIGITS[number >> 5 * place & 31] for place in range(8))
    description = " ".join(pick.choice(WORDS) for _ in range(30)).capitalize() + "."
    waveform = json.dumps([pick.randrange(101) for _ in range(64)], separators=(",", ":"))
    category = number % 10 == 9
    item = (id_, 0, owner["id"], owner["username"], owner["display_name"], title, f"bench-spec-{number}", code, 1, None, 0,
            listed_at, listed_at, listed_at, None, 1)
    recording = (id_, int(category), "", description, bpm, True, key, True, genre, "\n".join(tags), sum(1 << m for m in moods),
                 sum(1 << i for i in instruments), is_free, "USD", price, price + 7500, spec_id(1 << 40 | number), None, None,
                 None, True, 120_000 + pick.randrange(120_000), -9.5, -0.8, waveform, plays, plays // 50, plays // 500, 1, None,
                 None)
    options = [(option_id(number, index), id_, type_, name, price + base - LICENCES[0][2], "USD", FEATURES, files, TERMS[type_],
                index, listed_at, None) for index, (type_, name, base, files) in enumerate(LICENCES)]
    names = ["all", f"owner:{owner['id']}", f"category:{'sample' if category else 'beat'}", f"key:{KEYS[key]}", f"genre:{genre}",
             *(f"tag:{tag}" for tag in tags), *(f"mood:{MOODS[m]}" for m in moods),
             *(f"instrument:{INSTRUMENTS[i]}" for i in instruments), *(["free"] if is_free else [])]
    facets = [(id_, name, listed_at, "USD", price, bpm, plays) for name in names]
    return Spec(item, recording, options, facets, f"{title.lower()} {' '.join(tags)} {genre}")


# Table, columns that hold ids.
TABLES = {"item": {0, 2}, "recording": {0, 16, 17, 18}, "license_option": {0, 1}, "item_facet": {0}}


def rows_of(spec: Spec) -> dict[str, list]:
    return {"item": [spec.item], "recording": [spec.recording], "license_option": spec.options, "item_facet": spec.facets}


def _batches(count: int, owners: list[dict], size: int = 5000):
    for start in range(0, count, size):
        yield [make_spec(number, owners) for number in range(start, min(start + size, count))]


def _blob(value: str | None) -> bytes | None:
    return bytes.fromhex(value.replace("-", "")) if value else None


def _indexes(connection: sqlite3.Connection) -> list[str]:
    """Their definitions; the indexes themselves are dropped, because building them once at the end is much faster."""
    rows = connection.execute("select name, sql from sqlite_master where type = 'index' and sql is not null and tbl_name in "
                              f"({', '.join('?' * len(TABLES))})", list(TABLES)).fetchall()
    for name, _ in rows:
        connection.execute(f"drop index {name}")
    return [sql for _, sql in rows]


def fill_sqlite(file: Path, count: int, owners: list[dict]) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("pragma synchronous = off")
    connection.execute("pragma cache_size = -400000")
    connection.execute("begin")
    indexes = _indexes(connection)
    for specs in _batches(count, owners):
        for table, ids in TABLES.items():
            rows = [tuple(_blob(value) if place in ids else value for place, value in enumerate(row))
                    for spec in specs for row in rows_of(spec)[table]]
            connection.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)
        connection.executemany("insert into item_search (item_id, words) values (?, ?)",
                               [(_blob(spec.item[0]), spec.words) for spec in specs])
    connection.execute("insert into item_match (item_match) values ('rebuild')")
    for sql in indexes:
        connection.execute(sql)
    connection.execute("commit")
    connection.execute("analyze")
    connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()


def psql(url: str, sql: str, text: str | None = None) -> str:
    result = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, url], input=text,
                            capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise Failure(f"psql: {result.stderr[-2000:]}")
    return result.stdout


def _copied(value) -> str:
    if value is None:
        return "\\N"
    return str(value).replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def _drop_postgresql_indexes(url: str) -> list[str]:
    """The same on PostgreSQL; those of constraints stay."""
    names = ", ".join(f"'{table}'" for table in [*TABLES, "item_search"])
    found = psql(url, f"select indexname, indexdef from pg_indexes where tablename in ({names}) and indexname not like '%_pkey'")
    rows = [line.split("|", 1) for line in found.splitlines()]
    psql(url, "".join(f"drop index {name};" for name, _ in rows))
    return [definition for _, definition in rows]


def fill_postgresql(url: str, count: int, owners: list[dict]) -> None:
    indexes = _drop_postgresql_indexes(url)
    for specs in _batches(count, owners):
        for table in TABLES:
            lines = ["\t".join(map(_copied, row)) for spec in specs for row in rows_of(spec)[table]]
            psql(url, f"copy {table} from stdin", "\n".join(lines) + "\n")
        psql(url, "copy item_search (item_id, words) from stdin",
             "".join(f"{spec.item[0]}\t{spec.words}\n" for spec in specs))
    psql(url, "".join(f"{definition};" for definition in indexes))
    psql(url, "vacuum analyze")


def postgres_url(database: str) -> str:
    return os.environ["LATHE_TEST_POSTGRES_URL"].rsplit("/", 1)[0] + "/" + database


def describe(engine: str, folder: Path, count: int, name: str) -> Shop:
    """Where build has put it."""
    return Shop(engine, folder / f"{name}-{engine}", postgres_url(f"bench_{name}") if engine == "postgresql" else "", count)


def build(engine: str, folder: Path, count: int, name: str = "shop") -> Shop:
    """A new shop. The data folder is emptied first."""
    shop = describe(engine, folder, count, name)
    shutil.rmtree(shop.data, ignore_errors=True)
    shop.data.mkdir(parents=True)
    if engine == "postgresql":
        psql(postgres_url("postgres"), f"create database bench_{name}")
    with lathe.start("lathe", shop.data, shop.database_url, {"LATHE_BCRYPT_COST": "4"}) as server:
        owners = [lathe.register(server, f"producer{number}", "producer")["user"] for number in range(PRODUCERS)]
    if engine == "postgresql":
        fill_postgresql(shop.database_url, count, owners)
    else:
        fill_sqlite(shop.sqlite_file, count, owners)
    return shop


def postgres_pid() -> int:
    """The postmaster's, for its processor time."""
    return int(psql(postgres_url("postgres"), "select pg_read_file('postmaster.pid')").splitlines()[0])
