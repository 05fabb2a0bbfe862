# SPDX-License-Identifier: AGPL-3.0-or-later
"""Figures as text: on the terminal, in bench/results/ and in docs/figures.md."""

import json
import tomllib
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

from harness import machine
from harness.figures import Bar, Figure, Subject, number, with_range
from harness.lathe import ROOT
from harness.load import Sample

RESULTS = ROOT / "bench" / "results"
PAGE = ROOT / "docs" / "figures.md"
REASONS = ROOT / "bench" / "reasons.toml"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _subject_row(subject: Subject) -> list[str]:
    peak = [with_range(subject.peak, name) for name in ("rate", "cpu_us", "p50_ms", "p99_ms")]
    fixed = [with_range(subject.fixed, name) for name in ("p50_ms", "p99_ms")]
    return [subject.name, *peak, number(subject.fixed_rate) if subject.fixed else "–", *fixed]


def section(figure: Figure) -> str:
    text = f"## {figure.title}\n\n"
    text += "".join(f"- {bar.text}: **{bar.measured()}**, asked {bar.asked()}: {'holds' if bar.holds else 'misses'}\n"
                    for bar in figure.bars)
    text += "".join(f"- {name}: {value}\n" for name, value in figure.facts.items())
    if figure.subjects:
        head = ["", "requests/s at peak", "server CPU µs/request", "p50 ms", "p99 ms", "at a fixed rate of", "p50 ms", "p99 ms"]
        text += "\n" + _table(head, [_subject_row(subject) for subject in figure.subjects])
    return text + (f"\n{figure.method}\n" if figure.method else "")


def _reasons() -> dict[str, str]:
    return tomllib.loads(REASONS.read_text()) if REASONS.exists() else {}


def summary(figures: list[Figure]) -> str:
    reasons, rows = _reasons(), []
    for figure in figures:
        for bar in figure.bars:
            verdict = "yes" if bar.holds else "**no**"
            reason = "" if bar.holds else reasons.get(figure.key, "not yet understood")
            rows.append([figure.title, f"{bar.text}: {bar.asked()}", bar.measured(), verdict, reason])
    return _table(["Work", "Asked", "Measured", "Holds", "Why not"], rows)


PREFACE = ("Medians over rounds in which the servers took turns on the same machine, with the lowest and highest round in "
           "brackets. Load and servers share the processors, so ratios count and not the absolute numbers; server CPU is user "
           "and system time from /proc. fsync and synchronous_commit were on. Peers and methods: [bench](%s).\n")


def _document(title: str, link: str, description: dict, body: str) -> str:
    rows = "".join(f"- {name}: {value}\n" for name, value in description.items())
    return f"# {title}\n\n{PREFACE % link}\n{rows}\n{body}"


def _load(path: Path) -> list[Figure]:
    if not path.exists():
        return []
    figures = []
    for raw in json.loads(path.read_text())["figures"]:
        subjects = [Subject(**(subject | {kind: [Sample(**sample) for sample in subject[kind]] for kind in ("peak", "fixed")}))
                    for subject in raw["subjects"]]
        figures.append(Figure(**(raw | {"bars": [Bar(**bar) for bar in raw["bars"]], "subjects": subjects})))
    return figures


def _merge(kept: list[Figure], new: list[Figure], order: list[str]) -> list[Figure]:
    """New ones replace those of the same key."""
    by_key = {figure.key: figure for figure in [*kept, *new]}
    known = [key for key in order if key in by_key]
    return [by_key[key] for key in known + [key for key in by_key if key not in known]]


def write(figures: list[Figure], order: list[str]) -> list[Path]:
    """The day's results with these in place of older ones, and the page of figures."""
    description = machine.describe()
    day = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    path = RESULTS / f"{day}-{machine.slug(description)}.json"
    figures = _merge(_load(path), figures, order)
    RESULTS.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"day": day, "machine": description, "figures": [asdict(figure) for figure in figures]},
                               indent=1, ensure_ascii=False) + "\n")
    sections = "\n".join(section(figure) for figure in figures)
    path.with_suffix(".md").write_text(_document(f"Figures of {day}", "../README.md", description, sections))
    more = f"\nRound by round: [results](../bench/results/{path.stem}.md).\n"
    PAGE.write_text(_document("Figures", "../bench/README.md", description, summary(figures) + more))
    return [path, path.with_suffix(".md"), PAGE]
