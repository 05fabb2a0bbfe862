// SPDX-License-Identifier: AGPL-3.0-or-later
// A full, a read-only and a dying disk: nothing is acknowledged that is not kept, what can be read is served, readiness says so, and
// when the disk is back the server goes on by itself. And memory that is missing: the server lives or dies, its data are sound.
//
// LATHE_MEMORY_FAULTS (1) says how many allocations fail, one for each server.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { type Api, expectStatus, type Json, type Reply } from '../lib/api.ts';
import { type DiskFault, IoFault } from '../lib/io_fault/io_fault.ts';
import { engines, Lathe, serveIsMissing } from '../lib/lathe.ts';
import { newPerson, specDraft } from '../lib/people.ts';
import { appendUpload, createUpload, uploadIdOf, uploadOffset } from '../lib/sale.ts';
import { expectSound } from '../lib/shop.ts';
import { eventually } from '../lib/wait.ts';
import { noteFigures } from './figures.ts';

const FAULTS: DiskFault[] = [
  { calls: 'write', errno: 'ENOSPC' },
  { calls: 'sync', errno: 'EIO' },
  { calls: 'all', errno: 'EROFS' },
];
const MEMORY_FAULTS = Number(process.env['LATHE_MEMORY_FAULTS'] ?? 1);
const PART = 4_096;

const readiness = async (lathe: Lathe): Promise<number> => {
  const reply = await fetch(`${lathe.origin}/readyz`);
  await reply.arrayBuffer();
  return reply.status;
};

/** Drafts and parts of an upload, and which of them were acknowledged. */
class Writer {
  readonly api: Api;
  readonly upload: string;
  readonly acknowledged = new Map<string, Json>();
  offset = 0;
  refused = 0;

  constructor(api: Api, upload: string) {
    [this.api, this.upload] = [api, upload];
  }

  static async begin(api: Api): Promise<Writer> {
    return new Writer(api, uploadIdOf(expectStatusOnly(await createUpload(api, 'master', 1 << 20), 201)));
  }

  async draft(): Promise<Reply> {
    const key = randomUUID();
    const reply = await this.api.post('/specs', specDraft({ title: key }), { key });
    if (reply.status === 201) this.acknowledged.set(key, reply.body);
    else this.refused += 1;
    return reply;
  }

  async part(): Promise<Reply> {
    const reply = await appendUpload(this.api, this.upload, this.offset, Buffer.alloc(PART, this.offset / PART));
    if (reply.status === 204) this.offset += PART;
    else this.refused += 1;
    return reply;
  }

  async check(api: Api): Promise<void> {
    for (const [title, spec] of this.acknowledged) assert.equal(expectStatus(await api.get(`/specs/${spec.id}`), 200).title, title);
    assert.ok((await uploadOffset(api, this.upload)) >= this.offset, 'a part that was acknowledged is gone');
  }
}

function expectStatusOnly(reply: Reply, status: number): Reply {
  assert.equal(reply.status, status, reply.text);
  return reply;
}

describe('a disk that fails', { skip: serveIsMissing(), concurrency: 1 }, () => {
  for (const engine of engines) {
    test(`${engine}: full, dying, read-only`, { timeout: 240_000 }, async (t) => {
      const lathe = await Lathe.create({ engine, name: 'disk', settings: { LATHE_JOBS_POLL: '50ms' } });
      const disk = new IoFault(lathe.data);
      t.after(async () => {
        await disk.end();
        await lathe.dispose();
      });
      await lathe.start(disk.settings());
      const person = await newPerson(lathe.api, 'producer');
      const writer = await Writer.begin(person.api);
      for (const fault of FAULTS) {
        const name = `${fault.calls} ${fault.errno}`;
        expectStatusOnly(await writer.draft(), 201);
        expectStatusOnly(await writer.part(), 204);
        const { size } = writer.acknowledged;
        await disk.begin(fault);
        for (let i = 0; i < 5; i++) {
          assert.ok([503, 507].includes((await writer.part()).status), `${name}: a part was not refused`);
          if (engine === 'sqlite') assert.ok([503, 507].includes((await writer.draft()).status), `${name}: a draft was not refused`);
        }
        if (engine === 'sqlite') assert.equal(writer.acknowledged.size, size);
        expectStatusOnly(await lathe.api.get('/specs'), 200);
        await eventually(`${name}: not ready`, async () => (await readiness(lathe)) === 503);
        await disk.end();
        await eventually(`${name}: ready again`, async () => (await readiness(lathe)) === 200);
        await writer.check(person.api);
      }
      await lathe.kill(); // what the kernel held back is not asked for
      await lathe.start();
      await writer.check(lathe.api.as(person.tokens.access_token));
      await expectSound(lathe);
      const figures = `${FAULTS.length} faults, ${writer.refused} writes refused, none acknowledged, ${writer.acknowledged.size} drafts and ${writer.offset / PART} parts kept`;
      t.diagnostic(figures);
      noteFigures(`disk, ${engine}`, figures);
    });

    test(`${engine}: ${MEMORY_FAULTS} allocations fail`, { timeout: 120_000 + MEMORY_FAULTS * 20_000 }, async (t) => {
      const lathe = await Lathe.create({ engine, name: 'memory' });
      const memory = new IoFault(lathe.data);
      t.after(async () => {
        await memory.end();
        await lathe.dispose();
      });
      await lathe.start();
      const person = await newPerson(lathe.api, 'producer');
      let deaths = 0;
      for (let i = 0; i < MEMORY_FAULTS; i++) {
        await lathe.kill();
        await lathe.start(memory.settings(1 + i * 7 + Math.floor(Math.random() * 7)));
        const writer = await Writer.begin(lathe.api.as(person.tokens.access_token));
        await memory.begin();
        for (let round = 0; round < 8 && lathe.exit === undefined; round++) {
          await writer.draft().catch(() => undefined); // it died
          await writer.part().catch(() => undefined);
        }
        deaths += lathe.exit === undefined ? 0 : 1;
        await memory.end();
        await lathe.kill();
        await lathe.start();
        await writer.check(lathe.api.as(person.tokens.access_token));
        await expectSound(lathe);
      }
      const figures = `${MEMORY_FAULTS} allocations failed, ${deaths} times the server died of it; all that was acknowledged was there`;
      t.diagnostic(figures);
      noteFigures(`memory, ${engine}`, figures);
    });
  }
});
