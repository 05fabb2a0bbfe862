# SPDX-License-Identifier: AGPL-3.0-or-later
"""All outputs of a 4-minute WAV, beside the ffmpeg commands for the same outputs (bench/ingest.py)."""

import ingest

from harness.figures import Bar, Figure, number
from harness.lathe import MEDIA_PROGRAM
from harness.setup import Setup

SECONDS_OF_AUDIO = 240
RUNS = 3


def measure(setup: Setup) -> list[Figure]:
    found = ingest.compare(MEDIA_PROGRAM, setup.folder, SECONDS_OF_AUDIO, min(setup.pace.rounds, RUNS))
    facts = {"lathe-media": f"{number(found.wall)} s wall, {number(found.cpu)} s processor",
             "ffmpeg, one after another": f"{number(found.peer_wall)} s wall, {number(found.peer_cpu)} s processor"}
    bar = Bar("wall time of the ffmpeg commands", found.ratio, ingest.BAR, at_least=False)
    return [Figure("ingest", "Ingest of a 4-minute WAV", [bar], facts=facts,
                   ours="lathe-media: every output in one run over the decoded master, on all processors; also tempo, key and the "
                        "preview's place, for which there is no command",
                   peer="ffmpeg, a command for each output, one after another: " + ", ".join(ingest.OUTPUTS))]
