// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Schemas } from '../../api/client';
import type { paths } from '../../api/schema';

export type Product = Schemas['Product'];
export type ProductCard = Schemas['ProductCard'];
export type ProductDraft = Schemas['ProductDraft'];
export type Category = Schemas['Category'];
export type ProductQuery = NonNullable<paths['/api/v1/products']['get']['parameters']['query']>;
