# SPDX-License-Identifier: AGPL-3.0-or-later
"""Figures as text: on the terminal, in bench/results/ and in docs/figures.md."""

import json
import subprocess
import tomllib
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

from harness import chart, compare, machine
from harness.figures import Bar, Figure, Subject, number, with_range
from harness.lathe import ROOT
from harness.load import Sample

RESULTS = ROOT / "bench" / "results"
PAGE = ROOT / "docs" / "figures.md"
CHARTS = ROOT / "docs" / "charts"
REASONS = ROOT / "bench" / "reasons.toml"
ORDER = ["spec-postgresql", "list-postgresql", "spec-sqlite", "list-sqlite", "orders", "segments", "idle", "logins", "upload",
         "ingest"]


def commit() -> str:
    found = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=10"], capture_output=True, text=True,
                           check=False)
    return found.stdout.strip() or "no commit"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _subject_row(subject: Subject) -> list[str]:
    peak = [with_range(subject.peak, name) for name in ("rate", "cpu_us", "p50_ms", "p99_ms")]
    database = with_range(subject.peak, "database_us") if any(sample.database_us for sample in subject.peak) else "–"
    fixed = [with_range(subject.fixed, name) for name in ("p50_ms", "p99_ms")]
    return [subject.name, *peak[:2], database, *peak[2:], number(subject.fixed_rate) if subject.fixed else "–", *fixed]


def _sides(figure: Figure) -> str:
    sides = (("Lathe", figure.ours), ("Beside it", figure.peer), ("How", figure.method), ("When", figure.when))
    return "".join(f"- {name}: {text}\n" for name, text in sides if text)


def section(figure: Figure) -> str:
    text = f"## {figure.title}\n\n"
    text += "".join(f"- {bar.text}: **{bar.measured()}**, asked {bar.asked()}: {'holds' if bar.holds else 'misses'}\n"
                    for bar in figure.bars)
    text += "".join(f"- {name}: {value}\n" for name, value in figure.facts.items()) + _sides(figure)
    if figure.subjects:
        head = ["", "requests/s at peak", "server CPU µs/request", "database CPU µs/request", "p50 ms", "p99 ms",
                "at a fixed rate of", "p50 ms", "p99 ms"]
        text += "\n" + _table(head, [_subject_row(subject) for subject in figure.subjects])
    return text


def _reasons() -> dict[str, str]:
    return tomllib.loads(REASONS.read_text()) if REASONS.exists() else {}


def summary(figures: list[Figure]) -> str:
    reasons, rows = _reasons(), []
    for figure in figures:
        for bar in figure.bars:
            reason = "" if bar.holds else reasons.get(figure.key, "not yet understood")
            rows.append([figure.title, f"{bar.text}: {bar.asked()}", bar.measured(), "yes" if bar.holds else "**no**", reason])
    return _table(["Work", "Asked", "Measured", "Holds", "Why not"], rows)


PREFACE = ("Medians over rounds in which the servers took turns on the same machine, with the lowest and highest round in "
           "brackets. Load and servers share the processors, so ratios count and not the absolute numbers; server CPU is user "
           "and system time from /proc. fsync and synchronous_commit were on. Peers and methods: [bench](%s).\n")


def _document(title: str, link: str, description: dict, body: str) -> str:
    rows = "".join(f"- {name}: {value}\n" for name, value in description.items())
    return f"# {title}\n\n{PREFACE % link}\n{rows}\n{body}"


def _figure_of(raw: dict) -> Figure:
    subjects = [Subject(**(subject | {kind: [Sample(**sample) for sample in subject[kind]] for kind in ("peak", "fixed")}))
                for subject in raw["subjects"]]
    return Figure(**(raw | {"bars": [Bar(**bar) for bar in raw["bars"]], "subjects": subjects}))


def _load(path: Path) -> list[Figure]:
    return [_figure_of(raw) for raw in json.loads(path.read_text())["figures"]] if path.exists() else []


def _merge(kept: list[Figure], new: list[Figure]) -> list[Figure]:
    """New ones replace those of the same key."""
    by_key = {figure.key: figure for figure in [*kept, *new]}
    known = [key for key in ORDER if key in by_key]
    return [by_key[key] for key in known + [key for key in by_key if key not in known]]


def last() -> tuple[str, list[Figure]]:
    """The newest results and when they were measured; nothing at the first run."""
    path = max(RESULTS.glob("*.json"), default=None)
    return (json.loads(path.read_text())["day"], _load(path)) if path else ("", [])


def write_charts(figures: list[Figure]) -> None:
    CHARTS.mkdir(exist_ok=True)
    (CHARTS / "bars.svg").write_text(chart.bars_chart(figures))
    (CHARTS / "rates.svg").write_text(chart.rates_chart(figures))


def write_page() -> Path:
    """docs/figures.md from the newest results."""
    path = max(RESULTS.glob("*.json"))
    kept = json.loads(path.read_text())
    figures = [_figure_of(raw) for raw in kept["figures"]]
    sides = "".join(f"### {figure.title}\n\n{_sides(figure)}"
                    + "".join(f"- {name}: {value}\n" for name, value in figure.facts.items()) + "\n" for figure in figures)
    body = (f"Written by `make bench` from [its results](../bench/results/{path.stem}.md), which have every server and round. "
            f"Why a bar is missed: `bench/reasons.toml`.\n\n![Every figure beside its bar](charts/bars.svg)\n\n"
            f"{summary(figures)}\n![Requests per second beside the peers](charts/rates.svg)\n\n## Both sides\n\n{sides}")
    write_charts(figures)
    PAGE.write_text(_document("Figures", "../bench/README.md", {"day": kept["day"]} | kept["machine"], body).rstrip("\n") + "\n")
    return PAGE.relative_to(ROOT)


def write(figures: list[Figure]) -> list[Path]:
    """The day's results with these in place of older ones, and the page of figures."""
    description = machine.describe()
    day = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    path = RESULTS / f"{day}-{machine.slug(description)}.json"
    before = compare.told(last()[1], figures, last()[0])
    figures = _merge(_load(path), figures)
    RESULTS.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"day": day, "machine": description, "figures": [asdict(figure) for figure in figures]},
                               indent=1, ensure_ascii=False) + "\n")
    sections = "\n".join([before] * bool(before) + [section(figure) for figure in figures])
    path.with_suffix(".md").write_text(_document(f"Figures of {day}", "../README.md", description, sections))
    return [path.relative_to(ROOT), path.with_suffix(".md").relative_to(ROOT), write_page()]
