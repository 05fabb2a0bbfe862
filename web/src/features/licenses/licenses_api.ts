// SPDX-License-Identifier: AGPL-3.0-or-later
import { call } from '../../api/client';
import type { License, LicenseDownloads, Page } from '../../api/types';

export type LicenseCheck = { valid: boolean; key: string; type: string; option_name: string; spec_title: string; licensee: string; licensor: string; issued_at: string; withdrawn_at: string | null };

export const listLicenses = (cursor?: string, q?: string): Promise<Page<License>> => call('GET', '/licenses', { query: { cursor, q, limit: 20 } });
export const readLicense = (id: string): Promise<License> => call('GET', `/licenses/${id}`);
export const listDownloads = (id: string): Promise<LicenseDownloads> => call('GET', `/licenses/${id}/downloads`);
export const checkLicense = (key: string): Promise<LicenseCheck> => call('GET', `/license-checks/${encodeURIComponent(key)}`);
