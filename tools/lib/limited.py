# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands that end: each in a process group of its own, which is ended whole when its time is over or the run is.

The output goes to a file and not through a pipe, as a process that was left behind would hold a pipe open for ever.
"""

import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

GRACE_S = 20
POLL_S = 0.05

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


@dataclass(frozen=True)
class Ended:
    code: int | None  # None when the time was over
    cpu_s: float  # of the command and of all descendants that were waited for


def wait_until(process: subprocess.Popen, end: float) -> Ended:
    """As Popen.wait, which does not tell what was used."""
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return Ended(process.returncode, usage.ru_utime + usage.ru_stime)
        if time.monotonic() >= end:
            end_group(process)
            return Ended(None, 0.0)
        time.sleep(POLL_S)


def run_limited(command: list, limit_s: float, log: Path, **options) -> Ended:
    """stdout and stderr are in the log."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True, **options)
        with LOCK:
            RUNNING.add(process)
        try:
            return wait_until(process, time.monotonic() + limit_s)
        finally:
            with LOCK:
                RUNNING.discard(process)
