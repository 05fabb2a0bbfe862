// SPDX-License-Identifier: AGPL-3.0-or-later
// Every page: its address, its title, who may see it, and how its code is fetched.
import type { Component } from 'svelte';
import { matchPath, type Params } from './match';

// The outlet gives every page the variables of its path.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Page = { default: Component<any> };

export type Route = {
  path: string;
  title: string;
  load: () => Promise<Page>;
  /** member: others are asked to log in first; guest: who is logged in has no business here. */
  access?: 'member' | 'guest';
};

const routes: Route[] = [
  { path: '/', title: 'Lathe', load: () => import('../features/catalog/HomePage.svelte') },
  { path: '/browse', title: 'Browse', load: () => import('../features/catalog/BrowsePage.svelte') },
  { path: '/specs/:key', title: 'Recording', load: () => import('../features/catalog/SpecPage.svelte') },
  { path: '/studio', title: 'Studio', load: () => import('../features/studio/StudioPage.svelte'), access: 'member' },
  { path: '/studio/new', title: 'Publish music', load: () => import('../features/studio/NewSpecPage.svelte'), access: 'member' },
  { path: '/studio/products', title: 'Your goods', load: () => import('../features/goods/OwnProductsPage.svelte'), access: 'member' },
  { path: '/studio/products/new', title: 'Offer goods', load: () => import('../features/goods/ProductFormPage.svelte'), access: 'member' },
  { path: '/studio/products/:key', title: 'Your goods', load: () => import('../features/goods/ProductFormPage.svelte'), access: 'member' },
  { path: '/studio/:id', title: 'Studio', load: () => import('../features/studio/SpecStudioPage.svelte'), access: 'member' },
  { path: '/cart', title: 'Cart', load: () => import('../features/cart/CartPage.svelte') },
  { path: '/orders/:id', title: 'Order', load: () => import('../features/orders/OrderPage.svelte'), access: 'member' },
  { path: '/purchases', title: 'Purchases', load: () => import('../features/licenses/PurchasesPage.svelte'), access: 'member' },
  { path: '/purchases/:id', title: 'Licence', load: () => import('../features/licenses/LicensePage.svelte'), access: 'member' },
  { path: '/license-check/:key', title: 'Licence check', load: () => import('../features/licenses/LicenseCheckPage.svelte') },
  { path: '/sales', title: 'Sales', load: () => import('../features/sales/SalesPage.svelte'), access: 'member' },
  { path: '/users/:user', title: 'Profile', load: () => import('../features/profiles/ProfilePage.svelte') },
  { path: '/favorites', title: 'Favourites', load: () => import('../features/favorites/FavoritesPage.svelte'), access: 'member' },
  { path: '/account', title: 'Account', load: () => import('../features/account/AccountPage.svelte'), access: 'member' },
  { path: '/studio/:id/analytics', title: 'Analytics', load: () => import('../features/sales/AnalyticsPage.svelte'), access: 'member' },
  { path: '/sales/analytics', title: 'Analytics', load: () => import('../features/sales/AnalyticsPage.svelte'), access: 'member' },
  { path: '/auctions', title: 'Auctions', load: () => import('../features/auctions/AuctionsPage.svelte') },
  { path: '/auctions/rules', title: 'How auctions work', load: () => import('../features/auctions/RulesPage.svelte') },
  { path: '/auctions/new', title: 'Auction something', load: () => import('../features/auctions/AuctionFormPage.svelte'), access: 'member' },
  { path: '/auctions/:id', title: 'Auction', load: () => import('../features/auctions/AuctionPage.svelte') },
  { path: '/auctions/:id/edit', title: 'Change the auction', load: () => import('../features/auctions/AuctionFormPage.svelte'), access: 'member' },
  { path: '/products', title: 'Goods', load: () => import('../features/goods/ProductsPage.svelte') },
  { path: '/products/:key', title: 'Goods', load: () => import('../features/goods/ProductPage.svelte') },
  { path: '/messages', title: 'Messages', load: () => import('../features/chat/MessagesPage.svelte'), access: 'member' },
  { path: '/notifications', title: 'Notifications', load: () => import('../features/notifications/NotificationsPage.svelte') },
  { path: '/moderation', title: 'Moderation', load: () => import('../features/moderation/ModerationPage.svelte'), access: 'member' },
  { path: '/categories', title: 'Categories', load: () => import('../features/categories/CategoriesPage.svelte'), access: 'member' },
  { path: '/source', title: 'Source', load: () => import('./SourcePage.svelte') },
  { path: '/login', title: 'Log in', load: () => import('../features/session/LoginPage.svelte'), access: 'guest' },
  { path: '/register', title: 'Make an account', load: () => import('../features/session/RegisterPage.svelte'), access: 'guest' },
  { path: '/forgot', title: 'Forgotten password', load: () => import('../features/session/ForgotPage.svelte') },
  { path: '/reset', title: 'New password', load: () => import('../features/session/ResetPage.svelte') },
  { path: '/verify', title: 'Confirm your address', load: () => import('../features/session/VerifyPage.svelte'), access: 'member' },
];

const notFound: Route = { path: '', title: 'Not found', load: () => import('./NotFoundPage.svelte') };

export function findRoute(path: string): { route: Route; params: Params } {
  for (const route of routes) {
    const params = matchPath(route.path, path);
    if (params) return { route, params };
  }
  return { route: notFound, params: {} };
}
