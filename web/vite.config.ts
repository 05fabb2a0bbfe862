// SPDX-License-Identifier: AGPL-3.0-or-later
// Build of the page. `npm run dev` sends what is not the page to a running Lathe (LATHE_ORIGIN, http://127.0.0.1:8080).
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const target = process.env['LATHE_ORIGIN'] ?? 'http://127.0.0.1:8080';
const proxied = { target, changeOrigin: false };

export default defineConfig({
  plugins: [svelte()],
  define: { __SOURCE_URL__: JSON.stringify(process.env['SOURCE_URL'] || '/source.tar.gz') },
  server: { host: '127.0.0.1', proxy: { '/api': proxied, '/media': proxied, '/docs': proxied, '/openapi.json': proxied } },
  build: {
    target: 'es2023',
    // The page's policy has no 'unsafe-inline' and no data: for scripts and styles; everything stays a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
