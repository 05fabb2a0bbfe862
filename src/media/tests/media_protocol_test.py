#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The program as the server starts it: a job on descriptor 3, files granted by descriptor, and a server that misbehaves."""

import array
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from lathe_media import Program, Skip, main, make_music, require, test

MESSAGE_MAX = 192 * 1024


class Job:
    def __init__(self, program: Program, **options):
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(120)

        def place() -> None:
            os.dup2(theirs.fileno(), 3)

        self.process = subprocess.Popen([program.path, *program.options], preexec_fn=place, close_fds=False, **options)
        theirs.close()

    def send(self, message, *fds: int) -> None:
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        data = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.socket.sendmsg([data], rights)

    def receive(self) -> dict | None:
        data = self.socket.recv(MESSAGE_MAX)
        return json.loads(data) if data else None

    def end(self) -> int:
        self.socket.close()
        return self.process.wait(60)


def start(program: Program, path: Path, outputs: list, **members) -> Job:
    job = Job(program)
    with path.open("rb") as file:
        job.send({"type": "job", "kind": "audio", "outputs": outputs, **members}, file.fileno())
    return job


@test
def job_runs_with_granted_files(program: Program, folder: Path):
    master = make_music(folder / "master.wav", 9)
    job = start(program, master, [{"name": "the-flac", "format": "hls_flac"},
                                  {"name": "the-preview", "format": "preview", "bit_rate": 128000}], title="A title")
    files, events = {}, []
    while True:
        event = job.receive()
        require(event is not None, "the child ended without a last message")
        events.append(event)
        if event["type"] == "output":
            fd = os.open(folder, os.O_TMPFILE | os.O_RDWR)
            os.lseek(fd, 1000, os.SEEK_SET)  # a shared offset must not matter
            files[event["name"]] = fd
            job.send({"type": "grant", "name": event["name"]}, fd)
        if event["type"] in ("audio", "failed"):
            break
    require(events[-1]["type"] == "audio", f"{events[-1]}")
    for rendition in (event for event in events if event["type"] == "rendition"):
        require(os.fstat(files[rendition["name"]]).st_size == rendition["size_bytes"], f"{rendition['name']}: size")
    fractions = [event["fraction"] for event in events if event["type"] == "progress"]
    require(fractions == sorted(fractions) and fractions and fractions[-1] <= 1, f"progress: {fractions}")
    require(job.receive() is None, "nothing follows the last message")
    require(job.end() == 0, "exit status")


@test
def refused_file_fails_the_job(program: Program, folder: Path):
    job = start(program, make_music(folder / "master.wav", 1), [{"name": "x", "format": "mp3", "bit_rate": 320000}])
    event = job.receive()
    while event["type"] == "progress":
        event = job.receive()
    require(event == {"type": "output", "name": "x"}, f"{event}")
    job.send({"type": "refuse", "name": "x"})
    event = job.receive()
    require(event["type"] == "failed" and event["reason"] == "media.output_refused", f"{event}")
    require(job.end() == 0, "exit status")


@test
def grant_without_a_file_fails_the_job(program: Program, folder: Path):
    job = start(program, make_music(folder / "master.wav", 1), [{"name": "x", "format": "mp3", "bit_rate": 320000}])
    event = job.receive()
    while event["type"] == "progress":
        event = job.receive()
    job.send({"type": "grant", "name": "x"})
    event = job.receive()
    require(event["type"] == "failed" and event["reason"] == "media.internal", f"{event}")
    job.end()


@test
def bad_requests_fail_without_a_crash(program: Program, folder: Path):
    with make_music(folder / "master.wav", 1).open("rb") as file:
        for message in (b"hello", b"{}", b'{"type":"grant","name":"x"}', b'{"type":"job","kind":"video"}',
                        b'{"type":"job","kind":"audio","outputs":[{"name":"","format":"mp3"}]}',
                        b'{"type":"job","kind":"audio","max_duration_ms":-1}', b'{"type":"job","kind":"audio","x":1}'):
            job = Job(program)
            job.send(message, file.fileno())
            event = job.receive()
            require(event["type"] == "failed" and event["reason"] == "media.internal", f"{message}: {event}")
            require(job.end() == 0, f"{message}: exit status")
    job = Job(program)
    job.send({"type": "job", "kind": "audio"})
    require(job.receive()["reason"] == "media.internal", "a job without an input")
    job.end()


@test
def input_that_is_no_file_is_refused(program: Program, folder: Path):
    read_end, write_end = os.pipe()
    job = Job(program)
    job.send({"type": "job", "kind": "audio"}, read_end)
    event = job.receive()
    require(event["type"] == "failed", f"{event}")
    job.end()
    os.close(read_end)
    os.close(write_end)


@test
def child_ends_when_the_server_goes_away(program: Program, folder: Path):
    master = make_music(folder / "master.wav", 60)
    job = start(program, master, [{"name": "x", "format": "hls_aac", "bit_rate": 256000}])
    event = job.receive()
    while event["type"] == "progress":
        event = job.receive()
    require(job.end() == 1, "it must not wait for an answer that never comes")
    job = Job(program)
    require(job.end() == 1, "nor for a job that never comes")


@test
def child_holds_only_what_it_was_given(program: Program, folder: Path):
    if not program.is_caged:
        raise Skip("sanitizers open descriptors of their own")
    opened = os.open(folder, os.O_TMPFILE | os.O_RDWR)
    secret = os.dup2(opened, 50, inheritable=True)
    os.close(opened)
    job = start(program, make_music(folder / "master.wav", 1), [{"name": "x", "format": "mp3", "bit_rate": 320000}])
    event = job.receive()
    while event["type"] == "progress":
        event = job.receive()
    held = sorted(int(name) for name in os.listdir(f"/proc/{job.process.pid}/fd"))
    require(secret not in held, f"descriptors {held}, of which {secret} was never granted")
    require(len(held) == 5, f"standard descriptors, the socket and the input: {held}")
    limits = Path(f"/proc/{job.process.pid}/limits").read_text()
    status = Path(f"/proc/{job.process.pid}/status").read_text()
    require("Seccomp:\t2" in status and "NoNewPrivs:\t1" in status, "the cage is closed before the first file")
    require("Max core file size        0                    0" in limits, limits)
    job.process.kill()
    job.end()
    os.close(secret)


if __name__ == "__main__":
    sys.exit(main())
