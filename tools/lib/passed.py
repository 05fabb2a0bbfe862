# SPDX-License-Identifier: AGPL-3.0-or-later
"""What passed before, and on which inputs: a repeated `make test` runs again only what could come out otherwise.

A step's key is the content of every file that it depends on and the versions of all packages on the machine. A step is
kept only when nothing of it failed. Nothing is kept between clones: a clean one runs everything, and so does CI.
"""

import hashlib
import json
import os
import subprocess
import time
from pathlib import Path

from sources import ROOT, tracked

PACKAGES = Path("/var/lib/dpkg/status")
MAY_CHANGE_A_RESULT = ("LATHE_", "CFLAGS", "CC", "LDFLAGS", "SANITIZERS")


def is_below(path: Path, folders: tuple) -> bool:
    return not folders or any(path.is_relative_to(folder) for folder in folders)


def key_of(folders: tuple, root: Path = ROOT) -> str:
    """Of the files below these folders (none named: of the whole tree and its last commit)."""
    digest = hashlib.sha256()
    if not folders:
        digest.update(subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, check=False, capture_output=True).stdout)
    for path in tracked(root):
        if is_below(path, folders):
            digest.update(f"{path}\0".encode() + hashlib.sha256((root / path).read_bytes()).digest())
    if PACKAGES.exists():
        digest.update(hashlib.sha256(PACKAGES.read_bytes()).digest())
    for name in sorted(os.environ):
        if name.startswith(MAY_CHANGE_A_RESULT):
            digest.update(f"{name}={os.environ[name]}\0".encode())
    return digest.hexdigest()


class Passed:
    def __init__(self, file: Path):
        self.file = file
        try:
            self.steps = json.loads(file.read_text())
        except (OSError, ValueError):
            self.steps = {}

    def find(self, name: str, key: str) -> dict | None:
        """What the step counted when it passed on these inputs, and when."""
        step = self.steps.get(name)
        return step if step is not None and step["key"] == key else None

    def note(self, name: str, key: str, passed: int, skipped: int) -> None:
        self.steps[name] = {"key": key, "passed": passed, "skipped": skipped, "at": time.strftime("%Y-%m-%d %H:%M")}
        self.write()

    def forget(self, name: str) -> None:
        if self.steps.pop(name, None) is not None:
            self.write()

    def write(self) -> None:
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps(self.steps, indent=1, sort_keys=True))
        fresh.replace(self.file)
