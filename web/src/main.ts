// SPDX-License-Identifier: AGPL-3.0-or-later
import { mount } from 'svelte';
import App from './App.svelte';
import { router } from './app/router.svelte';
import { notifications } from './features/notifications/notifications.svelte';
import { session } from './features/session/session.svelte';
import { live } from './live/live.svelte';
import './styles/index.css';

const target = document.getElementById('app');
if (!target) throw new Error('the page has no #app');
router.start();
live.start();
notifications.start();
void session.start();
mount(App, { target });
