#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What ninja builds of a tree when only some suites of tests run in it: everything but the programs of other tests.

usage: tools/lib/tree_targets.py TREE SUITE...
"""

import json
import subprocess
import sys
from pathlib import Path


def introspect(tree: Path, what: str) -> list:
    return json.loads(subprocess.run(["meson", "introspect", what, str(tree)], check=True, capture_output=True, text=True).stdout)


def names_of(tests: list, targets: list, suites: set) -> list[str]:
    """The files of the wanted targets. A suite's name in a test is PROJECT:SUITE."""
    wanted = {depend for test in tests for depend in test["depends"] if suites & {suite.partition(":")[2] for suite in test["suite"]}}
    unwanted = {depend for test in tests for depend in test["depends"]} - wanted
    # A program that tests run is built for its own sake as well.
    programs = {target["id"] for target in targets if not is_test_program(target, tests)}
    # What is generated is read by the static checks, whoever compiles it.
    chosen = [target for target in targets if target["type"] == "custom" or (target["build_by_default"] and target["id"] not in unwanted - programs)]
    return [name for target in chosen for name in target["filename"]]


def is_test_program(target: dict, tests: list) -> bool:
    return target["type"] == "executable" and any(test["cmd"][0] in target["filename"] for test in tests)


def main(arguments: list) -> int:
    tree = Path(arguments[0])
    names = names_of(introspect(tree, "--tests"), introspect(tree, "--targets"), set(arguments[1:]))
    for name in names:
        print(Path(name).relative_to(tree.resolve()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
