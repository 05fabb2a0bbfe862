// SPDX-License-Identifier: AGPL-3.0-or-later
import { call } from '../../api/client';
import type { Balance, LedgerLine, Page, Sale } from '../../api/types';

export const listSales = (cursor?: string): Promise<Page<Sale>> => call('GET', '/orders/sales', { query: { cursor, limit: 20 } });
export const readBalances = (): Promise<{ items: Balance[] }> => call('GET', '/me/balance');
export const listLedger = (cursor?: string): Promise<Page<LedgerLine>> => call('GET', '/me/ledger', { query: { cursor, limit: 30 } });
