// SPDX-License-Identifier: AGPL-3.0-or-later
// The program offers the source that it was built from (AGPL section 13).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { serveIsMissing, useLathe } from '../../lib/lathe.ts';
import { root } from '../../lib/paths.ts';

describe('the source', { skip: serveIsMissing() }, () => {
  const lathe = useLathe();

  test('is there as one archive, as it was built', async (t) => {
    const page = await (await fetch(lathe().origin)).text();
    if (page.includes('was built without its web page')) return t.skip('the page is not built');
    const reply = await fetch(`${lathe().origin}/source.tar.gz`);
    assert.equal(reply.status, 200);
    assert.equal(reply.headers.get('content-type'), 'application/gzip');
    assert.equal(reply.headers.get('content-encoding'), null);
    const archive = new Uint8Array(await reply.arrayBuffer());
    const names = execFileSync('tar', ['-tzf', '-'], { input: archive, encoding: 'utf8' }).split('\n');
    for (const name of ['LICENSE', 'Makefile', 'src/app/main.c', 'web/src/main.ts', 'tools/pack-source']) assert.ok(names.includes(`lathe/${name}`), name);
    assert.deepEqual(names.filter((name) => /^lathe\/(build|var)\/|node_modules|\.env$/.test(name) && name !== 'lathe/conf/lathe.env'), []);
    const license = execFileSync('tar', ['-xzOf', '-', 'lathe/LICENSE'], { input: archive });
    assert.ok(license.equals(readFileSync(join(root, 'LICENSE'))));
  });
});
