# SPDX-License-Identifier: AGPL-3.0-or-later
"""Figures of long runs: read from where tests left them, added to the tables of docs/proof.md."""

import datetime
import json
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "proof.md"


def read_figures(results: Path) -> list[dict]:
    """One row, {kind, figures}, for each line that a test wrote."""
    return [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []


def with_figures(text: str, verb: str, rows: list[dict], today: str) -> str:
    """The page with the rows in the verb's table, each in place of the one that said the same kind."""
    end_of_table = f"<!-- rows of `make {verb}` above -->\n"
    if end_of_table not in text:
        sys.exit(f"{PAGE} has no table for make {verb}")
    before, after = text.split(end_of_table)
    head, between, table = before.rpartition("\n\n")
    kinds = {row["kind"] for row in rows}
    kept = [line for line in table.splitlines(keepends=True) if not any(f" | {kind} | " in line for kind in kinds)]
    lines = [f"| {today} | {row['kind']} | {row['figures']} |\n" for row in rows]
    return "".join([head, between, *kept, *lines, end_of_table, after])


def keep_figures(verb: str, rows: list[dict]) -> None:
    """Adds the rows to the verb's table, where the last of each kind stands."""
    PAGE.write_text(with_figures(PAGE.read_text(), verb, rows, datetime.date.today().isoformat()))


def with_run(text: str, name: str, row: str) -> str:
    """The page with the row in place of the one that this command had."""
    end_of_table = "<!-- runs above -->\n"
    if end_of_table not in text:
        sys.exit(f"{PAGE} has no table of runs")
    kept = [line for line in text.splitlines(keepends=True) if not line.startswith(f"| `{name}` |")]
    return "".join(kept).replace(end_of_table, row + end_of_table)


def keep_run(name: str, outcome: str, seconds: int, load: float) -> None:
    """How a command went, on how busy a machine."""
    today = datetime.date.today().isoformat()
    minutes = f"{seconds // 60} min {seconds % 60} s"
    PAGE.write_text(with_run(PAGE.read_text(), name, f"| `{name}` | {today} | {outcome} | {minutes} | {load:.0f} |\n"))
