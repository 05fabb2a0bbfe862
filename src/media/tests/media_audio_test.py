#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every input format, every rendition and every analysis, on files that ffmpeg makes; ffmpeg judges the results."""

import base64
import glob
import hashlib
import json
import math
import resource
import subprocess
import sys
from pathlib import Path

from lathe_media import Program, Skip, decode, ffmpeg, ffmpeg_loudness, main, make_music, require, test

LOOPS = "/usr/share/sonic-pi/samples/loop_*.flac"
SAMPLES = 321937  # 7.3 s at 44.1 kHz, and a few that no millisecond counts
SECONDS = SAMPLES / 44100

EXACT = ("-af", f"atrim=end_sample={SAMPLES}", "-c:a", "pcm_s16le")

# name, ffmpeg's options, container, codec, lossless, samples (None: the codec pads and says so nowhere)
FORMATS = [
    ("a.wav", ["-c:a", "pcm_s16le"], "wav", "pcm_s16le", True, SAMPLES),
    ("b.wav", ["-c:a", "pcm_s24le"], "wav", "pcm_s24le", True, SAMPLES),
    ("c.wav", ["-c:a", "pcm_f32le"], "wav", "pcm_f32le", True, SAMPLES),
    ("d.wav", ["-c:a", "pcm_u8"], "wav", "pcm_u8", True, SAMPLES),
    ("a.aiff", ["-c:a", "pcm_s16be"], "aiff", "pcm_s16be", True, SAMPLES),
    ("b.aiff", ["-c:a", "pcm_s24be"], "aiff", "pcm_s24be", True, SAMPLES),
    ("a.flac", ["-c:a", "flac"], "flac", "flac", True, SAMPLES),
    ("b.flac", ["-c:a", "flac", "-sample_fmt", "s32"], "flac", "flac", True, SAMPLES),
    ("a.mp3", ["-c:a", "libmp3lame", "-b:a", "192k"], "mp3", "mp3", False, SAMPLES),
    ("b.mp3", ["-c:a", "libmp3lame", "-q:a", "4"], "mp3", "mp3", False, SAMPLES),
    ("a.ogg", ["-c:a", "libvorbis"], "ogg", "vorbis", False, SAMPLES),
    ("a.opus", ["-c:a", "libopus"], "ogg", "opus", False, round(SECONDS * 48000)),
    ("a.m4a", ["-c:a", "aac"], "m4a", "aac", False, SAMPLES),
    ("b.m4a", ["-c:a", "alac"], "m4a", "alac", True, SAMPLES),
    ("c.m4a", ["-c:a", "aac", "-movflags", "+faststart"], "m4a", "aac", False, SAMPLES),
    ("a.aac", ["-c:a", "aac", "-f", "adts"], "aac", "aac", False, None),
]


@test
def every_input_format_is_taken_with_its_exact_length(program: Program, folder: Path):
    master = make_music(folder / "master.wav", 8, 44100, EXACT)
    for name, options, container, codec, is_lossless, samples in FORMATS:
        ffmpeg("-i", master, *options, folder / name)
        audio = program.probe(folder / name)
        require(audio["container"] == container and audio["codec"] == codec, f"{name}: {audio}")
        require(audio["is_lossless"] == is_lossless, f"{name}: lossless {audio['is_lossless']}")
        if samples is not None:
            # MP4 states its length in milliseconds here: that is what players cut to.
            slack = 44 if container == "m4a" else 0
            require(abs(audio["samples"] - samples) <= slack, f"{name}: {audio['samples']} samples, not {samples}")
        require(abs(audio["duration_ms"] - SECONDS * 1000) <= 60, f"{name}: {audio['duration_ms']} ms")


@test
def clock_of_the_encoder_does_not_matter(program: Program, folder: Path):
    """Fed from Vorbis blocks, an encoder of AAC writes packets of uneven duration that sum up all the same."""
    make_music(folder / "a.ogg", 8, 44100, ("-af", f"atrim=end_sample={SAMPLES}"))
    ffmpeg("-i", folder / "a.ogg", "-c:a", "aac", "-b:a", "64k", "-ac", "1", folder / "a.m4a")
    samples = program.probe(folder / "a.m4a")["samples"]
    require(abs(samples - SAMPLES) <= 44, f"{samples} samples, not {SAMPLES}")


@test
def bits_rates_and_channels_are_reported(program: Program, folder: Path):
    for rate, channels, codec, bits in [(8000, 1, "pcm_s16le", 16), (96000, 2, "pcm_s24le", 24),
                                        (48000, 6, "pcm_s16le", 16), (192000, 1, "pcm_s32le", 32),
                                        (22050, 8, "pcm_f32le", 32)]:
        path = folder / f"{rate}-{channels}.wav"
        make_music(path, 1.5, rate, ("-ac", channels, "-c:a", codec))
        audio = program.probe(path)
        seen = (audio["sample_rate"], audio["channels"], audio["bits"])
        require(seen == (rate, channels, bits), f"{path.name}: {seen}")


def make_all(program: Program, master: Path, folder: Path, *options) -> tuple[dict, dict]:
    """All renditions by name, and the result."""
    out = folder / "out"
    out.mkdir(exist_ok=True)
    messages = program.run("audio", master, "--out", out, *options, status=0)
    return {message["name"]: message for message in messages if message["type"] == "rendition"}, messages[-1]


def check_index(rendition: dict, path: Path) -> None:
    segments = rendition["segments"]
    at = 0
    for segment in segments:
        require(segment["offset"] == at, f"{path.name}: a gap before byte {segment['offset']}")
        at += segment["size"]
    require(at == path.stat().st_size == rendition["size_bytes"], f"{path.name}: the index ends at {at}")
    require(segments[0]["duration"] == 0, "the init segment has no duration")
    total = sum(segment["duration"] for segment in segments)
    require(total == rendition["samples"] + rendition["priming_samples"], f"{path.name}: durations sum to {total}")
    data = path.read_bytes()
    require(data[4:8] == b"ftyp", "the init segment begins with ftyp")
    for segment in segments[1:]:
        require(data[segment["offset"] + 4:segment["offset"] + 8] == b"moof", f"{path.name}: a segment is no fragment")
        seconds = segment["duration"] / rendition["sample_rate"]
        require(seconds < 6.3, f"{path.name}: a segment of {seconds} s")


@test
def renditions_are_whole_and_indexed(program: Program, folder: Path):
    master = make_music(folder / "master.wav", 20.0)
    renditions, _ = make_all(program, master, folder)
    wanted = {"hls-aac-96", "hls-aac-160", "hls-aac-256", "hls-flac", "mp3-320", "preview"}
    require(set(renditions) == wanted, f"made: {sorted(renditions)}")
    for name in sorted(wanted):
        if name.startswith("hls"):
            check_index(renditions[name], folder / "out" / f"{name}.mp4")
            require(len(renditions[name]["segments"]) == 5, "20 s are the init segment and four more")
    for name, rate in (("hls-aac-96", 96), ("hls-aac-160", 160), ("hls-aac-256", 256), ("mp3-320", 320)):
        found = renditions[name]["bit_rate"] / 1000
        require(0.5 * rate < found < 1.1 * rate, f"{name}: {found} kbit/s")


@test
def flac_rendition_is_bit_exact_and_carries_its_checksum(program: Program, folder: Path):
    for name, options in (("16.wav", ("-c:a", "pcm_s16le")), ("24.wav", ("-c:a", "pcm_s24le")),
                          ("24.flac", ("-c:a", "flac", "-sample_fmt", "s32", "-ar", "96000")),
                          ("51.wav", ("-ac", "6", "-c:a", "pcm_s16le"))):
        master = folder / name
        make_music(master, 9.1, 44100, options)
        renditions, result = make_all(program, master, folder, "--only", "hls-flac")
        flac = folder / "out" / "hls-flac.mp4"
        before = ffmpeg("-i", master, "-f", "s32le", "-")
        after = ffmpeg("-i", flac, "-f", "s32le", "-")
        require(before == after, f"{name}: the samples differ")
        require(renditions["hls-flac"]["channels"] == result["channels"], f"{name}: channels are lost")
        packed = ffmpeg("-i", flac, "-f", "s16le" if result["bits"] == 16 else "s24le", "-")
        require(hashlib.md5(packed).digest() in flac.read_bytes()[:2000], f"{name}: no checksum in the header")


def aac_start(path: Path) -> int:
    """Packets before time 0 hold the encoder's delay: how many samples that is."""
    command = ["ffprobe", "-v", "error", "-select_streams", "a", "-show_entries", "packet=pts,duration", "-of",
               "csv=p=0", str(path)]
    first = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0]
    return -int(first.split(",")[0])


@test
def aac_plays_in_step_with_the_master(program: Program, folder: Path):
    master = make_music(folder / "master.wav", 13.0)
    renditions, _ = make_all(program, master, folder, "--only", "hls-aac-256")
    path = folder / "out" / "hls-aac-256.mp4"
    require(aac_start(path) == renditions["hls-aac-256"]["priming_samples"] == 1024, "the edit list tells the delay")
    # ffmpeg keeps the priming samples of fragmented files; players drop what lies before time 0.
    sound = memoryview(decode(path))[1024 * 4:].cast("h")
    truth = memoryview(decode(master)).cast("h")
    require(len(truth) <= len(sound) < len(truth) + 2 * 2 * 1024, f"{len(sound)} values of {len(truth)}")
    error = sum((sound[i] - truth[i]) ** 2 for i in range(20000, 120000, 7))
    power = sum(truth[i] ** 2 for i in range(20000, 120000, 7))
    require(error < power * 0.01, f"the sound is displaced or damaged: {10 * math.log10(error / power):.1f} dB")


@test
def segments_alone_play(program: Program, folder: Path):
    master = make_music(folder / "master.wav", 20.0)
    renditions, _ = make_all(program, master, folder, "--only", "hls-aac-160")
    rendition = renditions["hls-aac-160"]
    data = (folder / "out" / "hls-aac-160.mp4").read_bytes()
    cut = [data[s["offset"]:s["offset"] + s["size"]] for s in rendition["segments"]]
    for number in (1, 3):
        part = folder / "part.mp4"
        part.write_bytes(cut[0] + cut[number])
        values = len(decode(part)) // 4
        duration = rendition["segments"][number]["duration"]
        require(duration <= values <= duration + 1024, f"segment {number}: {values} samples, not {duration}")


@test
def hls_playlist_of_the_index_plays_to_the_end(program: Program, folder: Path):
    master = make_music(folder / "master.wav", 14.0)
    for name in ("hls-aac-96", "hls-flac"):
        renditions, _ = make_all(program, master, folder, "--only", name)
        init, *segments = renditions[name]["segments"]
        lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:7", "#EXT-X-PLAYLIST-TYPE:VOD",
                 f'#EXT-X-MAP:URI="{name}.mp4",BYTERANGE="{init["size"]}@0"']
        for segment in segments:
            seconds = segment["duration"] / renditions[name]["sample_rate"]
            lines += [f"#EXTINF:{seconds:.6f},", f"#EXT-X-BYTERANGE:{segment['size']}@{segment['offset']}", f"{name}.mp4"]
        playlist = folder / "out" / "list.m3u8"
        playlist.write_text("\n".join([*lines, "#EXT-X-ENDLIST", ""]))
        values = len(decode(playlist)) // 4
        require(0 <= values - 14 * 44100 <= 3 * 1024, f"{name}: {values} samples")


@test
def mp3_keeps_the_exact_length_and_the_tags(program: Program, folder: Path):
    master = make_music(folder / "master.wav", 8, 44100, EXACT)
    make_all(program, master, folder, "--only", "mp3-320", "--title", "Ein Stück", "--artist", "Jemand")
    path = folder / "out" / "mp3-320.mp3"
    require(len(decode(path)) == SAMPLES * 4, f"{len(decode(path)) // 4} samples")
    audio = program.probe(path)
    tags = {tag["name"]: tag["value"] for tag in audio["tags"]}
    require(tags.get("title") == "Ein Stück" and tags.get("artist") == "Jemand", f"tags: {tags}")
    require(audio["samples"] == SAMPLES, f"{audio['samples']} samples by our own decoder")


@test
def wav_is_made_of_lossless_masters_only(program: Program, folder: Path):
    wav = make_music(folder / "master.wav", 8, 44100, EXACT)
    for name, options, is_made in (("m.flac", ("-c:a", "flac"), True), ("m.aiff", ("-c:a", "pcm_s24be"), True),
                                   ("m.m4a", ("-c:a", "alac"), True), ("m.mp3", ("-b:a", "128k"), False)):
        ffmpeg("-i", wav, *options, folder / name)
        renditions, _ = make_all(program, folder / name, folder, "--only", "wav")
        require(("wav" in renditions) == is_made, f"{name}: {sorted(renditions)}")
        if is_made:
            same = ffmpeg("-i", folder / name, "-f", "s32le", "-") == ffmpeg("-i", folder / "out" / "wav.wav", "-f", "s32le", "-")
            require(same, f"{name}: the WAV differs")
            require(program.probe(folder / "out" / "wav.wav")["samples"] == SAMPLES, "our own WAV passes our own walker")
    require(make_all(program, wav, folder, "--only", "wav")[0] == {}, "a WAV master needs no other WAV")


@test
def preview_takes_the_loudest_part(program: Program, folder: Path):
    master = folder / "master.wav"
    ffmpeg("-f", "lavfi", "-i", "aevalsrc='(0.05+0.5*between(t,61,95))*sin(2*PI*330*t)':s=44100:d=120", master)
    renditions, result = make_all(program, master, folder, "--only", "preview")
    require(60500 <= result["preview_start_ms"] <= 65000, f"starts at {result['preview_start_ms']}")
    require(renditions["preview"]["samples"] == 30 * 44100, f"{renditions['preview']['samples']} samples")
    sound = memoryview(decode(folder / "out" / "preview.mp3", "-ac", "1")).cast("h")
    require(len(sound) == 30 * 44100, f"{len(sound)} values")
    loud = [math.sqrt(sum(v * v for v in sound[i:i + 4410]) / 4410) for i in range(0, len(sound) - 4410, 4410)]
    require(loud[0] < 0.6 * loud[10] and loud[-1] < 0.3 * loud[-30], "faded in and out")


@test
def preview_carries_its_tag_and_starts_where_it_is_told(program: Program, folder: Path):
    master = folder / "master.wav"
    ffmpeg("-f", "lavfi", "-i", "aevalsrc='0.3*sin(2*PI*200*t)*gt(t,40)':s=48000:d=90", master)
    _, result = make_all(program, master, folder, "--only", "preview", "--preview-start", "5000")
    require(result["preview_start_ms"] == 5000, f"starts at {result['preview_start_ms']}")
    sound = memoryview(decode(folder / "out" / "preview.mp3", "-ac", "1")).cast("h")
    # Silence in the master there: all that sounds is the motif, at 1.5, 11.5 and 21.5 s.
    for second in range(30):
        energy = max(abs(v) for v in sound[second * 48000:(second + 1) * 48000])
        has_tag = second in (1, 2, 11, 12, 21, 22)
        require((energy > 500) == has_tag, f"second {second}: peak {energy}")


@test
def short_and_quiet_sounds_work(program: Program, folder: Path):
    for seconds in (0.001, 0.05, 0.5, 1.0):
        master = make_music(folder / "master.wav", seconds)
        renditions, result = make_all(program, master, folder)
        require(result["samples"] == round(seconds * 44100), f"{seconds} s: {result['samples']} samples")
        for rendition in renditions.values():
            require(rendition["samples"] == result["samples"], f"{seconds} s: {rendition}")
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=44100:cl=stereo", "-t", "20", folder / "silence.wav")
    _, result = make_all(program, folder / "silence.wav", folder)
    require(result["loudness_lufs"] == -70 and result["true_peak_dbtp"] == -120, f"{result}")
    require(result["tempo_bpm"] == 0 and result["key"] == "none", f"{result['tempo_bpm']} {result['key']}")


@test
def multichannel_and_high_rates_are_mixed_down(program: Program, folder: Path):
    for rate, channels in ((96000, 6), (192000, 1), (8000, 2), (88200, 8), (32000, 3)):
        master = make_music(folder / "master.wav", 2.0, rate, ("-ac", channels, "-c:a", "pcm_s24le"))
        renditions, result = make_all(program, master, folder)
        require(result["channels"] == channels and result["sample_rate"] == rate, f"{result}")
        aac = renditions["hls-aac-160"]
        require(aac["channels"] == min(channels, 2), f"AAC of {channels} channels has {aac['channels']}")
        require(aac["sample_rate"] == (44100 if rate % 11025 == 0 else 48000), f"{rate}: {aac['sample_rate']}")
        require(abs(aac["samples"] - 2 * aac["sample_rate"]) <= 2, f"{rate}: {aac['samples']} samples")
        flac = renditions["hls-flac"]
        require((flac["channels"], flac["sample_rate"], flac["bits"]) == (channels, rate, 24), f"{flac['codec']}: {rate}")


@test
def loudness_agrees_with_ffmpeg(program: Program, folder: Path):
    signals = {
        "music": ("-f", "lavfi", "-i", make_music.__globals__["MUSIC"].format(rate=44100, seconds=30)),
        "tone": ("-f", "lavfi", "-i", "sine=f=997:r=48000:d=20"),
        "noise": ("-f", "lavfi", "-i", "anoisesrc=d=25:c=pink:a=0.5:r=44100"),
        "steps": ("-f", "lavfi", "-i", "aevalsrc='(0.02+0.4*gt(t,10)*lt(t,20))*sin(2*PI*500*t)':s=48000:d=30"),
        "surround": ("-f", "lavfi", "-i", "anoisesrc=d=12:c=brown:a=0.6:r=48000", "-ac", "6"),
        "short": ("-f", "lavfi", "-i", "sine=f=440:r=44100:d=0.95"),
    }
    for name, options in signals.items():
        path = folder / f"{name}.wav"
        ffmpeg(*options, "-c:a", "pcm_s24le", path)
        ours, theirs = program.probe(path), ffmpeg_loudness(path)
        require(abs(ours["loudness_lufs"] - theirs["I"]) <= 0.2, f"{name}: {ours['loudness_lufs']} and {theirs['I']}")
        require(abs(ours["loudness_range_lu"] - theirs["LRA"]) <= 0.3, f"{name}: {ours['loudness_range_lu']} and {theirs['LRA']}")
        require(abs(ours["true_peak_dbtp"] - theirs["Peak"]) <= 0.2, f"{name}: {ours['true_peak_dbtp']} and {theirs['Peak']}")


@test
def fingerprint_knows_its_own_and_no_stranger(program: Program, folder: Path):
    loops = sorted(glob.glob(LOOPS))
    if not loops:
        raise Skip("sonic-pi-samples is not installed")
    names = ["loop_garzul", "loop_mika", "loop_tabla", "loop_safari", "loop_compus"]
    masters = []
    for name in names:
        source = next(path for path in loops if name in path)
        masters.append(folder / f"{name}.wav")
        ffmpeg("-stream_loop", "5", "-i", source, "-t", "40", "-ac", "2", masters[-1])
    for number, master in enumerate(masters):
        copy = master.with_suffix(".mp3")
        ffmpeg("-i", master, "-b:a", "128k", copy)
        own = program.similarity(master, copy)
        require(own >= 0.9, f"{names[number]}: its own MP3 is alike by {own}")
        stranger = program.similarity(copy, masters[(number + 1) % len(masters)])
        require(stranger < 0.75, f"{names[number]}: a stranger is alike by {stranger}")
    ffmpeg("-ss", "7.77", "-i", masters[0], "-b:a", "128k", folder / "later.mp3")
    shifted = program.similarity(masters[0], folder / "later.mp3")
    require(shifted >= 0.9, f"a copy that starts later is alike by {shifted}")


@test
def tempo_of_real_loops_is_right(program: Program, folder: Path):
    """The files are cut to whole bars, so their length tells their tempo up to a factor of two."""
    loops = sorted(glob.glob(LOOPS))
    if not loops:
        raise Skip("sonic-pi-samples is not installed")
    right, report = 0, []
    for path in loops:
        audio = program.probe(path)
        seconds = audio["samples"] / audio["sample_rate"]
        truth = 60 * 2 ** round(math.log2(120 * seconds / 60)) / seconds
        is_right = any(abs(audio["tempo_bpm"] / (truth * factor) - 1) <= 0.02 for factor in (0.5, 1, 2))
        right += is_right
        report.append(f"{Path(path).stem} {audio['tempo_bpm']:.1f} ({truth:.1f}){'' if is_right else ' WRONG'}")
    print(f"# {right} of {len(loops)}: " + ", ".join(report))
    require(right >= 13, f"{right} of {len(loops)}")


@test
def waveform_has_its_points_and_bars(program: Program, folder: Path):
    path = folder / "a.wav"
    ffmpeg("-f", "lavfi", "-i", "aevalsrc='0.5*sin(2*PI*100*t)*gt(t,5)':s=44100:d=10", path)
    audio = program.probe(path)
    points = base64.b64decode(audio["waveform"])
    require(len(points) == 2000 and len(audio["bars"]) == 64, "1000 pairs, 64 bars")
    signed = [value - 256 if value > 127 else value for value in points]
    require(signed[200] == 0 and signed[1600] == -64 and signed[1601] == 64, f"{signed[1600:1602]}")
    require(audio["bars"][5] == 8 and max(audio["bars"][40:]) == 100, f"{audio['bars']}")


@test
def tags_and_cover_are_found(program: Program, folder: Path):
    master = make_music(folder / "master.wav")
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=1200x800", "-frames:v", "1", folder / "cover.jpg")
    for name, options in (("a.mp3", ("-id3v2_version", "3")), ("a.flac", ()), ("a.m4a", ("-c:a", "aac"))):
        path = folder / name
        ffmpeg("-i", master, "-i", folder / "cover.jpg", "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v",
               "attached_pic", *options, "-metadata", "title=Über allen", "-metadata", "artist=A\u202eB", path)
        renditions, audio = make_all(program, path, folder, "--only", "cover")
        tags = {tag["name"]: tag["value"] for tag in audio["tags"]}
        require(tags.get("title") == "Über allen", f"{name}: {tags}")
        require("artist" not in tags, f"{name}: text that turns the direction of writing is shown")
        cover = renditions["cover"]
        require((cover["width"], cover["height"]) == (800, 800), f"{name}: {cover}")


@test
def damaged_cover_does_not_stop_the_sound(program: Program, folder: Path):
    master = make_music(folder / "master.wav", 8, 44100, EXACT)
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=600x600", "-frames:v", "1", folder / "cover.png")
    ffmpeg("-i", master, "-i", folder / "cover.png", "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v",
           "attached_pic", folder / "a.flac")
    data = bytearray((folder / "a.flac").read_bytes())
    at = data.index(b"IDAT") + 100
    data[at] ^= 0xff
    (folder / "a.flac").write_bytes(data)
    renditions, audio = make_all(program, folder / "a.flac", folder, "--only", "cover")
    require(renditions == {} and audio["samples"] == SAMPLES, f"{renditions}")


@test
def same_master_gives_the_same_bytes(program: Program, folder: Path):
    master = make_music(folder / "master.wav")
    sums = []
    for run in ("one", "two"):
        out = folder / run
        out.mkdir()
        make_all(program, master, out)
        sums.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (out / "out").iterdir()})
    require(sums[0] == sums[1], "two runs differ")


@test
def memory_stays_bounded(program: Program, folder: Path):
    if not program.is_caged:
        raise Skip("sanitizers take memory of their own")
    master = make_music(folder / "master.wav", 60, 96000, ("-c:a", "pcm_s24le", "-ac", "8"))
    (folder / "out").mkdir()
    # A process of its own, so that the largest descendant it waited for is lathe-media.
    script = ("import json, resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
              "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    command = [sys.executable, "-c", script, program.path, "audio", master, "--out", folder / "out"]
    used = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    mebibytes = int(used) / 1024
    print(f"# {mebibytes:.0f} MiB for {master.stat().st_size >> 20} MiB of eight channels")
    require(mebibytes < 200, f"{mebibytes} MiB")


if __name__ == "__main__":
    sys.exit(main())
