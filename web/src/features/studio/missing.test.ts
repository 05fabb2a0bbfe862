// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, test } from 'vitest';
import { type DraftFacts, stepsOf } from './missing';

const ready: DraftFacts = { category: 'beat', genres: ['trap'], is_lossless: true, licenses: [{ file_types: ['mp3', 'wav'] }], asset: (slot) => (slot === 'master' ? { status: 'ready' } : undefined) };
const open = (facts: Partial<DraftFacts>) => stepsOf({ ...ready, ...facts }).filter((step) => !step.isDone).map((step) => step.anchor);

test('a whole draft misses nothing', () => expect(open({})).toEqual([]));

test.each<[string, Partial<DraftFacts>, string[]]>([
  ['no master', { asset: () => undefined }, ['#files']],
  ['two genres', { genres: ['trap', 'pop'] }, ['#details']],
  ['no licence', { licenses: [] }, ['#licensing']],
  ['stems are promised', { licenses: [{ file_types: ['stems'] }] }, ['#files']],
  ['WAV of an MP3', { is_lossless: false }, ['#files']],
])('%s', (_name, facts, anchors) => expect(open(facts)).toEqual(anchors));

test('a sample needs its master only', () => expect(open({ category: 'sample', genres: [], licenses: [] })).toEqual([]));

test('what is under way is waited for', () => {
  const steps = stepsOf({ ...ready, asset: () => ({ status: 'running' }) });
  expect(steps[0]).toMatchObject({ isDone: false, isWaiting: true });
});
