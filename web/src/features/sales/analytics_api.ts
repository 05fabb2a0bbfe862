// SPDX-License-Identifier: AGPL-3.0-or-later
import { api, take, type Schemas } from '../../api/client';

export type Analytics = Schemas['AnalyticsOverview'];
export type TopSpec = Schemas['TopSpec'];

/** Of one recording, or of all own ones together. */
export function readAnalytics(days: number, key?: string): Promise<Analytics> {
  const query = { days };
  if (key === undefined) return take(api.GET('/api/v1/analytics/overview', { params: { query } }));
  return take(api.GET('/api/v1/specs/{key}/analytics', { params: { path: { key }, query } }));
}

export const listTop = (days: number): Promise<Schemas['TopSpecs']> => take(api.GET('/api/v1/analytics/top-specs', { params: { query: { days, limit: 10 } } }));
