// SPDX-License-Identifier: AGPL-3.0-or-later
// What people show of themselves, to everybody and to themselves (USER-01 to USER-05, X-07).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectProblem, expectStatus, expectViolations, type Json } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { expectNothingLeft } from '../../lib/leftovers.ts';
import { makePng, upload } from '../../lib/media.ts';
import { newPerson, type Person } from '../../lib/people.ts';
import { eventually } from '../../lib/wait.ts';

const SHOWN_TO_ALL = ['avatar_url', 'bio', 'created_at', 'display_name', 'id', 'instagram', 'soundcloud', 'spotify', 'twitter', 'username', 'website', 'youtube'];

eachEngine('profiles', (engine) => {
  const lathe = useLathe({ engine });
  const own = async (person: Person): Promise<Json> => expectStatus(await person.api.get('/me/profile'), 200);

  test('a new account has a profile, and nothing in it is filled', async () => {
    const person = await newPerson(lathe().api);
    const profile = await own(person);
    assert.equal(profile.id, person.id);
    assert.equal(profile.username, person.username);
    assert.equal(profile.email, person.email);
    for (const name of ['bio', 'first_name', 'last_name', 'phone', 'website']) assert.equal(profile[name], '', name);
    assert.equal(profile.avatar_url, null);
    assert.equal(profile.completion, 0);
    expectProblem(await lathe().api.get('/me/profile'), 401, 'common.login_needed');
  });

  test('an edit changes what it names and shows at once', async () => {
    const person = await newPerson(lathe().api);
    const filled = { bio: 'Drums,\nmostly.', first_name: 'Zoë', last_name: 'Quill', phone: '+49 30 1234', website: 'https://zoe.example.org' };
    const changed = expectStatus(await person.api.patch('/me', filled), 200);
    for (const [name, value] of Object.entries(filled)) assert.equal(changed[name], value, name);
    assert.ok(changed.completion > 0);
    const renamed = expectStatus(await person.api.patch('/me', { display_name: 'Zoë Q', website: '' }), 200);
    assert.equal(renamed.display_name, 'Zoë Q');
    assert.equal(renamed.website, '');
    assert.equal(renamed.bio, filled.bio);
    assert.deepEqual(await own(person), renamed);
  });

  test('everybody reads the public part, by id and by name, and no more', async () => {
    const person = await newPerson(lathe().api);
    expectStatus(await person.api.patch('/me', { bio: 'Hello', first_name: 'Secret', phone: '030 1' }), 200);
    for (const key of [person.id, person.username, person.username.toUpperCase()]) {
      const view = expectStatus(await lathe().api.get(`/users/${key}`), 200);
      assert.deepEqual(Object.keys(view).sort(), SHOWN_TO_ALL);
      assert.equal(view.bio, 'Hello');
    }
    for (const key of ['nobody-of-this-name', '01890000-0000-7000-8000-000000000000', person.email]) {
      expectProblem(await lathe().api.get(`/users/${key}`), 404, 'common.not_found');
    }
  });

  test('what was read and has not changed is not sent again', async () => {
    const person = await newPerson(lathe().api);
    const etag = (await lathe().api.get(`/users/${person.username}`)).headers.get('etag') ?? '';
    assert.equal((await lathe().api.get(`/users/${person.username}`, { headers: { 'if-none-match': etag } })).status, 304);
    expectStatus(await person.api.patch('/me', { bio: 'New' }), 200);
    assert.equal((await lathe().api.get(`/users/${person.username}`, { headers: { 'if-none-match': etag } })).status, 200);
  });

  test('an edit of a version that is gone is refused', async () => {
    const person = await newPerson(lathe().api);
    const etag = (await person.api.get('/me/profile')).headers.get('etag') ?? '';
    expectStatus(await person.api.patch('/me', { bio: 'First' }, { headers: { 'if-match': etag } }), 200);
    expectProblem(await person.api.patch('/me', { bio: 'Second' }, { headers: { 'if-match': etag } }), 412, 'common.precondition_failed');
    assert.equal((await own(person)).bio, 'First');
  });

  test('every mistake of an edit is named, and none of it is kept', async () => {
    const person = await newPerson(lathe().api);
    const body = { bio: 'x'.repeat(501), phone: 'call me', website: 'javascript:alert(1)', store_currency: 'EURO', display_name: '', admin: true };
    await expectNothingLeft(lathe(), async () =>
      expectViolations(await person.api.patch('/me', body), 'common.invalid', [
        '/admin unknown',
        '/bio max_length',
        '/display_name min_length',
        '/phone phone',
        '/store_currency max_length',
        '/website link',
      ]),
    );
    assert.equal((await own(person)).bio, '');
  });

  test('an avatar is shown in its sizes, replaced, and taken away', async () => {
    const person = await newPerson(lathe().api);
    const put = async (side: number): Promise<string> => {
      const id = await upload(person.api, 'avatar', makePng(side), 'me.png');
      const { avatar_url } = expectStatus(await person.api.put('/me/avatar', { upload_id: id }), 202);
      assert.equal(typeof avatar_url, 'string');
      await eventually('the avatar is made', async () => (await lathe().api.root('GET', new URL(avatar_url, lathe().origin).pathname)).status === 200, {
        within_ms: 60_000,
      });
      return avatar_url;
    };
    const first = await put(300);
    assert.equal(expectStatus(await lathe().api.get(`/users/${person.id}`), 200).avatar_url, first);
    const second = await put(200);
    assert.notEqual(second, first);
    expectStatus(await person.api.delete('/me/avatar'), 204);
    assert.equal((await own(person)).avatar_url, null);
    assert.equal(expectStatus(await lathe().api.get(`/users/${person.id}`), 200).avatar_url, null);
    expectStatus(await person.api.delete('/me/avatar'), 204);
  });

  test('only an upload of one’s own, made for it, becomes an avatar', async () => {
    const person = await newPerson(lathe().api);
    const other = await newPerson(lathe().api);
    const theirs = await upload(other.api, 'avatar', makePng(64), 'me.png');
    const master = await upload((await newPerson(lathe().api, 'producer')).api, 'master', makePng(64), 'me.png');
    await expectNothingLeft(lathe(), async () => {
      for (const id of [theirs, master, '01890000-0000-7000-8000-000000000000']) {
        expectProblem(await person.api.put('/me/avatar', { upload_id: id }), 404, 'common.not_found');
      }
    });
    assert.equal((await own(person)).avatar_url, null);
  });
});
