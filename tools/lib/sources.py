# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the checks share: which files there are, how a finding is printed, what a C file includes."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')


def tracked(root: Path = ROOT, suffixes: tuple = ()) -> list[Path]:
    """Files of the project relative to root: tracked, or new and not ignored."""
    listing = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root,
                             check=True, capture_output=True, text=True).stdout
    paths = [Path(name) for name in listing.split("\0") if name]
    return sorted(path for path in paths if (not suffixes or path.suffix in suffixes) and (root / path).is_file())


def changed(root: Path = ROOT, base: str = "main") -> list[Path]:
    """Files that differ from where this branch left `base`, and new ones; on `base` itself, those of the last commit."""

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=root, check=False, capture_output=True, text=True).stdout

    start = git("merge-base", "HEAD", base).strip()
    if not start or start == git("rev-parse", "HEAD").strip():
        start = git("rev-parse", "--verify", "--quiet", "HEAD~1").strip() or "HEAD"
    names = git("diff", "-z", "--name-only", "--diff-filter=d", start).split("\0")
    names += git("ls-files", "-z", "--others", "--exclude-standard").split("\0")
    return sorted({Path(name) for name in names if name})


def includes(text: str) -> list[tuple[int, str]]:
    """Line numbers and targets of the quoted includes."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            found.append((number, match[1]))
    return found


def functions(text: str) -> list[tuple[int, int]]:
    """First line and body length of each function: our layout has its braces alone in column one."""
    found, opened = [], 0
    for number, line in enumerate(text.splitlines(), 1):
        if line == "{":
            opened = number
        elif line == "}" and opened:
            found.append((opened, number - opened + 1))
            opened = 0
    return found


BRANCH = re.compile(r"\b(?:if|for|while|case)\b|&&|\|\||\?")
NOT_CODE = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^'\\\\]|\\\\.)*'", re.DOTALL)


def branches(text: str) -> list[int]:
    """Ways through each function (McCabe): one, and one more for each condition, loop and case."""
    lines = NOT_CODE.sub(lambda match: "\n" * match[0].count("\n"), text).splitlines()
    return [1 + sum(len(BRANCH.findall(line)) for line in lines[start:start + length - 1]) for start, length in functions("\n".join(lines))]


def report(findings: list[str], how: str) -> int:
    """Prints the findings and how to run the check again; the exit code."""
    for finding in findings:
        print(finding)
    if findings:
        print(f"{len(findings)} finding(s). Run it again with: {how}", file=sys.stderr)
    return 1 if findings else 0
