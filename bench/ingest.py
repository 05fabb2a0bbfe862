#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ingest of one WAV master into all outputs, beside the ffmpeg commands that make the same outputs one after another.

usage: bench/ingest.py [--program build/lathe-media] [--seconds 240] [--runs 3]

Prints wall and processor seconds of both and their ratio; the bar is 0.6 of the wall time.
"""

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

BAR = 0.6
HLS = ["-f", "hls", "-hls_time", "6", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4", "-hls_flags", "single_file"]


def peer_commands(master: Path, out: Path) -> dict[str, list[str]]:
    """What an operator would script with ffmpeg. Tempo, key and the preview's place have no such command."""
    def hls(name: str, *codec: str) -> list[str]:
        return [*codec, *HLS, str(out / f"{name}.m3u8")]
    return {
        "AAC 96": hls("aac96", "-c:a", "aac", "-b:a", "96k"),
        "AAC 160": hls("aac160", "-c:a", "aac", "-b:a", "160k"),
        "AAC 256": hls("aac256", "-c:a", "aac", "-b:a", "256k"),
        "FLAC": hls("flac", "-c:a", "flac", "-strict", "-2"),
        "MP3 320": ["-c:a", "libmp3lame", "-b:a", "320k", str(out / "full.mp3")],
        "preview": ["-ss", "60", "-t", "30", "-af", "afade=d=0.25,afade=t=out:st=28:d=2", "-c:a", "libmp3lame", "-b:a", "128k",
                    str(out / "preview.mp3")],
        "loudness": ["-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"],
        "waveform": ["-filter_complex", "showwavespic=s=1000x100", "-frames:v", "1", str(out / "wave.png")],
        "fingerprint": ["-f", "chromaprint", str(out / "print")],
    }


def measure(commands: list[list[str]]) -> tuple[float, float]:
    """Wall and processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    for command in commands:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def make_master(path: Path, seconds: int) -> None:
    """Harmonics, drums and noise: every encoder has its full work."""
    sound = ("aevalsrc='0.15*sin(2*PI*(110+55*mod(floor(t),4))*t)+0.1*sin(2*PI*(660+110*mod(floor(2*t),3))*t)"
             "+0.35*sin(2*PI*50*t)*exp(-10*mod(t,0.5))|0.15*sin(2*PI*(110+55*mod(floor(t),4))*t+1)"
             f"+0.1*sin(2*PI*(880+220*mod(floor(2*t),5))*t)+0.35*sin(2*PI*50*t)*exp(-10*mod(t,0.5))':s=44100:d={seconds}")
    noise = f"anoisesrc=d={seconds}:c=pink:a=0.2:r=44100,aformat=channel_layouts=stereo"
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", sound, "-f", "lavfi", "-i", noise,
                    "-filter_complex", "amix=inputs=2:normalize=0", "-c:a", "pcm_s16le", str(path)], check=True)


OUTPUTS = list(peer_commands(Path(), Path()))


@dataclass
class Comparison:
    """Medians, in seconds."""

    wall: float
    cpu: float
    peer_wall: float
    peer_cpu: float

    @property
    def ratio(self) -> float:
        return self.wall / self.peer_wall


def compare(program: Path, folder: Path, seconds: int, runs: int) -> Comparison:
    master, out = folder / "master.wav", folder / "out"
    out.mkdir()
    make_master(master, seconds)
    peer = [["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", str(master), *rest] for rest in peer_commands(master, out).values()]
    ours, theirs = [], []
    for _ in range(runs):  # in turn, so that other load on the machine meets both
        ours.append(measure([[str(program), "audio", str(master), "--out", str(out)]]))
        theirs.append(measure(peer))
    return Comparison(*(statistics.median(run[place] for run in runs_of) for runs_of in (ours, theirs) for place in (0, 1)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=Path, default="build/lathe-media")
    parser.add_argument("--seconds", type=int, default=240)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = compare(arguments.program, Path(folder), arguments.seconds, arguments.runs)
    print(f"{arguments.seconds} s of stereo WAV, {os.cpu_count()} processors, {platform.machine()}, load {os.getloadavg()[0]:.1f}, "
          f"median of {arguments.runs}")
    print(f"lathe-media     {found.wall:6.2f} s wall {found.cpu:6.2f} s processor")
    print(f"ffmpeg in turn  {found.peer_wall:6.2f} s wall {found.peer_cpu:6.2f} s processor")
    print(f"ratio           {found.ratio:6.2f}   wall (bar {BAR}) {found.cpu / found.peer_cpu:6.2f} processor")
    return 0


if __name__ == "__main__":
    sys.exit(main())
