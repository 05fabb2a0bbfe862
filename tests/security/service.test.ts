// SPDX-License-Identifier: AGPL-3.0-or-later
// The service as it is shipped: what systemd thinks of deploy/lathe.service, and whether the program and its media program do their
// work under the filter of system calls, without a capability and without a right to new ones.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { expectStatus } from '../lib/api.ts';
import { Lathe, serveIsMissing } from '../lib/lathe.ts';
import { binary, builtBeside, root, temporaryFolder } from '../lib/paths.ts';
import { licensesOf } from '../lib/sale.ts';
import { buy, itemOf, license, newBuyer, newSeller, publishSpec } from '../lib/shop.ts';

const PROGRAM = '/usr/bin/systemd-analyze';
const isMissing = existsSync(PROGRAM) ? false : "systemd-analyze is not installed; 'tools/bootstrap test' installs it";
/** Tenths of systemd's measure, which goes to 10; what is left is the network, and the files of the machine to read. */
const EXPOSURE = 15;

const unit = (): string => readFileSync(join(root, 'deploy/lathe.service'), 'utf8');

function valuesOf(directive: string): string[] {
  return unit().split('\n').filter((line) => line.startsWith(`${directive}=`)).map((line) => line.slice(directive.length + 1));
}

/** The system calls that the unit allows, by systemd's own groups. */
function allowedCalls(): string[] {
  const groups = new Map<string, string[]>();
  let members: string[] = [];
  for (const line of execFileSync(PROGRAM, ['syscall-filter', '--no-pager'], { encoding: 'utf8' }).split('\n')) {
    const word = line.replace(/#.*/, '').trim();
    if (/^@/.test(line)) groups.set(word, (members = []));
    else if (word !== '') members.push(word);
  }
  const expand = (word: string): string[] => (word.startsWith('@') ? (groups.get(word) ?? assert.fail(`no group ${word}`)).flatMap(expand) : [word]);
  const calls = new Set<string>();
  for (const value of valuesOf('SystemCallFilter')) {
    const words = value.replace(/^~/, '').split(' ').flatMap(expand);
    for (const word of words) if (value.startsWith('~')) calls.delete(word);
    else calls.add(word);
  }
  return [...calls];
}

describe('the service that is shipped', { skip: serveIsMissing() || isMissing }, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  before(async () => {
    folder = await temporaryFolder('service');
  });
  after(() => folder.remove());

  const analyze = (args: string[]): { status: number | null; said: string } => {
    const file = join(folder.path, 'lathe.service');
    writeFileSync(file, unit().replace('/usr/local/lib/lathe/lathe', binary));
    const { status, stdout, stderr } = spawnSync(PROGRAM, [...args, file], { encoding: 'utf8' });
    return { status, said: stdout + stderr };
  };

  test('is a unit that systemd understands, and that gives away little', () => {
    const verified = analyze(['verify', '--man=no']);
    assert.deepEqual([verified.status, verified.said], [0, '']);
    const judged = analyze(['security', '--offline=true', `--threshold=${EXPOSURE}`, '--no-pager']);
    assert.equal(judged.status, 0, judged.said);
    assert.equal(analyze(['security', '--offline=true', '--threshold=1', '--no-pager']).status, 1, 'the measure can fail');
  });

  test('sells a recording, confined as the unit says', async () => {
    const calls = join(folder.path, 'calls');
    const allowed = allowedCalls();
    assert.ok(allowed.length > 200 && !allowed.includes('mount') && !allowed.includes('capset'), `${allowed.length} calls`);
    writeFileSync(calls, `${allowed.join('\n')}\n`);
    assert.deepEqual(valuesOf('RestrictAddressFamilies'), ['AF_UNIX AF_INET AF_INET6'], 'as tests/security/service/confined.c has it');
    const lathe = await Lathe.start({ under: [builtBeside('tests/security/service/confined'), calls] });
    try {
      const status = readFileSync(`/proc/${lathe.pid}/status`, 'utf8');
      for (const line of [/^NoNewPrivs:\s1$/m, /^Seccomp:\s2$/m, /^CapEff:\s0+$/m, /^CapPrm:\s0+$/m, /^CapBnd:\s0+$/m]) {
        if (process.getuid?.() === 0 || !line.source.includes('Cap')) assert.match(status, line);
      }
      const spec = await publishSpec(await newSeller(lathe), { licenses: [license('basic', 2000)] });
      const buyer = await newBuyer(lathe);
      const order = await buy(buyer, [itemOf(spec, 'basic')]);
      const [bought] = await licensesOf(buyer.api, order.id);
      const { files } = expectStatus(await buyer.api.get(`/licenses/${bought.id}/downloads`), 200);
      assert.equal((await fetch(new URL(files[0].url, lathe.origin))).status, 200);
      assert.equal((await buyer.api.get(`/licenses/${bought.id}/contract`)).status, 200);
      assert.doesNotMatch(lathe.output, /Operation not permitted/);
    } finally {
      await lathe.dispose();
    }
  });
});
