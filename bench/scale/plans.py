# SPDX-License-Identifier: AGPL-3.0-or-later
"""How the engines find the rows: of each call on PostgreSQL as its server ran it (auto_explain), of each statement on SQLite."""

import importlib.machinery
import importlib.util
import json
import re
import sqlite3
import sys
import time
from pathlib import Path

from harness import lathe, shop
from scale.store import LIMITS, Place

sys.path.insert(0, str(lathe.ROOT / "tools"))
from lib import sql_catalog  # noqa: E402

SPACES = re.compile(r"\s+")
ENTRY = re.compile(r"LOG:  duration: [\d.]+ ms  plan:\n((?:\t.*\n)+)")


def _check_sql():
    """tools/check-sql as a module: what it knows about texts holds here."""
    path = lathe.ROOT / "tools" / "check-sql"
    loader = importlib.machinery.SourceFileLoader("check_sql", str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_sql", loader))
    sys.modules["check_sql"] = module
    loader.exec_module(module)
    return module


# --- SQLite ---


def of_sqlite(place: Place) -> dict[str, str]:
    """Of every statement of the program, with each filter and order. There is nothing that SQLite would go by but the schema, so that
    plans of two sizes differ only when something was left out."""
    sqlgen, texts, found = sql_catalog.load_sqlgen(lathe.ROOT), _check_sql(), {}
    engine = sqlite3.connect(f"file:{place.data / 'lathe.db'}?mode=ro", uri=True)
    engine.create_function("from_json", 1, texts.from_json, deterministic=True)
    try:
        for source in sql_catalog.read_sources(lathe.ROOT, sqlgen):
            for statement in source.statements:
                if source.module == "db":  # the layer's own table, made before any migration
                    continue
                for variant in sql_catalog.variants(sqlgen, statement):
                    text = variant.text["sqlite"]
                    if text:
                        name = f"{source.module}.{statement.name} {variant.label}".strip()
                        found[name] = _explained(engine, texts.for_python(text))
    finally:
        engine.close()
    return found


def _explained(engine: sqlite3.Connection, text: str) -> str:
    used = max((int(number) for number in re.findall(r"\?(\d+)", text)), default=0)
    return "; ".join(row[3] for row in engine.execute("explain query plan " + text, [None] * used))


# --- PostgreSQL ---


def parsed(text: str) -> dict | None:
    """None for an entry that another process wrote into."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None


class Log:
    """The server's log from some moment on."""

    def __init__(self):
        folder = shop.psql(shop.postgres_url("postgres"), "show data_directory").strip()
        self.path = Path(folder).parent / "log"
        self.offset = self.path.stat().st_size

    def take(self) -> list[dict]:
        with self.path.open(encoding="utf-8", errors="replace") as file:
            file.seek(self.offset)
            text = file.read()
            self.offset = file.tell()
        return [entry for match in ENTRY.finditer(text) if (entry := parsed(match[1]))]


def of_postgresql(place: Place, ask_each) -> dict[str, list[str]]:
    """By call: the plans of all that was run for it. ask_each(place) starts a server, and gives each call's name when it was answered."""
    database, found, log = f"scale_{place.items}", {}, Log()
    settings = {"session_preload_libraries": "auto_explain", "auto_explain.log_min_duration": "0", "auto_explain.log_format": "json"}
    for name, value in settings.items():
        shop.psql(shop.postgres_url("postgres"), f"alter database {database} set {name} = '{value}'")
    try:
        idle = set()
        for call in ask_each(place):
            time.sleep(0.02)  # the log is written by other processes
            plans = [_plan(entry) for entry in log.take()]
            if not call:  # nothing was asked yet: what is there runs by itself
                idle |= set(plans)
            else:
                found.setdefault(call, [])
                found[call] += [plan for plan in plans if plan not in idle and plan not in found[call]]
    finally:
        for name in settings:
            shop.psql(shop.postgres_url("postgres"), f"alter database {database} reset {name}")
    return found


def _plan(entry: dict) -> str:
    text = SPACES.sub(" ", entry["Query Text"]).strip()
    return f"{text[:90]} → {'; '.join(_nodes(entry['Plan']))}"


def _nodes(node: dict) -> list[str]:
    where = node.get("Index Name") or node.get("Relation Name") or ""
    is_whole = "Index" in node["Node Type"] and "Index Cond" not in node
    own = [f"{node['Node Type']} {where}{' (whole)' if is_whole else ''}"] if "Scan" in node["Node Type"] or node["Node Type"] == "Sort" else []
    return own + [name for child in node.get("Plans", []) for name in _nodes(child)]


# --- judging ---

SCAN = re.compile(r"\bSCAN (?!CONSTANT|\w+ VIRTUAL|\d)\w+|Seq Scan \w+|Index (?:Only )?Scan \w+ \(whole\)")


def scans(plan: str) -> set[str]:
    return set(SCAN.findall(plan))


def findings(engine: str, by_size: dict[int, dict]) -> list[str]:
    """What a larger size reads whole and the smallest did not."""
    smallest, found = min(by_size), []
    for items in sorted(by_size)[1:]:
        for name, plan in by_size[items].items():
            before = by_size[smallest].get(name)
            if before is None:
                continue
            new = scans("; ".join(plan) if isinstance(plan, list) else plan) - scans("; ".join(before) if isinstance(before, list) else before)
            if new:
                found.append(f"{engine}, {items} items: {name}: {', '.join(sorted(new))}, which {smallest} items do not need")
    return found


def changed(by_size: dict[int, dict]) -> list[str]:
    """Names whose plans are not the same at all sizes."""
    smallest, *others = sorted(by_size)
    return [name for name, plan in by_size[smallest].items() if any(by_size[items].get(name) != plan for items in others)]
