#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Files that lie, break off, hide others or blow up: each is refused with its reason, and nothing crashes."""

import random
import resource
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

from lathe_media import Program, Skip, ffmpeg, main, make_music, require, test


def expect(program: Program, command: str, path: Path, *reasons: str) -> None:
    found = program.fail(command, path)
    require(found in reasons, f"{path.name}: {found}, not {' or '.join(reasons)}")


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def make_png(width: int, height: int, body: bytes = b"", extra: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


@test
def things_that_are_no_audio_are_refused(program: Program, folder: Path):
    expect(program, "probe", write(folder, "empty", b""), "media.empty")
    expect(program, "probe", write(folder, "text", b"This is not music.\n" * 100), "media.not_audio")
    expect(program, "probe", write(folder, "elf", Path("/bin/true").read_bytes()), "media.not_audio")
    expect(program, "probe", write(folder, "png", make_png(10, 10, b"\0" * 310)), "media.not_audio")
    ffmpeg("-f", "lavfi", "-i", "testsrc=d=1", "-pix_fmt", "yuv420p", folder / "v.mp4")
    expect(program, "probe", folder / "v.mp4", "media.unsupported")
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-c:a", "pcm_mulaw", folder / "mulaw.wav")
    expect(program, "probe", folder / "mulaw.wav", "media.unsupported")
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-c:a", "mp2", folder / "layer2.mp2")
    expect(program, "probe", folder / "layer2.mp2", "media.not_audio")
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-c:a", "flac", folder / "flac.ogg")
    expect(program, "probe", folder / "flac.ogg", "media.unsupported")


@test
def files_cut_short_are_refused(program: Program, folder: Path):
    master = make_music(folder / "master.wav", 6)
    for name, options in (("a.wav", ()), ("a.aiff", ()), ("a.flac", ()), ("a.mp3", ("-b:a", "128k")), ("a.ogg", ()),
                          ("a.opus", ()), ("a.m4a", ("-c:a", "aac")), ("b.m4a", ("-movflags", "+faststart")),
                          ("a.aac", ("-f", "adts"))):
        ffmpeg("-i", master, *options, folder / name)
        whole = (folder / name).read_bytes()
        for share in (0.35, 0.8, 0.99):
            path = write(folder, f"cut-{share}-{name}", whole[:int(len(whole) * share)])
            expect(program, "probe", path, "media.truncated", "media.decode_error")


@test
def wav_headers_that_lie_are_refused(program: Program, folder: Path):
    whole = make_music(folder / "master.wav", 1).read_bytes()
    data_at = whole.index(b"data")

    def patched(name: str, at: int, value: bytes, *reasons: str) -> None:
        data = bytearray(whole)
        data[at:at + len(value)] = value
        expect(program, "probe", write(folder, name, bytes(data)), *reasons)

    patched("data-beyond.wav", data_at + 4, struct.pack("<I", 2**31), "media.truncated")
    patched("riff-beyond.wav", 4, struct.pack("<I", 2**31), "media.truncated")
    patched("streamed.wav", 4, b"\xff" * 4, "media.bad_header")
    patched("channels.wav", 22, struct.pack("<H", 0), "media.bad_header")
    patched("many-channels.wav", 22, struct.pack("<H", 255), "media.too_large")
    patched("rate.wav", 24, struct.pack("<I", 1), "media.unsupported")
    patched("fast.wav", 24, struct.pack("<I", 2**31), "media.unsupported")
    patched("block.wav", 32, struct.pack("<H", 1), "media.bad_header")
    patched("bits.wav", 34, struct.pack("<H", 1), "media.unsupported")
    # Smaller than it is: the rest would be hidden behind the sound.
    patched("short.wav", data_at + 4, struct.pack("<I", 1000), "media.bad_header", "media.truncated", "media.polyglot")


@test
def flac_with_another_checksum_is_refused(program: Program, folder: Path):
    master = make_music(folder / "master.wav", 3)
    ffmpeg("-i", master, folder / "a.flac")
    data = bytearray((folder / "a.flac").read_bytes())
    data[8 + 18] ^= 1
    expect(program, "probe", write(folder, "md5.flac", bytes(data)), "media.checksum")
    data[8 + 18] ^= 1
    data[8 + 17] ^= 1  # fewer samples than there are, or more
    expect(program, "probe", write(folder, "count.flac", bytes(data)), "media.bad_header", "media.truncated")
    data[8 + 17] ^= 1
    data[len(data) // 2] ^= 0x10
    expect(program, "probe", write(folder, "flipped.flac", bytes(data)), "media.decode_error", "media.checksum")


@test
def polyglots_are_refused(program: Program, folder: Path):
    master = make_music(folder / "master.wav", 2)
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("evil.html", "<script>alert(1)</script>")
    zipped = (folder / "a.zip").read_bytes()
    for name, options in (("a.wav", ()), ("a.flac", ()), ("a.mp3", ()), ("a.ogg", ()), ("a.m4a", ()), ("a.aiff", ())):
        ffmpeg("-i", master, *options, folder / name)
        path = write(folder, f"zip-{name}", (folder / name).read_bytes() + zipped)
        expect(program, "probe", path, "media.polyglot")
        path = write(folder, f"tail-{name}", (folder / name).read_bytes() + b"#!/bin/sh\nrm -rf /\n" * 50)
        expect(program, "probe", path, "media.polyglot", "media.decode_error")
    # A document in the tags at the beginning.
    ffmpeg("-i", master, "-metadata", "title=%PDF-1.4 <script>alert(1)</script>", folder / "pdf.mp3")
    expect(program, "probe", folder / "pdf.mp3", "media.polyglot")
    for name in ("a.png", "a.jpg", "a.webp"):
        ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x64", "-frames:v", "1", folder / name)
        expect(program, "image", write(folder, f"zip-{name}", (folder / name).read_bytes() + zipped), "media.polyglot")
        expect(program, "image", write(folder, f"php-{name}", (folder / name).read_bytes() + b"<?php system('id');"),
               "media.polyglot")


@test
def sound_over_the_limit_is_refused(program: Program, folder: Path):
    for name in ("a.wav", "a.mp3", "a.ogg"):
        make_music(folder / name, 5, 44100, ("-b:a", "128k"))
        require(program.fail("probe", folder / name, "--max-duration", "3000") == "media.too_long", f"{name} passes")
        require(program.run("probe", folder / name, "--max-duration", "6000", status=0)[-1]["type"] == "audio", name)


@test
def images_that_are_too_large_are_refused_undecoded(program: Program, folder: Path):
    expect(program, "image", write(folder, "huge.png", make_png(50000, 50000, b"\0" * 1000)), "media.too_large")
    expect(program, "image", write(folder, "wide.png", make_png(8001, 10, b"\0" * 240040)), "media.too_large")
    expect(program, "image", write(folder, "many.png", make_png(7999, 7999, b"\0" * 1000)), "media.too_large")
    ffmpeg("-f", "lavfi", "-i", "color=s=64x64", "-frames:v", "1", folder / "a.jpg")
    data = bytearray((folder / "a.jpg").read_bytes())
    at = data.index(b"\xff\xc0")
    data[at + 5:at + 9] = b"\xff\xff\xff\xff"
    expect(program, "image", write(folder, "huge.jpg", bytes(data)), "media.too_large")
    ffmpeg("-f", "lavfi", "-i", "color=s=64x64", "-frames:v", "1", folder / "a.webp")
    data = bytearray((folder / "a.webp").read_bytes())
    data[26:30] = b"\xff\x3f\xff\x3f"
    expect(program, "image", write(folder, "huge.webp", bytes(data)), "media.too_large")


@test
def damaged_images_are_refused(program: Program, folder: Path):
    for name in ("a.png", "a.jpg", "a.webp"):
        ffmpeg("-f", "lavfi", "-i", "testsrc=s=400x300", "-frames:v", "1", folder / name)
        whole = (folder / name).read_bytes()
        for share in (0.1, 0.5, 0.95):
            expect(program, "image", write(folder, f"cut-{name}", whole[:int(len(whole) * share)]), "media.truncated",
                   "media.bad_header")
    # Fewer pixels than the header states.
    expect(program, "image", write(folder, "few.png", make_png(1000, 1000, b"\0" * 3001)), "media.decode_error")
    expect(program, "image", write(folder, "empty", b""), "media.empty")
    expect(program, "image", write(folder, "a.gif", b"GIF89a" + b"\0" * 100), "media.not_image")
    expect(program, "image", write(folder, "a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "media.not_image")


def make_zip(path: Path, entries: dict, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


@test
def good_stems_are_listed(program: Program, folder: Path):
    master = make_music(folder / "master.wav", 2)
    ffmpeg("-i", master, folder / "a.mp3")
    ffmpeg("-i", master, folder / "a.flac")
    entries = {"drums/kick.wav": master.read_bytes(), "bass.mp3": (folder / "a.mp3").read_bytes(),
               "pads.flac": (folder / "a.flac").read_bytes(), "read me ä.txt": b"hello", "__MACOSX/._kick.wav": b"\0\5\x16\7",
               "empty.txt": b""}
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        messages = program.run("stems", make_zip(folder / "a.zip", entries, method), status=0)
        listed = {entry["name"]: entry["container"] for message in messages if message["type"] == "entries"
                  for entry in message["entries"]}
        require(listed == {"drums/kick.wav": "wav", "bass.mp3": "mp3", "pads.flac": "flac", "read me ä.txt": "",
                           "__MACOSX/._kick.wav": "", "empty.txt": ""}, f"{listed}")
        require(messages[-1]["audio_entries"] == 3 and messages[-1]["entries"] == 6, f"{messages[-1]}")


@test
def many_stems_come_in_several_messages(program: Program, folder: Path):
    tiny = make_music(folder / "tiny.wav", 0.01).read_bytes()
    path = make_zip(folder / "many.zip", {f"{'x' * 200}{number}.wav": tiny for number in range(1000)})
    messages = program.run("stems", path, status=0)
    require(messages[-1]["audio_entries"] == 1000, f"{messages[-1]}")
    require(sum(len(m["entries"]) for m in messages if m["type"] == "entries") == 1000, "all are listed")
    path = make_zip(folder / "more.zip", {f"{number}.wav": tiny for number in range(1001)})
    expect(program, "stems", path, "media.zip_bomb")


@test
def archives_written_as_a_stream_are_taken(program: Program, folder: Path):
    master = make_music(folder / "master.wav", 1)

    class Pipe:  # cannot seek, so sizes follow the data
        def __init__(self, path):
            self.file = open(path, "wb")

        def write(self, data):
            return self.file.write(data)

        def flush(self):
            self.file.flush()

    pipe = Pipe(folder / "a.zip")
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.wav", master.read_bytes())
        archive.writestr("b.wav", master.read_bytes())
    pipe.file.close()
    require(program.run("stems", folder / "a.zip", status=0)[-1]["audio_entries"] == 2, "two entries")


@test
def bad_archives_are_refused(program: Program, folder: Path):
    tone = make_music(folder / "a.wav", 1).read_bytes()
    for name in ("../evil.wav", "/etc/evil.wav", "a/../../b.wav", "c:evil.wav", "a\\..\\b.wav"):
        expect(program, "stems", make_zip(folder / "path.zip", {"ok.wav": tone, name: tone}), "media.zip_path")
    link = zipfile.ZipInfo("link.wav")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(folder / "link.zip", "w") as archive:
        archive.writestr("ok.wav", tone)
        archive.writestr(link, "/etc/passwd")
    expect(program, "stems", folder / "link.zip", "media.zip_path")
    with zipfile.ZipFile(folder / "twice.zip", "w") as archive:
        archive.writestr("A.wav", tone)
        archive.writestr("a.WAV", tone)
    expect(program, "stems", folder / "twice.zip", "media.zip_duplicate")
    expect(program, "stems", make_zip(folder / "text.zip", {"a.txt": b"no sound"}), "media.zip_no_audio")
    expect(program, "stems", make_zip(folder / "bzip.zip", {"a.wav": tone}, zipfile.ZIP_BZIP2), "media.zip_method")
    expect(program, "stems", write(folder, "a.rar", b"Rar!\x1a\x07\x00" + b"\0" * 100), "media.not_zip")
    whole = make_zip(folder / "ok.zip", {"a.wav": tone, "b.wav": tone}).read_bytes()
    expect(program, "stems", write(folder, "cut.zip", whole[:-30]), "media.truncated")
    expect(program, "stems", write(folder, "tail.zip", whole + b"more"), "media.truncated")
    flipped = bytearray(whole)
    flipped[len(whole) // 4] ^= 4
    expect(program, "stems", write(folder, "flip.zip", bytes(flipped)), "media.checksum", "media.zip_damaged",
           "media.zip_bomb")
    encrypted = bytearray(whole)
    encrypted[whole.index(b"PK\1\2") + 8] |= 1
    expect(program, "stems", write(folder, "encrypted.zip", bytes(encrypted)), "media.zip_encrypted")


@test
def zip_bombs_are_refused(program: Program, folder: Path):
    # 300 MiB of zeros in 300 KiB.
    expect(program, "stems", make_zip(folder / "flat.zip", {"a.wav": b"\0" * (300 << 20)}), "media.zip_bomb")
    # An entry that states less than it holds.
    whole = bytearray(make_zip(folder / "lie.zip", {"a.wav": b"\0" * (8 << 20)}).read_bytes())
    for mark, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        at = whole.index(mark) + offset
        whole[at:at + 4] = struct.pack("<I", 1000)
    expect(program, "stems", write(folder, "lie.zip", bytes(whole)), "media.zip_bomb")
    # Many names for one place: entries that overlap.
    one = make_zip(folder / "one.zip", {"a.wav": b"\0" * (1 << 20)}).read_bytes()
    central_at = one.index(b"PK\1\2")
    end_at = one.index(b"PK\5\6")
    centrals = b"".join(one[central_at:end_at].replace(b"a.wav", b"%c.wav" % letter) for letter in range(97, 123))
    end = bytearray(one[end_at:])
    end[8:12] = struct.pack("<HH", 26, 26)
    end[12:16] = struct.pack("<I", len(centrals))
    expect(program, "stems", write(folder, "overlap.zip", one[:central_at] + centrals + bytes(end)), "media.zip_damaged")


@test
def refused_output_fails_the_job(program: Program, folder: Path):
    master = make_music(folder / "master.wav", 2)
    found = program.fail("audio", master, "--out", folder / "missing")
    require(found == "media.output_refused", f"audio: {found}")
    ffmpeg("-f", "lavfi", "-i", "color=s=64x64", "-frames:v", "1", folder / "a.png")
    found = program.fail("image", folder / "a.png", "--out", folder / "missing")
    require(found == "media.output_refused", f"image: {found}")


@test
def full_disk_fails_the_job(program: Program, folder: Path):
    if not Path("/dev/full").exists():
        raise Skip("no /dev/full")
    master = make_music(folder / "master.wav", 2)
    for name in ("hls-aac-96.mp4", "hls-flac.mp4", "mp3-320.mp3"):
        out = folder / name.split(".", maxsplit=1)[0]
        out.mkdir()
        # The command line follows no links, so the device is a file of its own.
        subprocess.run(["mknod", str(out / name), "c", "1", "7"], check=False, capture_output=True)
        if not (out / name).exists():
            raise Skip("devices cannot be made")
        try:
            (out / name).open("rb").close()
        except OSError as problem:
            raise Skip("devices cannot be opened here") from problem
        found = program.fail("audio", master, "--out", out, "--only", name.split(".", maxsplit=1)[0])
        require(found == "media.output_refused", f"{name}: {found}")


@test
def pictures_lose_all_but_their_pixels(program: Program, folder: Path):
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=640x400", "-frames:v", "1", folder / "a.jpg")
    data = (folder / "a.jpg").read_bytes()
    exif = b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0SECRET-PLACE"
    data = data[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(exif)) + exif + data[2:]
    path = write(folder, "turned.jpg", data)
    messages = program.run("image", path, "--out", folder, status=0)
    require((messages[-1]["width"], messages[-1]["height"]) == (400, 640), f"turned upright: {messages[-1]}")
    sizes = {m["name"]: (m["width"], m["height"]) for m in messages if m["type"] == "rendition"}
    require(sizes == {"large": (400, 400), "small": (300, 300), "whole": (400, 640)}, f"{sizes}")
    for name in ("large.jpg", "small.webp", "whole.jpg"):
        made = (folder / name).read_bytes()
        require(b"SECRET" not in made and b"Exif" not in made and b"Lavc" not in made, f"{name} tells more than its pixels")
    # The corner that was top left is top right after a quarter turn to the right.
    before = ffmpeg("-i", folder / "a.jpg", "-vf", "crop=8:8:0:0,scale=1:1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    after = ffmpeg("-i", folder / "whole.jpg", "-vf", "crop=8:8:392:0,scale=1:1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    require(all(abs(a - b) < 30 for a, b in zip(before, after)), f"{list(before)} {list(after)}")


@test
def every_kind_of_pixels_is_taken(program: Program, folder: Path):
    for name, options in (("pal8.png", ("-pix_fmt", "pal8")), ("mono.png", ("-pix_fmt", "monob")),
                          ("gray.png", ("-pix_fmt", "gray")), ("gray16.png", ("-pix_fmt", "gray16be")),
                          ("rgba.png", ("-pix_fmt", "rgba")), ("rgb48.png", ("-pix_fmt", "rgb48be")),
                          ("ya8.png", ("-pix_fmt", "ya8")), ("444.jpg", ("-pix_fmt", "yuvj444p")),
                          ("gray.jpg", ("-pix_fmt", "gray")), ("422.jpg", ("-pix_fmt", "yuvj422p")),
                          ("lossless.webp", ("-lossless", "1")), ("alpha.webp", ("-pix_fmt", "yuva420p"))):
        ffmpeg("-f", "lavfi", "-i", "testsrc=s=333x127", "-frames:v", "1", *options, folder / name)
        messages = program.run("image", folder / name, "--out", folder, status=0)
        require((messages[-1]["width"], messages[-1]["height"]) == (333, 127), f"{name}: {messages[-1]}")
        row = ffmpeg("-i", folder / "whole.jpg", "-f", "rawvideo", "-pix_fmt", "gray", "-")
        require(len(row) == 333 * 127 and max(row) - min(row) > 100, f"{name}: the picture is flat")
    transparent = make_png(64, 64)
    transparent = transparent[:25] + b"\x06" + transparent[26:]
    ffmpeg("-f", "lavfi", "-i", "color=c=black@0.0:s=64x64,format=rgba", "-frames:v", "1", folder / "clear.png")
    program.run("image", folder / "clear.png", "--out", folder, status=0)
    require(min(ffmpeg("-i", folder / "whole.jpg", "-f", "rawvideo", "-pix_fmt", "gray", "-")) > 250, "laid on white")


@test
def random_bytes_are_refused_without_a_crash(program: Program, folder: Path):
    dice = random.Random(20261120)
    heads = [b"", b"RIFF\x64\0\0\0WAVEfmt ", b"fLaC\0\0\0\x22", b"OggS\0\2", b"\0\0\0\x20ftypM4A ", b"ID3\4\0\0\0\0\0\0\xff\xfb",
             b"FORM\0\0\1\0AIFFCOMM", b"\xff\xf1\x50\x80", b"PK\3\4", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n",
             b"RIFF\x64\0\0\0WEBPVP8 "]
    files = {"probe": [], "image": [], "stems": []}
    for number in range(200):
        data = heads[number % len(heads)] + dice.randbytes(dice.randrange(1, 4000))
        command = tuple(files)[number // len(heads) % len(files)]
        files[command].append(write(folder, f"random-{number}", data))
    for command, paths in files.items():
        for path, last in zip(paths, program.run_each(command, paths)):
            require(last["type"] == "failed", f"{path.name}: {last}")


def flip(dice: random.Random, whole: bytes) -> bytes:
    data = bytearray(whole)
    for _ in range(dice.randrange(1, 40)):
        data[dice.randrange(min(len(data), dice.choice((200, 2000, 10**9))))] = dice.randrange(256)
    return bytes(data)


@test
def flipped_bytes_never_crash(program: Program, folder: Path):
    dice = random.Random(7)
    master = make_music(folder / "master.wav", 1)
    paths = []
    for name, options in (("a.wav", ()), ("a.flac", ()), ("a.mp3", ()), ("a.ogg", ()), ("a.opus", ()), ("a.m4a", ()),
                          ("a.aiff", ()), ("a.aac", ("-f", "adts")), ("b.m4a", ("-c:a", "alac"))):
        ffmpeg("-i", master, *options, folder / name)
        whole = (folder / name).read_bytes()
        paths += [write(folder, f"{number}-{name}", flip(dice, whole)) for number in range(20)]
    program.run_each("probe", paths)
    paths = []
    for name in ("a.png", "a.jpg", "a.webp"):
        ffmpeg("-f", "lavfi", "-i", "testsrc=s=200x100", "-frames:v", "1", folder / name)
        whole = (folder / name).read_bytes()
        paths += [write(folder, f"{number}-{name}", flip(dice, whole)) for number in range(20)]
    program.run_each("image", paths, "--out", folder)


@test
def child_that_is_killed_counts_as_crashed(program: Program, folder: Path):
    """A processor limit of the caller's ends the child in the middle of its work."""
    if not program.is_caged:
        raise Skip("slow under sanitizers")
    master = make_music(folder / "master.wav", 200)
    (folder / "out").mkdir()
    command = [program.path, "audio", str(master), "--out", str(folder / "out")]
    result = subprocess.run(command, capture_output=True, text=True, check=False,
                            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (2, 2)))
    require(result.returncode == 3 and "media.crashed" in result.stderr, f"{result.returncode} {result.stderr}")


if __name__ == "__main__":
    sys.exit(main())
