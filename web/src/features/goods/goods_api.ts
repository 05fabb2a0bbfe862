// SPDX-License-Identifier: AGPL-3.0-or-later
import { api, once, take, type Schemas } from '../../api/client';
import type { Page } from '../../api/types';
import type { Category, Product, ProductCard, ProductDraft, ProductQuery } from './types';

const one = (key: string) => ({ params: { path: { key } } });

export function listProducts(query: ProductQuery): Promise<Page<ProductCard>> {
  return take(api.GET('/api/v1/products', { params: { query } }));
}

export function listOwnProducts(cursor?: string): Promise<Page<ProductCard>> {
  return take(api.GET('/api/v1/me/products', { params: { query: { cursor, limit: 50 } } }));
}

export function readProduct(key: string): Promise<Product> {
  return take(api.GET('/api/v1/products/{key}', one(key)));
}

export function createProduct(body: ProductDraft): Promise<Product> {
  return take(api.POST('/api/v1/products', { body, headers: once() }));
}

export function changeProduct(key: string, body: Schemas['ProductPatch']): Promise<Product> {
  return take(api.PATCH('/api/v1/products/{key}', { ...one(key), body }));
}

/** What was counted: so many free pieces. */
export function countStock(key: string, quantity: number): Promise<Product> {
  return take(api.POST('/api/v1/products/{key}/stock', { ...one(key), body: { kind: 'adjustment', quantity } }));
}

export function publishProduct(key: string): Promise<Product> {
  return take(api.POST('/api/v1/products/{key}/publish', one(key)));
}

export function withdrawProduct(key: string): Promise<Product> {
  return take(api.POST('/api/v1/products/{key}/withdraw', one(key)));
}

export async function deleteProduct(key: string): Promise<void> {
  await take(api.DELETE('/api/v1/products/{key}', one(key)));
}

/** For administrators: on the shelf of the goods' page, or no more. */
export async function featureProduct(key: string, is_featured: boolean): Promise<void> {
  const place = '/api/v1/products/{key}/featured';
  await take(is_featured ? api.PUT(place, one(key)) : api.DELETE(place, one(key)));
}

/** Once an hour and viewer, by the server's rule. */
export async function countView(key: string): Promise<void> {
  await take(api.POST('/api/v1/products/{key}/views', one(key)));
}

export async function listCategories(): Promise<Category[]> {
  return (await take(api.GET('/api/v1/categories'))).items;
}
