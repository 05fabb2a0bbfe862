// SPDX-License-Identifier: AGPL-3.0-or-later
// The small part of Stripe.js that the page uses, for a real browser: the script, and the frame of its payment element. As at
// Stripe, the card's number is typed into a frame of the other origin and goes from there to the API.

/** /v3/: `Stripe(key)` with elements, confirmPayment and retrievePaymentIntent. */
export const stripeScript = `'use strict';
(() => {
  const origin = new URL(document.currentScript.src).origin;
  const idOf = (secret) => secret.split('_secret_')[0];
  window.Stripe = (key) => {
    const ask = async (secret) => {
      const query = new URLSearchParams({ key, client_secret: secret });
      const reply = await fetch(origin + '/v1/payment_intents/' + idOf(secret) + '?' + query);
      const body = await reply.json();
      return reply.ok ? { paymentIntent: body } : { error: body.error };
    };
    return {
      elements({ clientSecret }) {
        const handlers = {};
        const frame = document.createElement('iframe');
        frame.title = 'Secure payment input frame';
        frame.src = origin + '/v3/element?' + new URLSearchParams({ key, client_secret: clientSecret });
        const call = (order) => new Promise((resolve) => {
          const channel = new MessageChannel();
          channel.port1.onmessage = ({ data }) => resolve(data);
          frame.contentWindow.postMessage(order, origin, [channel.port2]);
        });
        frame.onload = () => handlers.ready?.();
        return {
          call,
          create: (type) => ({
            mount(target) {
              if (type !== 'payment') throw new Error('there is no element ' + type);
              target.append(frame);
            },
            on(event, handler) {
              handlers[event] = handler;
            },
            destroy: () => frame.remove(),
          }),
        };
      },
      confirmPayment({ elements, redirect, confirmParams }) {
        if (redirect !== 'if_required' || !confirmParams.return_url) throw new Error('IntegrationError: no return_url');
        return elements.call('confirm');
      },
      retrievePaymentIntent: ask,
    };
  };
})();
`;

/** /v3/element: the card's form. */
export const stripeElement = `<!doctype html>
<html lang="en">
<title>Secure payment input frame</title>
<label>Card number <input name="number" inputmode="numeric" autocomplete="cc-number"></label>
<script>
  const given = new URLSearchParams(location.search);
  const secret = given.get('client_secret');
  addEventListener('message', async ({ data, ports }) => {
    if (data !== 'confirm') return;
    const number = document.querySelector('input').value.replaceAll(' ', '');
    const form = new URLSearchParams({
      key: given.get('key'),
      client_secret: secret,
      'payment_method_data[type]': 'card',
      'payment_method_data[card][number]': number,
    });
    const reply = await fetch('/v1/payment_intents/' + secret.split('_secret_')[0] + '/confirm', { method: 'POST', body: form });
    const body = await reply.json();
    ports[0].postMessage(reply.ok ? { paymentIntent: body } : { error: body.error });
  });
</script>
</html>
`;
