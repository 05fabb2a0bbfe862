# SPDX-License-Identifier: AGPL-3.0-or-later
"""A folder in memory for what tests write, where there is room and TMPDIR names no other: they sync thousands of times, and none asks a
disk. What is left after a loss of power is decided by tests/lib/power_loss, after a kill by the kernel."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = "/dev/shm"
SCRATCH_BYTES = 8 << 30


def choose_scratch() -> Path | None:
    try:
        room = os.statvfs(MEMORY)
    except OSError:
        return None
    if os.environ.get("TMPDIR") or room.f_bavail * room.f_frsize < SCRATCH_BYTES or room.f_flag & os.ST_NOEXEC:
        return None
    folder = Path(tempfile.mkdtemp(prefix="lathe-tests-", dir=MEMORY))
    folder.chmod(0o1777)  # PostgreSQL runs as a user of its own
    return folder


@contextmanager
def in_memory() -> Iterator[None]:
    """What runs meanwhile has its temporary files there."""
    folder = choose_scratch()
    if folder is not None:
        os.environ["TMPDIR"] = str(folder)
    try:
        yield
    finally:
        if folder is not None:
            del os.environ["TMPDIR"]
            shutil.rmtree(folder, ignore_errors=True)
