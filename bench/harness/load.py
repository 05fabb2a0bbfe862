# SPDX-License-Identifier: AGPL-3.0-or-later
"""Load: wrk in a closed loop for the peak, h2load at a fixed rate for latency."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.process import Failure, Server, cpu_seconds

SCRIPT = Path(__file__).resolve().parent.parent / "load" / "requests.lua"


@dataclass
class Sample:
    """One round against one server."""

    rate: float
    p50_ms: float
    p99_ms: float
    cpu_us: float  # the server's, per request
    database_us: float = 0  # the database server's, per request


def percentile(sorted_values: list, share: float) -> float:
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * share))]


def peak(server: Server, requests: Path, seconds: float, connections: int = 64, token: str = "", database: int = 0) -> Sample:
    """As many requests as the server takes from this many connections, each waiting for its reply. database: the process id
    of the server that it asks, if it is to be weighed too."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "-s", str(SCRIPT), server.origin, "--", str(requests)]
    before, database_before = server.cpu_seconds(), cpu_seconds(database) if database else 0
    result = subprocess.run([*command, token] if token else command, capture_output=True, text=True, check=True)
    used, database_used = server.cpu_seconds() - before, cpu_seconds(database) - database_before if database else 0
    found = json.loads(result.stdout.strip().splitlines()[-1])
    if found["refused"] or found["broken"]:
        raise Failure(f"{server.name}: {found['refused']} refused and {found['broken']} broken "
                         f"of {found['requests']} requests from {requests.name}:\n{server.tail()}")
    return Sample(rate=found["requests"] / found["seconds"], p50_ms=found["p50_ms"], p99_ms=found["p99_ms"],
                  cpu_us=used * 1e6 / max(found["requests"], 1), database_us=database_used * 1e6 / max(found["requests"], 1))


def _run_together(commands: list[list[str]]) -> None:
    """Ends all of them, whatever happens."""
    children = []
    try:
        for command in commands:
            children.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE))
        for child in children:
            _, complaint = child.communicate()
            if child.returncode != 0:
                raise Failure(f"{command[0]}: {complaint.decode(errors='replace')}")
    finally:
        for child in children:
            if child.poll() is None:
                child.kill()
                child.wait()


def fixed(server: Server, requests: Path, rate: float, seconds: float, clients: int = 8) -> Sample:
    """Requests at a rate that does not depend on the replies. Every client has its own part of the list, so that they do not
    walk through it side by side."""
    lines = requests.read_text().splitlines()
    commands, logs = [], []
    for number in range(clients):
        part = requests.with_suffix(f".part{number}")
        part.write_text("".join(f"{server.origin}{line}\n" for line in lines[number::clients] or lines))
        log = requests.with_suffix(f".log{number}")
        log.unlink(missing_ok=True)
        logs.append(log)
        commands.append(["h2load", "--h1", "-c1", "-t1", f"--rps={rate / clients:g}", f"--duration={seconds:g}",
                         f"--log-file={log}", "-i", str(part)])
    before = server.cpu_seconds()
    _run_together(commands)
    used = server.cpu_seconds() - before
    times, refused = [], 0
    for log in logs:  # start in µs, status, duration in µs
        rows = [line.split("\t") for line in log.read_text().splitlines()]
        times += [int(row[2]) for row in rows if row[1] == "200"]
        refused += sum(row[1] != "200" for row in rows)
        log.unlink()
    if refused or not times:
        raise Failure(f"{server.name}: {refused} of {refused + len(times)} requests refused at a fixed rate")
    times.sort()
    return Sample(rate=len(times) / seconds, p50_ms=percentile(times, 0.5) / 1000, p99_ms=percentile(times, 0.99) / 1000,
                  cpu_us=used * 1e6 / len(times))
