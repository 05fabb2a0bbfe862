# SPDX-License-Identifier: AGPL-3.0-or-later
"""Servers under measurement: started, waited for, weighed by /proc, stopped by their own process id."""

import http.client
import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """Nothing can be measured like this; the text says why."""


def free_port() -> int:
    """A port below 32768, where the kernel takes no ports for outgoing connections."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the state on: [0] state, [1] parent, [11] utime, [12] stime, [13] cutime, [14] cstime."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def tree(root: int) -> list[int]:
    """The process and all that descend from it."""
    parents = {}
    for name in os.listdir("/proc"):
        fields = _stat(int(name)) if name.isdigit() else None
        if fields:
            parents.setdefault(int(fields[1]), []).append(int(name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting.extend(parents.get(pid, []))
    return found


def cpu_seconds(root: int) -> float:
    """User and system time of the tree, with what its ended and reaped children used."""
    ticks = 0
    for pid in tree(root):
        fields = _stat(pid)
        if fields:
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / TICKS


def status_bytes(pid: int, name: str) -> int:
    """VmRSS, VmHWM, RssAnon … of /proc/PID/status."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise KeyError(name)


def reset_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def get(port: int, path: str, headers: dict | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=headers or {})
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


class Server:
    """A child that listens on a port of its own. As a context manager it is stopped at the end."""

    def __init__(self, name: str, command: list[str], port: int, log: Path, environment: dict | None = None,
                 ready_path: str = "/healthz"):
        self.name, self.port = name, port
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        started = time.monotonic()
        with log.open("ab") as output:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                          env=environment)
        self._wait(ready_path)
        self.ready_seconds = time.monotonic() - started

    @property
    def pid(self) -> int:
        return self.child.pid

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _wait(self, ready_path: str) -> None:
        give_up = time.monotonic() + 180
        while time.monotonic() < give_up:
            if self.child.poll() is not None:
                raise Failure(f"{self.name} ended at its start:\n{self.tail()}")
            try:
                if get(self.port, ready_path)[0] < 500:
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.001)
        self.stop()
        raise Failure(f"{self.name} does not get ready:\n{self.tail()}")

    def tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.pid)

    def bytes_of(self, name: str) -> int:
        return status_bytes(self.pid, name)

    def stop(self) -> None:
        if self.child.poll() is not None:
            return
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(timeout=25)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_ignored) -> None:
        self.stop()
