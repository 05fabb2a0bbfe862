// SPDX-License-Identifier: AGPL-3.0-or-later
import { api, take } from '../../api/client';
import type { Balance, LedgerLine, Page, Sale } from '../../api/types';

export const listSales = (cursor?: string): Promise<Page<Sale>> => take(api.GET('/api/v1/orders/sales', { params: { query: { cursor, limit: 20 } } }));
export const readBalances = (): Promise<{ items: Balance[] }> => take(api.GET('/api/v1/me/balance'));
export const listLedger = (cursor?: string): Promise<Page<LedgerLine>> => take(api.GET('/api/v1/me/ledger', { params: { query: { cursor, limit: 30 } } }));
