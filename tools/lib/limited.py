# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands that end: each in a process group of its own, which is ended whole when its time is over or the run is.

The output goes to a file and not through a pipe, as a process that was left behind would hold a pipe open for ever.
"""

import os
import signal
import subprocess
import threading
from pathlib import Path

GRACE_S = 20

RUNNING: set[subprocess.Popen] = set()
LOCK = threading.Lock()


def end_group(process: subprocess.Popen) -> None:
    """Asks the group to end, then makes it."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
        except ProcessLookupError:
            return
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            continue


def end_all() -> None:
    with LOCK:
        processes = list(RUNNING)
    for process in processes:
        end_group(process)


def run_limited(command: list, limit_s: float, log: Path, **options) -> int | None:
    """The exit code, None when the time was over. stdout and stderr are in the log."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True, **options)
        with LOCK:
            RUNNING.add(process)
        try:
            return process.wait(limit_s)
        except subprocess.TimeoutExpired:
            end_group(process)
            return None
        finally:
            with LOCK:
                RUNNING.discard(process)
