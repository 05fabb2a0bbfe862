// SPDX-License-Identifier: AGPL-3.0-or-later
// The demo shop: what somebody who tries Lathe for the first time finds in it, its auction among it. Its music takes a minute of
// processing: run by `tools/nightly demo`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectStatus, type Json } from '../../lib/api.ts';
import { expectLogFits } from '../../lib/auctions.ts';
import { Lathe } from '../../lib/lathe.ts';
import { expectSound } from '../../lib/shop.ts';
import { eventually } from '../../lib/wait.ts';

const skip = process.env['LATHE_TEST_DEMO'] === undefined && 'takes a minute: tools/nightly demo';

test('the demo shop has music, goods, and an auction with bids and talk', { skip }, async () => {
  const lathe = await Lathe.create();
  try {
    // A port of its own choice: nothing else listens there.
    const made = await lathe.run(['demo', '--if-empty'], { LATHE_LISTEN: '127.0.0.1:0', LATHE_PUBLIC_URL: 'http://127.0.0.1:8080' });
    assert.equal(made.code, 0, made.output);
    const passwords = [...made.output.matchAll(/^ {2}(\w+) +(\S+) +\(\w+\)$/gm)].map((row) => [row[1], row[2]] as const);
    assert.deepEqual(passwords.map(([name]) => name), ['nadia', 'okoro', 'hollis', 'lena']);
    const again = await lathe.run(['demo', '--if-empty'], { LATHE_LISTEN: '127.0.0.1:0', LATHE_PUBLIC_URL: 'http://127.0.0.1:8080' });
    assert.deepEqual([again.code, /Night Drive/.test(again.output)], [0, false]);
    await lathe.start();

    const list = async (path: string): Promise<Json[]> => expectStatus(await lathe.api.get(path), 200).items;
    assert.equal((await list('/specs?limit=100')).length, 12);
    const products = await list('/products?limit=100');
    assert.equal(products.length, 6);
    assert.ok(products.every((product) => product.cover_url !== null), 'each has its picture');
    const [lot, ...others] = await list('/auctions');
    assert.deepEqual([lot?.status, lot?.bid_count, lot?.bidder_count, lot?.reserve_met, others.length], ['live', 4, 2, true, 0]);
    assert.ok(products.some((product) => product.id === lot?.item_id));
    assert.ok(Date.parse(lot?.ends_at) - Date.parse(lot?.server_time) > 6 * 86_400_000, 'it goes on for days');
    await expectLogFits(lathe, lot?.id);

    const room = expectStatus(await lathe.api.get(`/chat/auctions/${lot?.id}`), 200);
    assert.equal(room.title, lot?.title);
    const messages = expectStatus(await lathe.api.get(`/chat/rooms/${room.id}/messages`), 200).items;
    assert.equal(messages.length, 3);
    assert.ok(messages.some((message: Json) => message.author_role === 'owner'), 'the seller answers');

    const [login, password] = passwords.at(-1) ?? assert.fail('nobody may log in');
    const { access_token } = expectStatus(await lathe.api.post('/auth/login', { login, password }), 200);
    const lena = lathe.api.as(access_token);
    assert.equal(expectStatus(await lena.get(`/auctions/${lot?.id}`), 200).my.is_leading, true);
    await eventually('she is told that she was outbid', async () =>
      expectStatus(await lena.get('/me/notifications'), 200).items.some((one: Json) => one.kind === 'outbid'));
    await expectSound(lathe);
  } finally {
    await lathe.dispose();
  }
});
