# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a run found: subjects with their samples, bars with what they ask for."""

import statistics
from dataclasses import dataclass, field

from harness.load import Sample


@dataclass
class Bar:
    """What the issue asks for, and what was measured."""

    text: str  # "requests/s beside gin + pgx"
    value: float
    limit: float
    at_least: bool
    unit: str = "×"

    @property
    def holds(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def asked(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {number(self.limit)} {self.unit}"

    def measured(self) -> str:
        return f"{number(self.value)} {self.unit}"


@dataclass
class Subject:
    """One server under one kind of load, round by round."""

    name: str
    peak: list[Sample] = field(default_factory=list)
    fixed: list[Sample] = field(default_factory=list)
    fixed_rate: float = 0

    def median(self, name: str) -> float:
        return statistics.median(getattr(sample, name) for sample in self.peak)


@dataclass
class Figure:
    """One row of the table."""

    key: str  # names its reason in bench/reasons.toml when it misses
    title: str
    bars: list[Bar]
    subjects: list[Subject] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)  # what is worth knowing and is no bar
    ours: str = ""  # what Lathe does in it, and how it is set
    peer: str = ""  # what stands beside it
    method: str = ""
    when: str = ""  # and with which commit, and how busy the machine was

    @property
    def holds(self) -> bool:
        return all(bar.holds for bar in self.bars)


def number(value: float) -> str:
    """Three significant digits, thousands with a thin gap."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}".replace(",", " ")
    digits = 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def with_range(samples: list[Sample], name: str) -> str:
    if not samples:
        return "–"
    values = sorted(getattr(sample, name) for sample in samples)
    middle = statistics.median(values)
    if len(values) == 1:
        return number(middle)
    return f"{number(middle)} ({number(values[0])}–{number(values[-1])})"
