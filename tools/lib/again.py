# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which test files failed, by the TAP of node:test; docs/decisions/0034 says when they get a second try.

A test that drives a server depends on what else the machine does. What fails is tried once more by itself; what passes only
then is named at the end of the run. A report of a sanitizer is never tried again: it is right the first time.
"""

import re

MOST_FILES = 3  # more than these at once are no matter of luck
LOCATION = re.compile(r"^\s*location: '(?:[^']*/)?(?:build/tests-js|tests)/([^':]+\.test)\.(?:js|ts):\d+:\d+'$", re.MULTILINE)
FAILED = re.compile(r"^\s*not ok\b.*\n(?:(?!\s*(?:not )?ok\b).*\n)*?\s*\.\.\.$", re.MULTILINE)
REPORT = re.compile(r"ERROR: AddressSanitizer|ERROR: LeakSanitizer|WARNING: ThreadSanitizer|runtime error:")


def failed_files(tap: str) -> list[str]:
    """The test files with a case that failed, as paths of the tree."""
    found = [LOCATION.search(block[0]) for block in FAILED.finditer(tap)]
    return sorted({f"tests/{match[1]}.ts" for match in found if match})


def worth_again(files: list[str], output: str) -> bool:
    return 0 < len(files) <= MOST_FILES and not REPORT.search(output)
