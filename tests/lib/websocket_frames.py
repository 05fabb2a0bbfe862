#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sends frames to a WebSocket server just as it is told, and prints what came back (Debian's python3-autobahn).

usage: websocket_frames.py PORT < CASES

CASES is a JSON array; each case opens a connection of its own: {"name", "send": [{"opcode", "payload": hex, "fin", "rsv",
"chop"} or {"raw": hex}]}. Printed: a JSON array of {"name", "texts", "pongs": [hex], "code"}, code being that of the close frame,
1006 without one. A case without a close ends when the server has answered a last command.
"""

import asyncio
import json
import sys

from autobahn.asyncio.websocket import WebSocketClientFactory, WebSocketClientProtocol

PATIENCE_S = 20
LAST = b'{"type":"ping","id":"last"}'


class Scripted(WebSocketClientProtocol):
    def onOpen(self):
        for step in self.factory.case["send"]:
            self.send_step(step)
        self.sendFrame(opcode=1, payload=LAST)

    def send_step(self, step):
        if "raw" in step:
            self.sendData(bytes.fromhex(step["raw"]))
            return
        self.sendFrame(
            opcode=step.get("opcode", 1),
            payload=bytes.fromhex(step.get("payload", "")),
            fin=step.get("fin", True),
            rsv=step.get("rsv", 0),
            chopsize=step.get("chop"),
            sync=step.get("chop") is not None,
        )

    def onMessage(self, payload, isBinary):  # noqa: N802,N803
        if json.loads(payload).get("id") == "last":
            self.dropConnection(abort=True)
        else:
            self.factory.seen["texts"].append(payload.decode())

    def onPong(self, payload):  # noqa: N802
        self.factory.seen["pongs"].append(payload.hex())

    def onCloseFrame(self, code, reasonRaw):  # noqa: N802,N803
        self.factory.seen["code"] = code if code is not None else 1005
        return super().onCloseFrame(code, reasonRaw)

    def onClose(self, wasClean, code, reason):  # noqa: N802,N803
        if not self.factory.over.done():
            self.factory.over.set_result(None)


async def run(port, case):
    factory = WebSocketClientFactory(f"ws://127.0.0.1:{port}/ws", protocols=["lathe.v1"])
    factory.setProtocolOptions(failByDrop=False, openHandshakeTimeout=PATIENCE_S, closeHandshakeTimeout=PATIENCE_S)
    factory.protocol = Scripted
    factory.case = case
    factory.seen = {"name": case["name"], "texts": [], "pongs": [], "code": 1006}
    factory.over = asyncio.get_running_loop().create_future()
    await asyncio.get_running_loop().create_connection(factory, "127.0.0.1", port)
    await asyncio.wait_for(factory.over, PATIENCE_S)
    return factory.seen


async def main():
    cases = json.load(sys.stdin)
    print(json.dumps([await run(int(sys.argv[1]), case) for case in cases]))


asyncio.run(main())
