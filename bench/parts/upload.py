# SPDX-License-Identifier: AGPL-3.0-or-later
"""Memory while one client uploads 1 GiB by tus, in one request."""

import base64
import http.client
import time

from harness import lathe, shop
from harness.figures import Bar, Figure
from harness.process import Failure, Server, reset_peak
from harness.setup import Setup

GIB = 1 << 30
PIECE = bytes(range(256)) * 4096  # 1 MiB


def _create(connection: http.client.HTTPConnection, token: str, size: int) -> str:
    metadata = "filename " + base64.b64encode(b"session.wav").decode() + ",purpose " + base64.b64encode(b"master").decode()
    connection.request("POST", "/api/v1/uploads", headers={
        "Authorization": f"Bearer {token}", "Tus-Resumable": "1.0.0", "Upload-Length": str(size), "Upload-Metadata": metadata})
    reply = connection.getresponse()
    text = reply.read()
    if reply.status != 201:
        raise Failure(f"the upload was not begun: {reply.status} {text[:500]}")
    return reply.headers["Location"].split("/", 3)[-1] if "//" in reply.headers["Location"] else reply.headers["Location"][1:]


def upload(server: Server, token: str, size: int) -> float:
    """Seconds that the bytes took."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    path = "/" + _create(connection, token, size)
    started = time.monotonic()
    connection.putrequest("PATCH", path)
    for name, value in {"Authorization": f"Bearer {token}", "Tus-Resumable": "1.0.0", "Upload-Offset": "0",
                        "Content-Type": "application/offset+octet-stream", "Content-Length": str(size)}.items():
        connection.putheader(name, value)
    connection.endheaders()
    for _ in range(size // len(PIECE)):
        connection.send(PIECE)
    reply = connection.getresponse()
    text = reply.read()
    if reply.status != 204:
        raise Failure(f"the upload failed: {reply.status} {text[:500]}")
    connection.close()
    return time.monotonic() - started


def measure(setup: Setup) -> list[Figure]:
    place = shop.build("sqlite", setup.folder, 10, "upload")
    with lathe.start("Lathe", place.data) as server:
        token = lathe.register(server, "studio", "producer")["access_token"]
        upload(server, token, 4 * len(PIECE))  # what is made once on first use
        time.sleep(1)
        before = server.bytes_of("VmRSS")
        reset_peak(server.pid)
        seconds = upload(server, token, GIB)
        grown = server.bytes_of("VmHWM") - before
    facts = {"speed": f"{GIB / seconds / 1e6:.0f} MB/s, hashed and flushed to disk before the reply"}
    return [Figure("upload", "1 GiB by tus", [Bar("RSS grows by", grown / 1e6, 16, at_least=False, unit="MB")], facts=facts,
                   ours="hashes, writes and flushes to disk what arrives", method="One PATCH with the whole file. The peak of RSS (VmHWM, reset before) over the RSS before.")]
