# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the times of several sizes say: which call grows faster than it should, and whether the mix keeps its p99."""

import math
import statistics
from dataclasses import dataclass, field

from harness.load import percentile
from scale.calls import Call

MIX_LIMIT = 3.0
# A median may be the logarithm's share of the smaller one, this much more for chance, and this much for a reply that is short anyway.
TOLERANCE, FREE_MS = 1.5, 0.3


@dataclass
class Times:
    """Milliseconds, by call and size, on one engine."""

    engine: str
    by_call: dict[str, dict[int, list[float]]] = field(default_factory=dict)

    def add(self, call: str, items: int, milliseconds: float) -> None:
        self.by_call.setdefault(call, {}).setdefault(items, []).append(milliseconds)

    def at(self, call: str, items: int) -> tuple[float, float]:
        """p50 and p99."""
        values = sorted(self.by_call[call][items])
        return statistics.median(values), percentile(values, 0.99)

    def sizes(self) -> list[int]:
        return sorted({items for sizes in self.by_call.values() for items in sizes})

    def ends(self) -> tuple[int, int]:
        """The smallest size and the largest."""
        return self.sizes()[0], self.sizes()[-1]

    def mixed(self, calls: list[Call], items: int) -> list[float]:
        return sorted(value for call in calls if call.mix for value in self.by_call[call.name][items])


def allowed(before_ms: float, small: int, large: int) -> float:
    return before_ms * math.log(large) / math.log(small) * TOLERANCE + FREE_MS


def grows(times: Times, call: str) -> bool:
    """Whether the largest size's median is beyond the logarithm's."""
    small, large = times.ends()
    return times.at(call, large)[0] > allowed(times.at(call, small)[0], small, large)


def mix_ratio(times: Times, calls: list[Call]) -> float:
    before, after = (percentile(times.mixed(calls, items), 0.99) for items in times.ends())
    return after / before


def findings(times: Times, calls: list[Call]) -> list[str]:
    (small, large), found = times.ends(), []
    if small == large:
        return []
    for call in calls:
        if grows(times, call.name) and not call.grows:
            before, after = times.at(call.name, small)[0], times.at(call.name, large)[0]
            found.append(f"{times.engine}: {call.name}: median {before:.2f} ms at {small}, {after:.2f} ms at {large} items: "
                         f"more than {allowed(before, small, large):.2f} ms")
    ratio = mix_ratio(times, calls) if any(call.mix for call in calls) else 0
    if ratio > MIX_LIMIT:
        found.append(f"{times.engine}: the mix of queries: p99 at {large} items is {ratio:.1f} × that at {small}, asked ≤ {MIX_LIMIT:.0f}")
    return found
