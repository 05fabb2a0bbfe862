// SPDX-License-Identifier: AGPL-3.0-or-later
// The same bytes to Lathe and to servers that stand in front of it or beside it: where Lathe and another one both go on, they found
// the same number of requests. A message that is read in two ways must end at Lathe, or a request can be smuggled past a proxy.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { serveIsMissing, useLathe } from '../lib/lathe.ts';
import { logs, temporaryFolder } from '../lib/paths.ts';
import { inLanes } from '../lib/wait.ts';
import { type Peer, type Reading, read, shown, startHaproxy, startNginx, startNode } from './servers.ts';
import { type Probe, probes } from './probes.ts';

/** Read in two ways, and yet no way past a proxy; each with why. */
const JUDGED: Record<string, string> = {
  'an upgrade that is not taken, with a body': 'Node reads nothing behind a request to upgrade, so that nothing can be hidden there; the length counts for everybody else',
};

type Row = { probe: Probe; lathe: Reading; others: { name: string; reading: Reading }[] };

describe('readings of the same bytes', { skip: serveIsMissing() }, () => {
  const lathe = useLathe({ settings: { LATHE_ACCESS_LOG: 'off' } });
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let peers: Peer[] = [];
  let rows: Row[] = [];

  before(async () => {
    folder = await temporaryFolder('peers');
    const node = await startNode();
    const nginx = await startNginx(folder.path);
    const haproxy = await startHaproxy(folder.path, (nginx ?? node).port);
    peers = [node, nginx, haproxy].filter((peer) => peer !== undefined);
    rows = await inLanes(8, probes, async (probe) => ({
      probe,
      lathe: await read(lathe().port, probe.bytes),
      others: await Promise.all(peers.map(async ({ name, port }) => ({ name, reading: await read(port, probe.bytes) }))),
    }));
    const line = ({ probe, lathe: own, others }: Row): string => `| ${probe.name} | ${[own, ...others.map((other) => other.reading)].map(shown).join(' | ')} |`;
    const head = ['Lathe', ...peers.map((peer) => `${peer.name} ${peer.version}`)];
    writeFileSync(join(logs, 'http-readings.md'), [`| Bytes | ${head.join(' | ')} |`, `|---|${head.map(() => '---|').join('')}`, ...rows.map(line), ''].join('\n'));
  });
  after(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    await folder.remove();
  });

  test('requests that are agreed on are understood by all', () => {
    for (const name of ['a request', 'two in one write', 'a body by its length', 'a body in chunks', 'a body in chunks, with a trailer']) {
      const row = rows.find(({ probe }) => probe.name === name);
      const expected = name === 'two in one write' ? 3 : 2;
      for (const reading of [row?.lathe, ...(row?.others ?? []).map((other) => other.reading)]) assert.deepEqual(reading, { understood: expected, refused: false }, name);
    }
  });

  test('nothing is read in two ways', (t) => {
    t.diagnostic(`${probes.length} probes; beside Lathe: ${peers.map((peer) => `${peer.name} ${peer.version}`).join(', ')}`);
    const differs = ({ lathe: own, others }: Row): string[] => others.filter(({ reading }) => !own.refused && !reading.refused && own.understood !== reading.understood).map(({ name, reading }) => `${name} ${shown(reading)}`);
    const found = rows.filter((row) => differs(row).length > 0 && !(row.probe.name in JUDGED)).map((row) => `${row.probe.name}: Lathe ${shown(row.lathe)}; ${differs(row).join('; ')}`);
    assert.deepEqual(found, []);
  });

  test('Lathe is nowhere the only one to go on', () => {
    const alone = rows.filter(({ lathe: own, others }) => !own.refused && others.every(({ reading }) => reading.refused)).map(({ probe }) => probe.name);
    assert.deepEqual(alone, []);
  });
});
