# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes rows for every table from the schema alone: they satisfy its keys, references and checks.

The schema is read from PostgreSQL's catalogue, which knows the types; values that checks allow are found by asking SQLite to
evaluate the check over candidates. What a module knows better (how values are spread) its sql/seed.sql corrects afterwards.
"""

import hashlib
import random
import re
import sqlite3
from dataclasses import dataclass, field

TIME_BASE = 1_767_225_600_000_000  # 2026-01-01, in microseconds
TIME_STEP = 60_000_000
CATALOGUE = """
select json_agg(t) from (
  select c.relname as name,
    (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, null), 'required', a.attnotnull,
                                       'made', a.attgenerated <> '' or a.attidentity <> '') order by a.attnum)
       from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
    (select json_agg(json_build_object('columns', (select json_agg(a.attname order by k.place)
              from unnest(f.conkey) with ordinality k(number, place)
              join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.number),
            'table', f.confrelid::regclass::text, 'targets', (select json_agg(a.attname order by k.place)
              from unnest(f.confkey) with ordinality k(number, place)
              join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.number)))
       from pg_constraint f where f.conrelid = c.oid and f.contype = 'f') as references,
    (select json_agg((select json_agg(a.attname) from unnest(i.indkey::smallint[]) n(number)
              join pg_attribute a on a.attrelid = i.indrelid and a.attnum = n.number))
       from pg_index i where i.indrelid = c.oid and i.indisunique) as unique_sets
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and n.nspname = 'public') t
"""


@dataclass
class Table:
    name: str
    columns: dict  # name → {"type", "required", "made"}
    references: list  # of {"columns", "table", "targets"}
    unique_sets: list
    checks: list = field(default_factory=list)  # expressions in the common dialect
    keys: list = field(default_factory=list)  # of every row: a dictionary of the columns that others refer to
    sample: list = field(default_factory=list)  # some rows from the middle, whole, as dictionaries

    def reference_of(self, column: str) -> dict | None:
        return next((one for one in self.references if column in one["columns"]), None)


def read_tables(catalogue: list) -> dict[str, Table]:
    tables = {}
    for row in catalogue:
        columns = {column["name"]: column for column in row["columns"]}
        unique_sets = [[name for name in names if name] for names in row["unique_sets"] or [] if names]
        tables[row["name"]] = Table(row["name"], columns, row["references"] or [], unique_sets)
    return tables


def read_checks(tables: dict[str, Table], migration: str) -> None:
    """Adds the checks of a migration's tables. Checks are the same text on both engines."""
    for match in re.finditer(r"create table (?:if not exists )?(\w+)\s*\(", migration, re.IGNORECASE):
        body = balanced(migration, match.end() - 1)
        for check in re.finditer(r"\bcheck\s*\(", body, re.IGNORECASE):
            if match[1] in tables:
                tables[match[1]].checks.append(balanced(body, check.end() - 1))


def balanced(text: str, start: int) -> str:
    """What stands between the bracket at start and the one that closes it."""
    depth = 0
    for index in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return text[start + 1:index]
    return text[start + 1:]


def in_order(tables: dict[str, Table]) -> list[Table]:
    """Parents before children; a table may refer to itself."""
    done: list[Table] = []

    def visit(table: Table) -> None:
        if table in done:
            return
        for reference in table.references:
            if reference["table"] != table.name:
                visit(tables[reference["table"]])
        done.append(table)

    for table in tables.values():
        visit(table)
    return done


def plain_value(table: str, column: str, kind: str, number: int):
    """A value of the type, different for each number where the type allows."""
    digest = hashlib.md5(f"{table}.{column}.{number}".encode()).digest()
    if kind == "uuid":
        return (number + 1).to_bytes(6, "big") + digest[:10]
    if kind == "bytea":
        return digest * 2
    if kind == "boolean":
        return number % 2
    if kind == "double precision":
        return number / 8
    if kind == "text":
        return "USD" if "currency" in column else f"{column} {number}"
    if column.endswith("_at") or column in ("at", "created", "updated"):
        return TIME_BASE + number * TIME_STEP
    return number


class CheckSolver:
    """Finds combinations of values of a table's checked columns that satisfy all its checks."""

    WANTED, TRIES = 24, 6000

    def __init__(self, table: Table, chooser: random.Random):
        self.table = table
        self.chooser = chooser
        self.engine = sqlite3.connect(":memory:")
        self.columns = [name for name in table.columns if any(re.search(rf"\b{name}\b", check) for check in table.checks)]

    def candidates(self, column: str) -> list:
        kind, text = self.table.columns[column]["type"], " ".join(self.table.checks)
        numbers = sorted({int(number) for number in re.findall(r"(?<![\w.])\d{1,15}(?![\w.])", text)})
        near = [n + d for n in numbers for d in (-1, 0, 1)]
        words = re.findall(r"'([^']*)'", text)
        found = {
            "text": words + ["USD", "a", "sample"] + ["x" * n for n in numbers if n < 200],
            "bigint": near + [0, 1, 2, 3, 100, 1999, TIME_BASE],
            "integer": near + [0, 1, 2, 3],
            "boolean": [0, 1],
            "double precision": [0.0, 0.5, 1.0],
            "bytea": [b"x" * n for n in numbers if 0 < n < 200] + [b"sample"],
        }.get(kind, [plain_value(self.table.name, column, kind, 1)])
        return found + ([] if self.table.columns[column]["required"] else [None])

    def holds(self, row: dict) -> bool:
        names = ", ".join(row)
        marks = ", ".join("?" * len(row))
        for check in self.table.checks:
            found = self.engine.execute(f"with r({names}) as (values ({marks})) select ({check}) from r", list(row.values()))
            if found.fetchone()[0] == 0:
                return False
        return True

    def solve(self) -> list[dict]:
        if not self.columns:
            return [{}]
        candidates = {column: self.candidates(column) for column in self.columns}
        solutions: list[dict] = []
        for _ in range(self.TRIES):
            row = {column: self.chooser.choice(values) for column, values in candidates.items()}
            if row not in solutions and self.holds(row):
                solutions.append(row)
                if len(solutions) == self.WANTED:
                    break
        return solutions


class Seeder:
    def __init__(self, tables: dict[str, Table], count: int, seed: int = 7):
        self.tables, self.count = tables, count
        self.chooser = random.Random(seed)

    def rows(self, table: Table, existing: int):
        """New rows, one after the other; those that migrations put in stay and count."""
        solutions = CheckSolver(table, self.chooser).solve()
        for number in range(existing, self.count if solutions else existing):
            row = self.make_row(table, number, solutions[number % len(solutions)])
            if row is not None:
                yield row

    def make_row(self, table: Table, number: int, solution: dict) -> dict | None:
        row = {}
        unique = {column for columns in table.unique_sets for column in columns}
        for position, (name, column) in enumerate(table.columns.items()):
            reference = table.reference_of(name)
            if column["made"]:
                continue
            if reference:
                found, value = self.referred(table, reference, name, number, position, name in unique)
                if not found:
                    return None
                row[name] = value
            elif name in solution and not self.is_alone_unique(table, name):
                row[name] = solution[name]
            else:
                row[name] = plain_value(table.name, name, column["type"], number)
        return row

    def is_alone_unique(self, table: Table, name: str) -> bool:
        return [name] in table.unique_sets and table.columns[name]["type"] in ("uuid", "text", "bytea")

    def referred(self, table: Table, reference: dict, name: str, number: int, position: int, is_unique: bool) -> tuple:
        """Parents are spread evenly; a column of a unique set takes them in turn, so that its sets differ."""
        parents = self.tables[reference["table"]].keys
        if reference["table"] == table.name or not parents:
            return (not table.columns[name]["required"], None)
        step = 1 if is_unique or position == 0 else (1, 7, 11, 13, 17)[position % 5]
        parent = parents[(number * step + number // len(parents)) % len(parents)]
        return (True, parent[reference["targets"][reference["columns"].index(name)]])


def referred_columns(tables: dict[str, Table]) -> dict[str, list]:
    """By table, the columns that others refer to."""
    found: dict[str, set] = {name: set() for name in tables}
    for table in tables.values():
        for reference in table.references:
            found[reference["table"]].update(reference["targets"])
    return {name: sorted(columns) for name, columns in found.items()}
