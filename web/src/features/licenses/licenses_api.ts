// SPDX-License-Identifier: AGPL-3.0-or-later
import { api, take } from '../../api/client';
import type { License, LicenseCheck, LicenseDownloads, Page } from '../../api/types';

const at = (license_id: string) => ({ params: { path: { license_id } } });

export const listLicenses = (cursor?: string): Promise<Page<License>> => take(api.GET('/api/v1/licenses', { params: { query: { cursor, limit: 20 } } }));
export const readLicense = (id: string): Promise<License> => take(api.GET('/api/v1/licenses/{license_id}', at(id)));
export const listDownloads = (id: string): Promise<LicenseDownloads> => take(api.GET('/api/v1/licenses/{license_id}/downloads', at(id)));
export const checkLicense = (key: string): Promise<LicenseCheck> => take(api.GET('/api/v1/license-checks/{key}', { params: { path: { key } } }));
