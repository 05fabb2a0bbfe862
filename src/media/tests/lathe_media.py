# SPDX-License-Identifier: AGPL-3.0-or-later
"""Runs lathe-media and ffmpeg for the tests of this folder, and prints results as TAP."""

import json
import re
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

TESTS = []


class Skip(Exception):
    """This machine lacks what the test needs."""


def test(function):
    TESTS.append(function)
    return function


def require(claim: bool, text: str) -> None:
    if not claim:
        raise AssertionError(text)


class Program:
    """lathe-media as the command line calls it: a real child in the real sandbox."""

    def __init__(self, path: str, options: list[str]):
        self.path = path
        self.options = options
        self.is_caged = "--sandbox=off" not in options

    def run(self, *arguments, status: int | None = None) -> list[dict]:
        command = [self.path, *map(str, arguments), *self.options]
        result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        if status is not None and result.returncode != status:
            raise AssertionError(f"{arguments}: exit {result.returncode}: {result.stdout[-500:]}{result.stderr[-2000:]}")
        require(result.returncode in (0, 1), f"{arguments}: crashed: {result.stdout[-500:]}{result.stderr[-2000:]}")
        return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]

    def run_each(self, command: str, paths: list, *options) -> list[dict]:
        """The last message of each file's job."""
        messages = self.run(command, *paths, *options)
        last = [message for message in messages if message["type"] in ("audio", "image", "stems", "failed")]
        require(len(last) == len(paths), f"{len(last)} results of {len(paths)} jobs")
        return last

    def probe(self, path) -> dict:
        return self.run("probe", path, status=0)[-1]

    def fail(self, command: str, path, *options) -> str:
        """The reason with which the file is refused."""
        last = self.run(command, path, *options, status=1)[-1]
        require(last["type"] == "failed" and last["message"], f"{path}: {last}")
        return last["reason"]

    def similarity(self, first, second) -> float:
        command = [self.path, "compare", str(first), str(second), *self.options]
        result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
        return float(re.search(r"similarity ([0-9.]+)", result.stdout)[1])


def ffmpeg(*arguments) -> bytes:
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, timeout=300, check=True).stdout


def decode(path, *options) -> bytes:
    """The samples as 16 bits, interleaved."""
    return ffmpeg("-i", path, *options, "-f", "s16le", "-")


def ffmpeg_loudness(path) -> dict:
    """What ffmpeg's own ebur128 says at its end."""
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-i", str(path), "-af", "ebur128=peak=true:framelog=verbose",
               "-f", "null", "-"]
    text = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stderr
    found = {name: re.search(name + r":\s+(-?[0-9.]+|-inf)", text.rsplit("Summary:", 1)[1]) for name in ("I", "LRA", "Peak")}
    return {name: float(match[1]) for name, match in found.items()}


# Something like music: chords that change, a beat, noise that comes and goes.
MUSIC = ("aevalsrc='0.2*sin(2*PI*(220+110*mod(floor(t/2),3))*t)+0.15*sin(2*PI*(277.18+55*mod(floor(t/2),2))*t)"
         "+0.3*sin(2*PI*55*t)*exp(-12*mod(t,0.5))+0.1*(random(0)-0.5)*exp(-20*mod(t+0.25,0.5))"
         "|0.2*sin(2*PI*(220+110*mod(floor(t/2),3))*t+0.5)+0.1*sin(2*PI*(329.63)*t)"
         "+0.3*sin(2*PI*55*t)*exp(-12*mod(t,0.5))':s={rate}:d={seconds}")


def make_music(path: Path, seconds: float = 7.3, rate: int = 44100, options: tuple = ()) -> Path:
    ffmpeg("-f", "lavfi", "-i", MUSIC.format(rate=rate, seconds=seconds), *(options or ("-c:a", "pcm_s16le")), path)
    return path


def main() -> int:
    if len(sys.argv) < 2:
        print(f"usage: {sys.argv[0]} LATHE_MEDIA [--only NAME] [--sandbox=…]", file=sys.stderr)
        return 2
    arguments = sys.argv[2:]
    only = arguments[arguments.index("--only") + 1] if "--only" in arguments else ""
    program = Program(sys.argv[1], [argument for argument in arguments if argument.startswith("--sandbox")])
    chosen = [function for function in TESTS if only in function.__name__]
    print(f"1..{len(chosen)}", flush=True)
    failures = 0
    for number, function in enumerate(chosen, 1):
        name = function.__name__.replace("_", " ")
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="lathe-media-") as folder:
            try:
                function(program, Path(folder))
                print(f"ok {number} - {name}", flush=True)
                print(f"# {time.monotonic() - started:.1f} s", flush=True)
            except Skip as skip:
                print(f"ok {number} - {name} # SKIP {skip}", flush=True)
            except Exception:  # noqa: BLE001 - a test may fail in any way, and the others still run
                failures += 1
                print(f"not ok {number} - {name}", flush=True)
                print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()), flush=True)
    return 1 if failures else 0
