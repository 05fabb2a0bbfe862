// SPDX-License-Identifier: AGPL-3.0-or-later
// Which passwords are refused wherever somebody sets one: what is made of the shop's own name, what a list of stolen ones holds.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { expectStatus, expectViolations } from '../../lib/api.ts';
import { Lathe, serveIsMissing, useLathe } from '../../lib/lathe.ts';
import { temporaryFolder } from '../../lib/paths.ts';
import { newPerson } from '../../lib/people.ts';

describe('passwords of the place', { skip: serveIsMissing() }, () => {
  const lathe = useLathe({ settings: { LATHE_BCRYPT_COST: '4', LATHE_SHOP_NAME: 'Tidal Kitchen', LATHE_PUBLIC_URL: 'http://beats.voss-okoro.example:8080' } });
  const register = (password: string) =>
    lathe().api.post('/auth/register', { email: 'guest@example.org', username: 'guest', password });

  test('are refused at registration and at a change', async () => {
    for (const weak of ['TidalKitchen', 'kitchen2026!', '1tidal99', 'OkoroOkoro', 'voss-2026', 'musicTidal7']) {
      expectViolations(await register(weak), 'identity.weak_password', ['/password password']);
    }
    const person = await newPerson(lathe().api);
    const change = await person.api.post('/auth/change-password', { old_password: person.password, new_password: 'T1d4lKitchen!' });
    expectViolations(change, 'identity.weak_password', ['/new_password password']);
    assert.match(change.body.detail, /name of this shop/);
    expectStatus(await register('a kitchen by the tidal river'), 201);
  });
});

describe('passwords that were stolen elsewhere', { skip: serveIsMissing() }, () => {
  const stolen = Array.from({ length: 3000 }, (_, i) => `stolen elsewhere ${i}`);
  const listOf = (passwords: string[]) =>
    passwords.map((each) => createHash('sha1').update(each).digest('hex').toUpperCase()).map((hash, i) => `${hash}:${1 + i * i}`).sort();
  let folder: { path: string; remove: () => Promise<void> };
  let list: string;
  before(async () => {
    folder = await temporaryFolder('breached');
    list = join(folder.path, 'pwned.txt');
    await writeFile(list, `${listOf(stolen).join('\r\n')}\r\n`);
  });
  after(() => folder.remove());
  const lathe = useLathe(() => ({ settings: { LATHE_BCRYPT_COST: '4', LATHE_BREACHED_PASSWORDS: list } }));

  test('are refused, and others are not', async () => {
    const person = await newPerson(lathe().api);
    const change = (new_password: string) => person.api.post('/auth/change-password', { old_password: person.password, new_password });
    for (const password of [stolen[0], stolen[1234], stolen.at(-1)] as string[]) {
      const reply = await change(password);
      expectViolations(reply, 'identity.weak_password', ['/new_password password']);
      assert.match(reply.body.detail, /stolen/);
    }
    const reset = { email: person.email, code: '000000', password: stolen[7] };
    expectViolations(await lathe().api.post('/auth/reset-password', reset), 'identity.weak_password', ['/password password']);
    expectStatus(await change('stolen elsewhere 3000'), 204);
  });

  test('a list that is none, or in no order, stops the start', async () => {
    const wrong: [text: string, says: RegExp][] = [
      ['password\n', /pwned\.txt.*no line of a SHA-1/],
      [`${listOf(stolen).reverse().join('\n')}\n`, /pwned\.txt.*order/],
      ['', /pwned\.txt.*empty/],
    ];
    const other = await Lathe.create();
    const path = join(folder.path, 'other-pwned.txt');
    try {
      await assert.rejects(other.start({ LATHE_BREACHED_PASSWORDS: join(folder.path, 'no-pwned.txt') }), /no-pwned\.txt cannot be read/);
      for (const [text, says] of wrong) {
        await writeFile(path, text);
        await assert.rejects(other.start({ LATHE_BREACHED_PASSWORDS: path }), says);
      }
    } finally {
      await other.dispose();
    }
  });
});
