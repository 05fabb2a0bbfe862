// SPDX-License-Identifier: AGPL-3.0-or-later
import { call, once } from '../../api/client';
import type { AssetSlot, FileType, LicenseTerms, LicenseType, Page, Processing, Spec, SpecCard } from '../../api/types';

export type SpecDraft = {
  title: string;
  category: 'beat' | 'sample';
  type: string;
  description: string;
  bpm: number | null;
  key: string | null;
  genres: string[];
  tags: string[];
  moods: string[];
  instruments: string[];
  free_mp3_enabled: boolean;
};

export type LicenseInput = { type: LicenseType; name: string; price: number; features: string[]; file_types: FileType[]; terms: LicenseTerms };

export const createSpec = (body: Pick<SpecDraft, 'title' | 'category'>): Promise<Spec> => call('POST', '/specs', { body, headers: once() });
export const patchSpec = (id: string, body: Partial<SpecDraft>): Promise<Spec> => call('PATCH', `/specs/${id}`, { body });
export const deleteSpec = (id: string): Promise<void> => call('DELETE', `/specs/${id}`);
export const putLicenses = (id: string, body: { currency: string; licenses: LicenseInput[] }): Promise<Spec> => call('PUT', `/specs/${id}/licenses`, { body });
export const putAsset = (id: string, slot: AssetSlot, upload_id: string): Promise<Processing> => call('PUT', `/specs/${id}/assets/${slot}`, { body: { upload_id } });
export const readProcessing = (id: string): Promise<Processing> => call('GET', `/specs/${id}/processing`);
export const publishSpec = (id: string): Promise<Spec> => call('POST', `/specs/${id}/publish`);
export const unpublishSpec = (id: string): Promise<Spec> => call('POST', `/specs/${id}/unpublish`);
export const listOwnSpecs = (cursor?: string): Promise<Page<SpecCard>> => call('GET', '/me/specs', { query: { cursor, limit: 30, with_total: cursor === undefined } });
