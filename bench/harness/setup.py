# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a part is given: where to work, how long to measure, and what of it is wanted."""

from dataclasses import dataclass, field
from pathlib import Path

from harness import shop
from harness.contest import Pace


@dataclass
class Setup:
    """Shops are built once a run and shared by its parts."""

    folder: Path
    pace: Pace
    engines: list[str]
    works: list[str] = field(default_factory=list)  # empty: all of a part
    shops: dict = field(default_factory=dict)

    def shop(self, engine: str, count: int) -> shop.Shop:
        if (engine, count) not in self.shops:
            self.shops[engine, count] = shop.build(engine, self.folder, count, f"shop{count}")
        return self.shops[engine, count]

    def only(self, works: list[str]) -> list[str]:
        return [work for work in works if not self.works or work in self.works]
