// SPDX-License-Identifier: AGPL-3.0-or-later
import { call, once } from '../../api/client';
import type { Order, Page } from '../../api/types';
import type { CartLine } from '../cart/cart.svelte';

/** Asks for exactly what the cart showed: a price that changed meanwhile is refused. */
export function placeOrder(lines: CartLine[], headers: ReturnType<typeof once>): Promise<Order> {
  const items = lines.map((line) => ({ spec_id: line.spec_id, license_option_id: line.option_id, price: line.price }));
  return call('POST', '/orders', { body: { items, terms_accepted: true }, headers });
}

export const readOrder = (id: string): Promise<Order> => call('GET', `/orders/${id}`);
export const listOrders = (cursor?: string): Promise<Page<Order>> => call('GET', '/orders', { query: { cursor, limit: 20 } });
export const cancelOrder = (id: string): Promise<Order> => call('POST', `/orders/${id}/cancel`);
export const refundLines = (id: string, lines: string[]): Promise<Order> => call('POST', `/orders/${id}/refund`, { body: { lines }, headers: once() });
export const verifyPayment = (body: { order_id: string; outcome?: 'succeed' | 'fail'; payment_intent_id?: string }): Promise<Order> => call('POST', '/payments/verify', { body });
