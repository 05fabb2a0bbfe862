// SPDX-License-Identifier: AGPL-3.0-or-later
import { api, once, take, type Schemas } from '../../api/client';
import type { AssetSlot, Page, Processing, Spec, SpecCard, SpecPatch } from '../../api/types';

const at = (key: string) => ({ params: { path: { key } } });

export const createSpec = (body: Schemas['SpecInput']): Promise<Spec> => take(api.POST('/api/v1/specs', { body, headers: once() }));
export const patchSpec = (key: string, body: SpecPatch): Promise<Spec> => take(api.PATCH('/api/v1/specs/{key}', { ...at(key), body }));
export const putLicenses = (key: string, body: Schemas['LicenseOptionSet']): Promise<Spec> => take(api.PUT('/api/v1/specs/{key}/licenses', { ...at(key), body }));
export const readProcessing = (key: string): Promise<Processing> => take(api.GET('/api/v1/specs/{key}/processing', at(key)));
export const publishSpec = (key: string): Promise<Spec> => take(api.POST('/api/v1/specs/{key}/publish', at(key)));
export const unpublishSpec = (key: string): Promise<Spec> => take(api.POST('/api/v1/specs/{key}/unpublish', at(key)));

export async function deleteSpec(key: string): Promise<void> {
  await take(api.DELETE('/api/v1/specs/{key}', at(key)));
}

export function putAsset(key: string, slot: AssetSlot, upload_id: string): Promise<Processing> {
  return take(api.PUT('/api/v1/specs/{key}/assets/{slot}', { params: { path: { key, slot } }, body: { upload_id } }));
}

export function listOwnSpecs(cursor?: string): Promise<Page<SpecCard>> {
  return take(api.GET('/api/v1/me/specs', { params: { query: { cursor, limit: 30, with_total: cursor === undefined } } }));
}
