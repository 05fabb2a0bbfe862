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


def keep_figures(verb: str, rows: list[dict]) -> None:
    """Adds the rows to the verb's table."""
    text = PAGE.read_text()
    end_of_table = f"<!-- rows of `make {verb}` above -->\n"
    if end_of_table not in text:
        sys.exit(f"{PAGE} has no table for make {verb}")
    today = datetime.date.today().isoformat()
    lines = "".join(f"| {today} | {row['kind']} | {row['figures']} |\n" for row in rows)
    PAGE.write_text(text.replace(end_of_table, lines + end_of_table))
