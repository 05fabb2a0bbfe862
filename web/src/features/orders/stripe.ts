// SPDX-License-Identifier: AGPL-3.0-or-later
// Stripe's own script and the small part of it that is used. Card data goes from its frame to Stripe and never through Lathe.
export type StripeElements = { create(type: 'payment'): { mount(target: HTMLElement): void; destroy(): void; on(event: 'ready' | 'loaderror', handler: () => void): void } };
export type StripeIntent = { id: string; status: string };
export type StripeClient = {
  elements(options: { clientSecret: string; appearance?: object }): StripeElements;
  confirmPayment(options: { elements: StripeElements; redirect: 'if_required'; confirmParams: { return_url: string } }): Promise<{
    error?: { message?: string };
    paymentIntent?: StripeIntent;
  }>;
  retrievePaymentIntent(clientSecret: string): Promise<{ error?: { message?: string }; paymentIntent?: StripeIntent }>;
};

declare global {
  interface Window {
    Stripe?: (publishableKey: string) => StripeClient;
  }
}

let loading: Promise<void> | undefined;

function loadScript(url: string): Promise<void> {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = url;
    script.onload = () => resolve();
    script.onerror = () => {
      loading = undefined;
      script.remove();
      reject(new Error('Stripe could not be reached. Check your connection or your blocker, and try again.'));
    };
    document.head.append(script);
  });
  return loading;
}

export async function openStripe(publishableKey: string, scriptUrl: string): Promise<StripeClient> {
  await loadScript(scriptUrl);
  if (!window.Stripe) throw new Error('Stripe did not start.');
  return window.Stripe(publishableKey);
}

/** Whether the buyer is done with it: confirmed before a reload, or on another page that leads back here. */
export const isConfirmed = (intent: StripeIntent | undefined): boolean => intent !== undefined && ['requires_capture', 'succeeded', 'processing'].includes(intent.status);
