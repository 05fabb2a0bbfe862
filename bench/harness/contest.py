# SPDX-License-Identifier: AGPL-3.0-or-later
"""Servers beside each other: rounds in turn for the peak, then a fixed rate that the slowest can bear."""

from dataclasses import dataclass
from pathlib import Path

from harness import load
from harness.figures import Subject
from harness.process import Server


@dataclass
class Pace:
    """How long things are measured."""

    rounds: int
    seconds: float
    connections: int = 64


@dataclass
class Entry:
    """A server, the requests that it gets, and the name of the two in the results."""

    name: str
    server: Server
    requests: Path
    token: str = ""
    database: int = 0  # see load.peak


FIXED_SHARE = 0.3


def compete(entries: list[Entry], pace: Pace, fixed_rounds: int = 1) -> list[Subject]:
    subjects = [Subject(entry.name) for entry in entries]
    for entry in entries:  # warm caches and prepared statements
        load.peak(entry.server, entry.requests, 1, pace.connections, entry.token)
    for _ in range(pace.rounds):
        for entry, subject in zip(entries, subjects, strict=True):
            subject.peak.append(load.peak(entry.server, entry.requests, pace.seconds, pace.connections, entry.token,
                                          entry.database))
    rate = FIXED_SHARE * min(subject.median("rate") for subject in subjects)
    for _ in range(fixed_rounds):
        for entry, subject in zip(entries, subjects, strict=True):
            subject.fixed_rate = rate
            subject.fixed.append(load.fixed(entry.server, entry.requests, rate, pace.seconds))
    return subjects
