# SPDX-License-Identifier: AGPL-3.0-or-later
"""A run beside the one before it: what has lost more than a tenth of what it had."""

from dataclasses import dataclass

from harness.figures import Bar, Figure, number

TOLERATED = 0.10  # what the same program differs by between runs on a quiet machine, and a little more


@dataclass(frozen=True)
class Change:
    title: str
    text: str
    before: float
    now: float
    unit: str
    loss: float  # of what there was; below zero is a gain

    def __str__(self) -> str:
        return f"{self.title}, {self.text}: {number(self.now)} {self.unit}, was {number(self.before)} ({-self.loss:+.0%})"


def loss_of(before: Bar, now: Bar) -> float:
    """The part of the old value that is gone, whichever way is better."""
    better, worse = (now.value, before.value) if now.at_least else (before.value, now.value)
    return 1 - better / worse if worse else 0.0


def changes(before: list[Figure], now: list[Figure]) -> list[Change]:
    """Of every ratio that both runs have."""
    known = {(figure.key, bar.text): bar for figure in before for bar in figure.bars}
    found = []
    for figure in now:
        for bar in figure.bars:
            old = known.get((figure.key, bar.text))
            if old is not None and bar.unit == "×":
                found.append(Change(figure.title, bar.text, old.value, bar.value, bar.unit, loss_of(old, bar)))
    return found


def losses(before: list[Figure], now: list[Figure]) -> list[Change]:
    return sorted((change for change in changes(before, now) if change.loss > TOLERATED), key=lambda change: -change.loss)


def told(before: list[Figure], now: list[Figure], when: str) -> str:
    """For the terminal and the results; empty where there is nothing to compare with."""
    if not changes(before, now):
        return ""
    lost = losses(before, now)
    lines = "".join(f"- {change}\n" for change in lost) or f"- nothing lost more than {TOLERATED:.0%} of its ratio\n"
    return f"## Beside the run of {when}\n\n{lines}"
