# SPDX-License-Identifier: AGPL-3.0-or-later
"""A world's rows in a database that Lathe made: written straight into the tables, indexes afterwards, as they would stand there."""

import hashlib
import json
import shutil
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from harness import lathe, shop
from scale.world import World

BATCH = 20_000
LIMITS = {"LATHE_BCRYPT_COST": "4", "LATHE_AUTO_MIGRATE": "true"}
WRITTEN = ["account", "account_role", "chat_person", "ledger_account", "blob", "item", "recording", "license_option", "item_facet", "item_search",
           "asset", "asset_file", "product", "stock_movement", "spec_counter", "daily", "shop_order", "order_line", "license", "license_file",
           "blob_ref", "entitlement", "payment", "ledger_transaction", "ledger_entry", "ledger_seal", "favorite", "notification",
           "notification_inbox", "auction", "auction_event", "auction_bidder", "auction_watch", "auction_word", "stock_hold", "chat_room",
           "chat_message", "chat_search", "chat_member"]
# Columns that follow from others and are written by no row of ours.
MADE = {"item_search": {"terms"}, "chat_search": {"terms"}}
COUNTS = """update category set product_count = (select count(*) from product p where p.category_id = category.id),
    active_count = (select count(*) from product p where p.category_id = category.id and p.status = 1)"""
BALANCES = """insert into ledger_balance (owner_id, currency, what, minor)
    select e.owner_id, a.currency, e.what, sum(e.minor) from ledger_entry e join ledger_account a on a.id = e.account_id
    where e.owner_id is not null group by e.owner_id, a.currency, e.what"""


@dataclass
class Place:
    """Where a world is kept: a data folder, and a database beside it on PostgreSQL."""

    engine: str
    items: int
    data: Path
    database_url: str = ""

    @property
    def note(self) -> Path:
        return self.data / "world.json"

    def world(self) -> World:
        kept = json.loads(self.note.read_text())
        return World(kept["items"], kept["made_us"])


class Sqlite:
    def __init__(self, file: Path):
        self.link = sqlite3.connect(file, isolation_level=None)
        for pragma in ("synchronous = off", "journal_mode = off", "locking_mode = exclusive", "cache_size = -400000", "temp_store = memory"):
            self.link.execute(f"pragma {pragma}")
        self.link.execute("begin")
        rows = self.link.execute("select name, sql from sqlite_master where type = 'index' and sql is not null").fetchall()
        self.indexes = [sql for _, sql in rows]
        for name, _ in rows:
            self.link.execute(f"drop index {name}")

    def columns(self, table: str) -> list[str]:
        return [row[1] for row in self.link.execute(f"pragma table_info({table})")]

    def write(self, rows: dict) -> None:
        for table, lines in rows.items():
            if lines:  # what a later migration added behind has its default
                columns = self.columns(table)[:len(lines[0])]
                self.link.executemany(f"insert into {table} ({', '.join(columns)}) values ({', '.join('?' * len(columns))})", lines)

    def finish(self) -> None:
        for table in ("item_match", "chat_match"):
            self.link.execute(f"insert into {table} ({table}) values ('rebuild')")
        for sql in self.indexes:
            self.link.execute(sql)
        self.link.execute(COUNTS)
        self.link.execute(BALANCES)
        self.link.execute("commit")
        self.link.execute("pragma journal_mode = wal")
        self.link.close()


class Postgresql:
    def __init__(self, url: str):
        self.url, names = url, ", ".join(f"'{table}'" for table in WRITTEN)
        found = shop.psql(url, f"select indexname, indexdef from pg_indexes where tablename in ({names}) and indexname not like '%_pkey'")
        rows = [line.split("|", 1) for line in found.splitlines()]
        self.indexes = [definition for _, definition in rows]
        shop.psql(url, "".join(f"drop index {name};" for name, _ in rows))
        self.kinds = {}
        columns = shop.psql(url, f"select table_name, column_name, udt_name from information_schema.columns where table_name in ({names}) "
                                 "order by table_name, ordinal_position")
        for table, column, kind in (line.split("|") for line in columns.splitlines()):
            if column not in MADE.get(table, ()):
                self.kinds.setdefault(table, []).append((column, FORMATS.get(kind, copied)))

    def write(self, rows: dict) -> None:
        for table, lines in rows.items():
            if not lines:
                continue
            columns, formats = zip(*self.kinds[table][:len(lines[0])])
            text = "".join("\t".join([format_(value) for format_, value in zip(formats, line)]) + "\n" for line in lines)
            shop.psql(self.url, f"set session_replication_role = replica; set synchronous_commit = off; copy {table} ({', '.join(columns)}) from stdin", text)

    def finish(self) -> None:
        for definition in self.indexes:
            shop.psql(self.url, f"set maintenance_work_mem = '512MB'; {definition}")
        shop.psql(self.url, COUNTS)
        shop.psql(self.url, BALANCES)
        for table in ("item_search", "chat_search"):
            shop.psql(self.url, f"select setval(pg_get_serial_sequence('{table}', 'number'), (select coalesce(max(number), 1) from {table}))")
        shop.psql(self.url, "vacuum analyze")


def copied(value) -> str:
    if value is None:
        return "\\N"
    text = str(value)
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def copied_id(value: bytes | None) -> str:
    return "\\N" if value is None else value.hex()


def copied_bytes(value: bytes | None) -> str:
    return "\\N" if value is None else "\\\\x" + value.hex()


def copied_number(value) -> str:
    return "\\N" if value is None else str(value)


FORMATS = {"uuid": copied_id, "bytea": copied_bytes, "int4": lambda value: "\\N" if value is None else str(int(value)), "int8": copied_number,
           "bool": lambda value: "\\N" if value is None else "t" if value else "f"}


def kept_blob(data: Path) -> tuple[bytes, int]:
    """One file that every licence and asset names, where the program looks for it."""
    bytes_ = b"scale" * 200
    digest = hashlib.sha256(bytes_).digest()
    name = digest.hex()
    path = data / "media" / "blobs" / name[:2] / name[2:4] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes_)
    return digest, len(bytes_)


def parts(world: World):
    """Every row, in batches by table."""
    yield world.book_rows()
    for start in range(0, world.accounts, BATCH):
        yield world.account_rows(start, start + BATCH)
    for start in range(0, world.items, BATCH):
        yield world.item_rows(start, start + BATCH)
    chain = bytes(32)
    for start in range(0, world.orders, BATCH):
        rows, chain = world.order_rows(start, start + BATCH, chain)
        yield rows
    for start in range(0, world.auctions, BATCH // 4):
        yield world.auction_rows(start, start + BATCH // 4)
    yield from social_parts(world)
    yield from room_parts(world)


def social_parts(world: World):
    pairs, counts = set(), {}
    for start in range(0, world.favorites, BATCH):
        fresh = [row for row in world.favorite_rows(start, start + BATCH)["favorite"] if row[:2] not in pairs]
        pairs.update(row[:2] for row in fresh)
        yield {"favorite": fresh}
    for start in range(0, world.notices, BATCH):
        yield world.notice_rows(start, start + BATCH, counts)
    yield {"notification_inbox": [(world.account_id(account), count) for account, count in counts.items()]}


def room_parts(world: World):
    gathered, waiting, first = {}, 0, 0
    for number in range(world.rooms):
        for table, rows in world.room_rows(number, first).items():
            gathered.setdefault(table, []).extend(rows)
        first += world.room_sizes[number]
        waiting += world.room_sizes[number]
        if waiting >= BATCH:
            yield gathered
            gathered, waiting = {}, 0
    yield gathered


def describe(engine: str, folder: Path, items: int) -> Place:
    """Where build puts it."""
    url = shop.postgres_url(f"scale_{items}") if engine == "postgresql" else ""
    return Place(engine, items, folder / f"{engine}-{items}", url)


def build(engine: str, folder: Path, items: int) -> Place:
    """What is there already is used again: a world that was finished has its note."""
    place = describe(engine, folder, items)
    if place.note.exists():
        lathe.run(["migrate"], place.data, place.database_url, LIMITS)
        return place
    shutil.rmtree(place.data, ignore_errors=True)
    place.data.mkdir(parents=True)
    if engine == "postgresql":
        shop.psql(shop.postgres_url("postgres"), f"drop database if exists scale_{items}")
        shop.psql(shop.postgres_url("postgres"), f"create database scale_{items}")
    lathe.run(["migrate"], place.data, place.database_url, LIMITS)
    with lathe.start("Lathe", place.data, place.database_url, LIMITS) as server:
        lathe.register(server, "first", "producer")
    hash_ = read_hash(place)
    made_us = time.time_ns() // 1000
    world = World(items, made_us, hash_, kept_blob(place.data))
    writer = Postgresql(place.database_url) if engine == "postgresql" else Sqlite(place.data / "lathe.db")
    for rows in parts(world):
        writer.write(rows)
    writer.finish()
    place.note.write_text(json.dumps({"items": items, "made_us": made_us}))
    return place


def read_hash(place: Place) -> str:
    """Of the password that everybody has: that of the first account."""
    query = "select password_hash from account"
    if place.engine == "postgresql":
        return shop.psql(place.database_url, query).strip()
    link = sqlite3.connect(place.data / "lathe.db")
    try:
        return link.execute(query).fetchone()[0]
    finally:
        link.close()
