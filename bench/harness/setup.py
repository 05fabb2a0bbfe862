# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a part is given: where to work, how long to measure, and what of it is wanted."""

import multiprocessing
import re
import shutil
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from harness import lathe, shop
from harness.contest import Pace
from harness.process import Failure


@dataclass
class Demo:
    """The data folder of the demo shop, on SQLite, and who can log in."""

    data: Path
    passwords: dict[str, str]


def build_demo(data: Path) -> Demo:
    shutil.rmtree(data, ignore_errors=True)  # one that was not finished
    data.mkdir(parents=True)
    text = lathe.run(["demo"], data)
    return Demo(data, dict(re.findall(r"^  (\w+) +(\S+) +\(\w+\)$", text, re.MULTILINE)))


@dataclass
class Setup:
    """Shops are built once a run and shared by its parts."""

    folder: Path
    pace: Pace
    engines: list[str]
    works: list[str] = field(default_factory=list)  # empty: all of a part
    shops: dict = field(default_factory=dict)

    def build_shops(self, engines: list[str], count: int) -> None:
        """Side by side: each is a processor's work for half a minute."""
        missing = [engine for engine in engines if (engine, count) not in self.shops]
        builders = {engine: multiprocessing.Process(target=shop.build, args=(engine, self.folder, count, f"shop{count}"),
                                                    daemon=True) for engine in missing}
        try:
            for builder in builders.values():
                builder.start()
            for engine, builder in builders.items():
                builder.join()
                if builder.exitcode != 0:
                    raise Failure(f"the {engine} shop of {count} specs could not be built")
                self.shops[engine, count] = shop.describe(engine, self.folder, count, f"shop{count}")
        finally:
            for builder in builders.values():
                builder.terminate()

    def shop(self, engine: str, count: int) -> shop.Shop:
        self.build_shops([engine], count)
        return self.shops[engine, count]

    @cached_property
    def demo(self) -> Demo:
        return build_demo(self.folder / "demo")

    def pace_with(self, connections: int) -> Pace:
        return replace(self.pace, connections=connections)

    def only(self, works: list[str]) -> list[str]:
        return [work for work in works if not self.works or work in self.works]
