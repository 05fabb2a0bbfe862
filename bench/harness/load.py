# SPDX-License-Identifier: AGPL-3.0-or-later
"""Load: wrk in a closed loop for the peak, h2load at a fixed rate for latency."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.process import Server

SCRIPT = Path(__file__).resolve().parent.parent / "load" / "requests.lua"


@dataclass
class Sample:
    """One round against one server."""

    rate: float
    p50_ms: float
    p99_ms: float
    cpu_us: float  # the server's, per request


def percentile(sorted_values: list, share: float) -> float:
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * share))]


def peak(server: Server, requests: Path, seconds: float, connections: int = 64, token: str = "") -> Sample:
    """As many requests as the server takes from this many connections, each waiting for its reply."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "-s", str(SCRIPT), server.origin, "--", str(requests)]
    before = server.cpu_seconds()
    result = subprocess.run([*command, token] if token else command, capture_output=True, text=True, check=True)
    used = server.cpu_seconds() - before
    found = json.loads(result.stdout.strip().splitlines()[-1])
    if found["refused"] or found["broken"]:
        raise SystemExit(f"bench: {server.name}: {found['refused']} refused and {found['broken']} broken "
                         f"of {found['requests']} requests from {requests.name}:\n{server.tail()}")
    return Sample(rate=found["requests"] / found["seconds"], p50_ms=found["p50_ms"], p99_ms=found["p99_ms"],
                  cpu_us=used * 1e6 / max(found["requests"], 1))


def fixed(server: Server, requests: Path, rate: float, seconds: float, clients: int = 8) -> Sample:
    """Requests at a rate that does not depend on the replies. Every client has its own part of the list, so that they do not
    walk through it side by side."""
    lines = requests.read_text().splitlines()
    children, logs = [], []
    before = server.cpu_seconds()
    for number in range(clients):
        part = requests.with_suffix(f".part{number}")
        part.write_text("".join(f"{server.origin}{line}\n" for line in lines[number::clients] or lines))
        log = requests.with_suffix(f".log{number}")
        log.unlink(missing_ok=True)
        logs.append(log)
        children.append(subprocess.Popen(
            ["h2load", "--h1", "-c1", "-t1", f"--rps={rate / clients:g}", f"--duration={seconds:g}", f"--log-file={log}",
             "-i", str(part)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE))
    for child in children:
        _, complaint = child.communicate()
        if child.returncode != 0:
            raise SystemExit(f"bench: h2load: {complaint.decode(errors='replace')}")
    used = server.cpu_seconds() - before
    times, refused = [], 0
    for log in logs:  # start in µs, status, duration in µs
        rows = [line.split("\t") for line in log.read_text().splitlines()]
        times += [int(row[2]) for row in rows if row[1] == "200"]
        refused += sum(row[1] != "200" for row in rows)
        log.unlink()
    if refused or not times:
        raise SystemExit(f"bench: {server.name}: {refused} of {refused + len(times)} requests refused at a fixed rate")
    times.sort()
    return Sample(rate=len(times) / seconds, p50_ms=percentile(times, 0.5) / 1000, p99_ms=percentile(times, 0.99) / 1000,
                  cpu_us=used * 1e6 / len(times))
