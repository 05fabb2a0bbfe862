// SPDX-License-Identifier: AGPL-3.0-or-later
import { api, once, take, type Schemas } from '../../api/client';
import type { Order, Page } from '../../api/types';
import type { CartLine } from '../cart/cart.svelte';

const at = (order_id: string) => ({ params: { path: { order_id } } });

/** Asks for exactly what the cart showed: a price that changed meanwhile is refused. */
export function placeOrder(lines: CartLine[], headers: ReturnType<typeof once>): Promise<Order> {
  const items = lines.map((line) => ({ spec_id: line.spec_id, license_option_id: line.option_id, price: line.price }));
  return take(api.POST('/api/v1/orders', { body: { items, terms_accepted: true }, headers }));
}

export const readOrder = (id: string): Promise<Order> => take(api.GET('/api/v1/orders/{order_id}', at(id)));
export const listOrders = (cursor?: string): Promise<Page<Order>> => take(api.GET('/api/v1/orders', { params: { query: { cursor, limit: 20 } } }));
export const cancelOrder = (id: string): Promise<Order> => take(api.POST('/api/v1/orders/{order_id}/cancel', at(id)));
export const refundLines = (id: string, lines: string[]): Promise<Order> => take(api.POST('/api/v1/orders/{order_id}/refund', { ...at(id), body: { lines }, headers: once() }));
export const verifyPayment = (body: Schemas['PaymentProof']): Promise<Order> => take(api.POST('/api/v1/payments/verify', { body }));

/** Of what was won: where it goes, how it is paid, how it comes. */
export const putAddress = (id: string, body: Schemas['OrderAddress']): Promise<Order> => take(api.PUT('/api/v1/orders/{order_id}/address', { ...at(id), body }));
export const choosePayment = (id: string): Promise<Order> => take(api.POST('/api/v1/orders/{order_id}/payment', { ...at(id), body: { terms_accepted: true } }));
const line = (order_id: string, line_id: string) => ({ params: { path: { order_id, line_id } } });
export const shipLine = (id: string, line_id: string, body: Schemas['ShipmentRequest']): Promise<Order> => take(api.POST('/api/v1/orders/{order_id}/items/{line_id}/ship', { ...line(id, line_id), body }));
export const deliverLine = (id: string, line_id: string): Promise<Order> => take(api.POST('/api/v1/orders/{order_id}/items/{line_id}/deliver', line(id, line_id)));
export const completeLine = (id: string, line_id: string): Promise<Order> => take(api.POST('/api/v1/orders/{order_id}/items/{line_id}/complete', line(id, line_id)));
