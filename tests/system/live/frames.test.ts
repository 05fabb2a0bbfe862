// SPDX-License-Identifier: AGPL-3.0-or-later
// RFC 6455 by raw frames, sent by another implementation that breaks each rule on purpose (Debian's python3-autobahn).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { serveIsMissing, useLathe } from '../../lib/lathe.ts';
import { testFile } from '../../lib/paths.ts';

type Step = { opcode?: number; payload?: string; fin?: boolean; rsv?: number; chop?: number } | { raw: string };
type Seen = { name: string; texts: string[]; pongs: string[]; code: number };
type Case = { name: string; send: Step[]; texts?: number; pongs?: string[]; code?: number };

const OPEN = 1006; // the driver went, the server had nothing to say against it
const hex = (text: string): string => Buffer.from(text).toString('hex');
const ping = hex('{"type":"ping"}');
const half = (part: 0 | 1): string => (part === 0 ? ping.slice(0, 10) : ping.slice(10));

const cases: Case[] = [
  { name: 'a text', send: [{ payload: ping }], texts: 1 },
  { name: 'a text in three parts', send: [{ payload: half(0), fin: false }, { opcode: 0, fin: false }, { opcode: 0, payload: half(1) }], texts: 1 },
  { name: 'a text byte at a time', send: [{ payload: ping, chop: 1 }], texts: 1 },
  { name: 'a ping', send: [{ opcode: 9, payload: hex('hi') }], pongs: [hex('hi')] },
  { name: 'a ping of 125 bytes', send: [{ opcode: 9, payload: 'ab'.repeat(125) }], pongs: ['ab'.repeat(125)] },
  { name: 'a ping between the parts of a text', send: [{ payload: half(0), fin: false }, { opcode: 9, payload: '01' }, { opcode: 0, payload: half(1) }], texts: 1, pongs: ['01'] },
  { name: 'a pong that nobody asked for', send: [{ opcode: 10, payload: 'ff' }, { payload: ping }], texts: 1 },
  { name: 'an empty text', send: [{ payload: '' }], texts: 1 },
  { name: 'text beyond ASCII', send: [{ payload: hex('{"type":"ü🎵"}') }], texts: 1 },
  { name: 'a character over two frames', send: [{ payload: hex('{"type":"🎵"}').slice(0, 24), fin: false }, { opcode: 0, payload: hex('{"type":"🎵"}').slice(24) }], texts: 1 },
  ...[1, 2, 4, 7].map((rsv) => ({ name: `reserved bits ${rsv}`, send: [{ payload: ping, rsv }], code: 1002 })),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => ({ name: `opcode ${opcode}`, send: [{ opcode }], code: 1002 })),
  { name: 'a ping in parts', send: [{ opcode: 9, fin: false }, { opcode: 0 }], code: 1002 },
  { name: 'a close in parts', send: [{ opcode: 8, fin: false }], code: 1002 },
  { name: 'a ping of 126 bytes', send: [{ opcode: 9, payload: 'ab'.repeat(126) }], code: 1002 },
  { name: 'a continuation of nothing', send: [{ opcode: 0, payload: ping }], code: 1002 },
  { name: 'a text within a text', send: [{ payload: half(0), fin: false }, { payload: ping }], code: 1002 },
  { name: 'a frame without a mask', send: [{ raw: `81${(ping.length / 2).toString(16).padStart(2, '0')}${ping}` }], code: 1002 },
  { name: 'a length written the long way', send: [{ raw: '81fe000500000000' + '00'.repeat(5) }], code: 1002 },
  { name: 'bytes that are not UTF-8', send: [{ payload: 'ff' }], code: 1007 },
  { name: 'a character cut off', send: [{ payload: 'c3' }], code: 1007 },
  { name: 'a surrogate', send: [{ payload: 'eda080' }], code: 1007 },
  { name: 'bytes that are not UTF-8 over two frames', send: [{ payload: 'f09f', fin: false }, { opcode: 0, payload: '20' }], code: 1007 },
  { name: 'binary', send: [{ opcode: 2, payload: '00' }], code: 1003 },
  { name: 'a message beyond the limit', send: [{ payload: '20'.repeat(64 * 1024 + 1) }], code: 1009 },
  { name: 'parts beyond the limit', send: [{ payload: '20'.repeat(40_000), fin: false }, { opcode: 0, payload: '20'.repeat(40_000) }], code: 1009 },
  { name: '100 MB announced', send: [{ raw: '81ff0000000005f5e10000000000' }], code: 1009 },
  { name: 'close 1000', send: [{ opcode: 8, payload: '03e8' }], code: 1000 },
  { name: 'close with a reason', send: [{ opcode: 8, payload: `03e8${hex('bye')}` }], code: 1000 },
  { name: 'close of our own', send: [{ opcode: 8, payload: '0fa0' }], code: 4000 },
  { name: 'close without a code', send: [{ opcode: 8 }], code: 1005 },
  { name: 'close with half a code', send: [{ opcode: 8, payload: '03' }], code: 1002 },
  ...['0000', '03e7', '03ec', '03ed', '03ee', '03f7', '07d0', '1388'].map((code) => ({ name: `close ${parseInt(code, 16)}`, send: [{ opcode: 8, payload: code }], code: 1002 })),
  { name: 'close with a reason that is not UTF-8', send: [{ opcode: 8, payload: '03e8ff' }], code: 1007 },
  { name: 'a text after the close', send: [{ opcode: 8, payload: '03e8' }, { payload: ping }], code: 1000, texts: 0 },
];

async function play(port: number): Promise<Seen[]> {
  const child = promisify(execFile)('/usr/bin/python3', [testFile('lib/websocket_frames.py'), String(port)], { maxBuffer: 16 << 20 });
  child.child.stdin?.end(JSON.stringify(cases.map(({ name, send }) => ({ name, send }))));
  return JSON.parse((await child).stdout);
}

const isMissing = existsSync('/usr/lib/python3/dist-packages/autobahn') ? serveIsMissing() : 'python3-autobahn is not installed';

describe('frames', { skip: isMissing }, () => {
  const lathe = useLathe({ settings: { LATHE_LIVE_COMPRESS: 'off' } });

  test(`${cases.length} ways to send frames have the answer that RFC 6455 says`, async () => {
    const seen = await play(lathe().port);
    const judged = seen.map(({ name, texts, pongs, code }) => ({ name, texts: texts.length, pongs, code }));
    const wanted = cases.map((row) => ({ name: row.name, texts: row.texts ?? 0, pongs: row.pongs ?? [], code: row.code ?? OPEN }));
    assert.deepEqual(judged, wanted);
  });
});
