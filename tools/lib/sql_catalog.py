# SPDX-License-Identifier: AGPL-3.0-or-later
"""All SQL of the project as data: modules in the order of their migrations, statements in all their variants."""

import importlib.machinery
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

from lib import layers


def load_sqlgen(root: Path):
    """tools/sqlgen as a module: the checks read SQL with the very code that generates from it."""
    path = root / "tools" / "sqlgen"
    loader = importlib.machinery.SourceFileLoader("sqlgen", str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("sqlgen", loader))
    sys.modules["sqlgen"] = module
    loader.exec_module(module)
    return module


@dataclass
class Variant:
    """One text that the program may send: a statement with a set of filters and an order."""
    label: str
    text: dict  # by engine, None where the statement has none


@dataclass
class Source:
    module: str
    folder: Path
    statements: list
    migrations: list
    seed: Path | None


def order_of(root: Path) -> list[str]:
    """Names of platform parts and modules, what is referenced before what refers to it."""
    contract = layers.Contract((root / "layers.toml").read_text())
    names = []
    for edges in (contract.parts["platform"], contract.parts["modules"]):
        def visit(name: str, edges: dict = edges) -> None:
            for below in edges.get(name, ()):
                visit(below)
            if name not in names:
                names.append(name)
        for name in edges:
            visit(name)
    return names


def read_sources(root: Path, sqlgen) -> list[Source]:
    order = order_of(root)
    found = []
    for folder in sorted(root.glob("src/*/*/sql")):
        files = sorted(path for path in folder.rglob("*.sql") if path.name != "seed.sql")
        statements, migrations = sqlgen.read_all(files)
        seed = folder / "seed.sql"
        found.append(Source(folder.parent.name, folder, statements, migrations, seed if seed.exists() else None))
    return sorted(found, key=lambda source: order.index(source.module))


def compose(sqlgen, statement, engine: str, filters: set, order: str | None) -> str | None:
    if statement.only not in (None, engine):
        return None
    parts = [sqlgen.placed(statement, fragment, engine) for fragment in statement.texts(engine)
             if (fragment.filter is None or fragment.filter in filters) and (fragment.order is None or fragment.order == order)]
    return "\n".join(parts)


def variants(sqlgen, statement) -> list[Variant]:
    """No filter, each alone, and all; each with every order."""
    sets: list[set] = [set()] + [{name} for name in statement.filters]
    if len(statement.filters) > 1:
        sets.append(set(statement.filters))
    found = []
    for chosen in sets:
        for order in statement.orders or [None]:
            label = " ".join([*sorted(chosen), *([f"by {order}"] if order else [])])
            found.append(Variant(label, {engine: compose(sqlgen, statement, engine, chosen, order) for engine in sqlgen.ENGINES}))
    return found


def seed_text(sqlgen, path: Path, engine: str) -> str:
    """A seed file in the engine's dialect; engine blocks as in migrations."""
    parts, current = [], None
    for line in path.read_text().splitlines():
        directive = sqlgen.DIRECTIVE.match(line)
        if directive and directive["word"] in sqlgen.ENGINES and directive["colon"]:
            current = directive["word"]
        elif directive and directive["word"] == "end":
            current = None
        elif current in (None, engine):
            parts.append(sqlgen.cut_comment(line))
    return "\n".join(parts)
