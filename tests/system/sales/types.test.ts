// SPDX-License-Identifier: AGPL-3.0-or-later
// Every type of licence is offered, bought and delivered with its own files and terms.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, test } from 'node:test';
import { expectStatus, type Json } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { makeWav, makeZip } from '../../lib/media.ts';
import { type Person, specDraft } from '../../lib/people.ts';
import { buy, expectSound, newBuyer, newSeller, shopSettings, upload } from '../../lib/shop.ts';
import { eventually } from '../../lib/wait.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
/** Cheapest first; the exclusive one closes the rest. */
const types = ['basic', 'premium', 'trackout', 'unlimited', 'exclusive'];
const files: Record<string, string[]> = {
  basic: ['mp3'],
  premium: ['mp3', 'wav'],
  trackout: ['mp3', 'stems', 'wav'],
  unlimited: ['mp3', 'stems', 'wav'],
  exclusive: ['mp3', 'stems', 'wav'],
};

eachEngine('types of licences', (engine) => {
  const lathe = useLathe({ engine, settings: shopSettings });
  const master = makeWav(3, 5);
  const stems = makeZip([{ name: 'drums.wav', data: makeWav(3, 6) }, { name: 'bass.wav', data: makeWav(3, 7) }]);
  let buyer: Person;
  let spec: Json;
  const bought = new Map<string, Json>();

  before(async () => {
    const seller = await newSeller(lathe());
    buyer = await newBuyer(lathe());
    const licenses = types.map((type, index) => ({ type, name: `${type} licence`, price: 1000 * (index + 1), features: [], file_types: [] }));
    const { id } = expectStatus(await seller.api.post('/specs', specDraft({ licenses })), 201);
    for (const [slot, bytes] of [['master', master], ['stems', stems]] as const) {
      const upload_id = await upload(seller.api, slot, slot === 'master' ? 'master.wav' : 'stems.zip', bytes);
      expectStatus(await seller.api.put(`/specs/${id}/assets/${slot}`, { upload_id }), 202);
    }
    await eventually(
      'all is processed',
      async () => expectStatus(await seller.api.get(`/specs/${id}/processing`), 200).assets.every((asset: Json) => asset.status === 'ready'),
      { within_ms: 120_000, every_ms: 100 },
    );
    spec = expectStatus(await seller.api.post(`/specs/${id}/publish`), 200);
  });

  test('each is offered with the terms and files of its type', () => {
    assert.deepEqual(spec.licenses.map((license: Json) => license.type), types);
    const limits = spec.licenses.map((license: Json) => license.terms.max_streams);
    for (let i = 1; i < limits.length; i++) {
      assert.ok(!limits[i] || (limits[i - 1] && limits[i] >= limits[i - 1]), `a dearer type allows no less: ${JSON.stringify(limits)}`);
    }
    assert.deepEqual(spec.licenses.map((license: Json) => license.terms.is_exclusive), [false, false, false, false, true]);
  });

  for (const type of types) {
    test(`${type} is bought and delivered with ${files[type]!.join(', ')}`, async () => {
      const option = spec.licenses.find((license: Json) => license.type === type);
      const order = await buy(buyer, [{ spec_id: spec.id, license_option_id: option.id }]);
      const license = expectStatus(await buyer.api.get(`/licenses/${order.items[0].license_id}`), 200);
      bought.set(type, license);
      assert.equal(license.type, type);
      assert.deepEqual(license.terms, option.terms);
      const downloads = expectStatus(await buyer.api.get(`/licenses/${license.id}/downloads`), 200);
      assert.deepEqual(downloads.files.map((file: Json) => file.kind).sort(), files[type]);
      for (const file of downloads.files) {
        const bytes = Buffer.from(await (await fetch(file.url)).arrayBuffer());
        assert.equal(sha256(bytes), file.sha256);
        if (file.kind === 'wav') assert.equal(sha256(bytes), sha256(master), 'the master, byte for byte');
        if (file.kind === 'stems') assert.equal(sha256(bytes), sha256(stems));
      }
      const contract = await fetch(downloads.contract_url);
      assert.equal(contract.status, 200);
      assert.equal(contract.headers.get('content-type'), 'application/pdf');
      await contract.arrayBuffer();
    });
  }

  test('one exclusive sale ends the offer, and no licence that was sold before', async () => {
    const now = await lathe().api.get(`/specs/${spec.id}`);
    assert.ok(now.status === 404 || now.body.licenses.length === 0, 'nothing is offered any more');
    for (const [type, license] of bought) {
      assert.equal(expectStatus(await buyer.api.get(`/licenses/${license.id}`), 200).is_active, true, type);
    }
    await expectSound(lathe());
  });
});
