// SPDX-License-Identifier: AGPL-3.0-or-later
// What stands between a draft and the public, as far as the page can tell; the server has the last word.
import type { AssetSlot, AssetState, FileType } from '../../api/types';

export type DraftFacts = {
  category: 'beat' | 'sample';
  genres: string[];
  is_lossless: boolean;
  licenses: { file_types: FileType[] }[];
  asset: (slot: AssetSlot) => Pick<AssetState, 'status'> | undefined;
};

export type Step = { text: string; isDone: boolean; isWaiting?: boolean; anchor: string };

export function stepsOf(facts: DraftFacts): Step[] {
  const master = facts.asset('master');
  const stems = facts.asset('stems');
  const promises = (file: FileType) => facts.licenses.some((option) => option.file_types.includes(file));
  const steps: Step[] = [fileStep('The master is uploaded and processed', master)];
  if (promises('stems')) steps.push(fileStep('The stems that a licence promises are there', stems));
  if (promises('wav') && master?.status === 'ready') steps.push({ text: 'WAV is promised, so the master is lossless', isDone: facts.is_lossless, anchor: '#files' });
  if (facts.category === 'beat') {
    steps.push({ text: 'One genre is chosen', isDone: facts.genres.length === 1, anchor: '#details' });
    steps.push({ text: 'At least one licence is offered', isDone: facts.licenses.length > 0, anchor: '#licensing' });
  }
  return steps;
}

function fileStep(text: string, asset: Pick<AssetState, 'status'> | undefined): Step {
  const isWaiting = asset?.status === 'queued' || asset?.status === 'running';
  return { text, isDone: asset?.status === 'ready', isWaiting, anchor: '#files' };
}
