// SPDX-License-Identifier: AGPL-3.0-or-later
// Stripe for tests: keeps PaymentIntents, checks every request, honours Idempotency-Key, signs webhooks with the official SDK, and
// fails, drops, holds or reorders as it is told. For browsers it has a script and answers to the publishable key.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import type { Json } from './api.ts';
import type { Settings } from './lathe.ts';
import { freePort } from './ports.ts';
import { readForm, sample } from './stripe_forms.ts';
import { stripeElement, stripeScript } from './stripe_js.ts';

export type StripeRequest = { method: string; path: string; key: string | undefined; form: Json; status: number };
export type StripeEvent = { id: string; type: string; data: { object: Json } };
type Answer = { status: number; body: Json };

/** What happens to requests that fit, instead of or after the work. */
export type Fault = {
  method?: string;
  path: RegExp;
  times?: number; // 1
  status?: number; // the answer; none: the connection is cut
  worked?: boolean; // the work was done before: only the answer is lost
};

const VERSION = '2023-08-16';
const PUBLISHABLE_KEY = 'pk_test_shop';
const CARDS: Record<string, 'good' | 'declined'> = { '4242424242424242': 'good', '4000000000000002': 'declined' };
const newId = (prefix: string): string => `${prefix}_${randomBytes(12).toString('hex')}`;

function refusal(status: number, error: Json): Answer {
  return { status, body: { error: { type: 'invalid_request_error', ...error } } };
}

function shapeOf(path: string): string {
  return path.replace(/^(\/v1\/payment_intents\/)[^/]+/, '$1{intent}');
}

export class StripeStandIn {
  readonly secretKey = `sk_test_${randomBytes(8).toString('hex')}`;
  readonly webhookSecret = `whsec_${randomBytes(16).toString('hex')}`;
  readonly requests: StripeRequest[] = [];
  readonly events: StripeEvent[] = [];
  readonly intents = new Map<string, Json>();
  readonly refunds: Json[] = [];
  readonly disputes: Json[] = [];
  /** At most so many entries of a list in one answer. */
  pageSize = 100;
  readonly #sdk: Stripe;
  readonly #server: Server;
  readonly #keys = new Map<string, { digest: string; answer?: Answer }>();
  readonly #faults: Fault[] = [];
  readonly #holds: { path: RegExp; gate: Promise<void>; waiting: number }[] = [];
  readonly #intentSample: Json = sample('payment_intent');
  readonly #refundSample: Json = sample('refund');
  readonly #disputeSample: Json = sample('dispute');
  readonly #problems: string[] = [];

  private constructor() {
    this.#sdk = new Stripe(this.secretKey);
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<StripeStandIn> {
    const standIn = new StripeStandIn();
    const port = await freePort();
    await new Promise<void>((resolve) => standIn.#server.listen(port, '127.0.0.1', resolve));
    return standIn;
  }

  /** Ends it, and says what Lathe sent that Stripe would not have understood. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    assert.deepEqual(this.#problems, [], 'requests that Stripe refuses');
  }

  get settings(): Settings {
    const { port } = this.#server.address() as AddressInfo;
    return {
      LATHE_STRIPE_SECRET_KEY: this.secretKey,
      LATHE_STRIPE_PUBLISHABLE_KEY: PUBLISHABLE_KEY,
      LATHE_STRIPE_WEBHOOK_SECRET: this.webhookSecret,
      LATHE_STRIPE_API_URL: `http://127.0.0.1:${port}`,
      LATHE_STRIPE_SCRIPT_URL: `http://127.0.0.1:${port}/v3/`,
    };
  }

  // --- what happens at Stripe ---

  intent(id: string): Json {
    const intent = this.intents.get(id);
    assert.ok(intent, `there is no ${id}`);
    return intent;
  }

  #move(id: string, type: string, change: Json): StripeEvent {
    const intent = { ...this.intent(id), ...change };
    this.intents.set(id, intent);
    return this.#tell(type, intent);
  }

  /** The buyer's client confirms with a good card: the amount is held. */
  authorise(id: string): StripeEvent {
    const { amount } = this.intent(id);
    return this.#move(id, 'payment_intent.amount_capturable_updated', {
      status: 'requires_capture',
      amount_capturable: amount,
      last_payment_error: null,
    });
  }

  /** The buyer's card is refused. */
  decline(id: string): StripeEvent {
    return this.#move(id, 'payment_intent.payment_failed', {
      status: 'requires_payment_method',
      last_payment_error: { type: 'card_error', code: 'card_declined', message: 'Your card was declined.' },
    });
  }

  /** Stripe or somebody at its dashboard ends it. */
  cancelByHand(id: string): StripeEvent {
    return this.#cancel(id, 'abandoned');
  }

  captureByHand(id: string): StripeEvent {
    return this.#capture(id);
  }

  #cancel(id: string, reason: string): StripeEvent {
    return this.#move(id, 'payment_intent.canceled', { status: 'canceled', amount_capturable: 0, cancellation_reason: reason });
  }

  #capture(id: string): StripeEvent {
    const { amount } = this.intent(id);
    return this.#move(id, 'payment_intent.succeeded', { status: 'succeeded', amount_capturable: 0, amount_received: amount });
  }

  #tell(type: string, object: Json): StripeEvent {
    const event = { id: newId('evt'), object: 'event', type, data: { object: structuredClone(object) } };
    this.events.push(event);
    return event;
  }

  /** What Stripe tells when a refund was made: of the charge, and of the refund. */
  refundEvents(refund: Json): StripeEvent[] {
    const { amount, currency } = this.intent(refund.payment_intent);
    const amount_refunded = this.#returned(refund.payment_intent);
    const charge = { id: refund.charge, object: 'charge', amount, amount_refunded, currency, payment_intent: refund.payment_intent, refunded: amount === amount_refunded };
    return [this.#tell('charge.refunded', charge), this.#tell('refund.created', refund), this.#tell('charge.refund.updated', refund)];
  }

  /** Somebody refunds at Stripe's own dashboard. */
  refundByHand(id: string, amount: number, more: Json = {}): Json {
    const { currency } = this.intent(id);
    const refund = { ...this.#refundSample, id: newId('re'), object: 'refund', status: 'succeeded', amount, currency, charge: `ch_${id}`, payment_intent: id, metadata: {}, ...more };
    this.refunds.push(refund);
    return refund;
  }

  /** A refund that is on its way arrives, or does not. */
  moveRefund(refund: Json, status: string): StripeEvent {
    Object.assign(refund, { status });
    return this.#tell(status === 'failed' ? 'refund.failed' : 'refund.updated', refund);
  }

  /** The buyer goes to the bank. */
  dispute(id: string, amount: number, status = 'needs_response'): { dispute: Json; event: StripeEvent } {
    const { currency } = this.intent(id);
    const dispute = { ...this.#disputeSample, id: newId('dp'), object: 'dispute', amount, currency, status, charge: `ch_${id}`, payment_intent: id, metadata: {} };
    this.disputes.push(dispute);
    return { dispute, event: this.#tell('charge.dispute.created', dispute) };
  }

  closeDispute(dispute: Json, status: 'won' | 'lost' | 'warning_closed'): StripeEvent {
    Object.assign(dispute, { status });
    return this.#tell('charge.dispute.closed', dispute);
  }

  // --- webhooks ---

  sign(payload: string, options: { secret?: string; timestamp?: number } = {}): string {
    return this.#sdk.webhooks.generateTestHeaderString({
      payload,
      secret: options.secret ?? this.webhookSecret,
      ...(options.timestamp === undefined ? {} : { timestamp: options.timestamp }),
    });
  }

  /** Delivers an event as Stripe does; the status of the answer. */
  async send(origin: string, event: StripeEvent, header?: string): Promise<number> {
    const payload = JSON.stringify({ ...event, api_version: VERSION, created: Math.floor(Date.now() / 1000), livemode: false });
    const response = await fetch(`${origin}/api/v1/webhooks/stripe`, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': header ?? this.sign(payload) },
      body: payload,
    });
    await response.arrayBuffer();
    return response.status;
  }

  // --- disturbances ---

  fail(fault: Fault): void {
    this.#faults.push({ times: 1, ...fault });
  }

  /** Requests to such a path wait until the returned function is called; `waiting()` counts them. */
  hold(path: RegExp): { release: () => void; waiting: () => number } {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const hold = { path, gate, waiting: 0 };
    this.#holds.push(hold);
    return {
      release: () => {
        this.#holds.splice(this.#holds.indexOf(hold), 1);
        open();
      },
      waiting: () => hold.waiting,
    };
  }

  #faultFor(method: string, path: string): Fault | undefined {
    const index = this.#faults.findIndex((fault) => fault.path.test(path) && (fault.method ?? method) === method);
    const fault = this.#faults[index];
    if (fault && --fault.times! <= 0) this.#faults.splice(index, 1);
    return fault;
  }

  // --- the server ---

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? '';
    const path = request.url ?? '';
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const hold = this.#holds.find(({ path: held }) => held.test(path));
    if (hold) {
      hold.waiting++;
      await hold.gate;
    }
    const fault = this.#faultFor(method, path);
    if (fault && !fault.worked) return this.#disturb(response, fault);
    if (this.#serveBrowser(method, path, body, response)) return;
    const answer = this.#answer(request, method, path, body);
    if (fault) return this.#disturb(response, fault);
    response.writeHead(answer.status, { 'content-type': 'application/json', 'request-id': newId('req') });
    response.end(JSON.stringify(answer.body));
  }

  #disturb(response: ServerResponse, fault: Fault): void {
    if (fault.status === undefined) {
      response.destroy();
      return;
    }
    response.writeHead(fault.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { type: 'api_error', message: 'Something is wrong at Stripe.' } }));
  }

  // --- for browsers ---

  /** What is asked for without the secret key: the script, its frame, and an intent by its client secret. */
  #serveBrowser(method: string, path: string, body: string, response: ServerResponse): boolean {
    const url = new URL(path, 'http://stripe');
    const [, id = '', verb = ''] = /^\/v1\/payment_intents\/([^/]+)(?:\/(confirm))?$/.exec(url.pathname) ?? [];
    const given = method === 'POST' ? new URLSearchParams(body) : url.searchParams;
    const send = (status: number, type: string, text: string): boolean => {
      response.writeHead(status, { 'content-type': type, 'access-control-allow-origin': '*' });
      response.end(text);
      return true;
    };
    if (url.pathname === '/v3/') return send(200, 'text/javascript', stripeScript);
    if (url.pathname === '/v3/element') return send(200, 'text/html', stripeElement);
    if (!given.has('client_secret')) return false;
    const { status, body: answer } = this.#answerBrowser(id, verb, given);
    return send(status, 'application/json', JSON.stringify(answer));
  }

  #answerBrowser(id: string, verb: string, given: URLSearchParams): Answer {
    if (given.get('key') !== PUBLISHABLE_KEY || this.intents.get(id)?.client_secret !== given.get('client_secret')) {
      return refusal(401, { message: 'The key or the client secret is wrong.' });
    }
    if (verb !== 'confirm') return { status: 200, body: this.intent(id) };
    if (this.intent(id).status !== 'requires_payment_method') {
      return refusal(400, { code: 'payment_intent_unexpected_state', message: 'This PaymentIntent was confirmed before.' });
    }
    const card = CARDS[given.get('payment_method_data[card][number]') ?? ''];
    if (card === 'good') return { status: 200, body: this.authorise(id).data.object };
    if (card === undefined) return refusal(402, { type: 'card_error', code: 'incorrect_number', message: 'Your card number is incorrect.' });
    const { last_payment_error } = this.decline(id).data.object;
    return refusal(402, { ...last_payment_error, payment_intent: this.intent(id) });
  }

  #answer(request: IncomingMessage, method: string, path: string, body: string): Answer {
    const key = request.headers['idempotency-key'] as string | undefined;
    const shape = shapeOf(path);
    const { form, problem } = method === 'POST' ? readForm(shape, body) : { form: {}, problem: undefined };
    const answer = this.#checked(request, method, key, problem) ?? this.#once(key, `${method} ${path} ${body}`, () => this.#work(method, path, form));
    this.requests.push({ method, path, key, form, status: answer.status });
    return answer;
  }

  #checked(request: IncomingMessage, method: string, key: string | undefined, problem: string | undefined): Answer | undefined {
    const wrong = [
      request.headers.authorization === `Bearer ${this.secretKey}` ? '' : 'the secret key is wrong',
      request.headers['stripe-version'] === VERSION ? '' : 'Stripe-Version is not pinned',
      method === 'GET' || request.headers['content-type'] === 'application/x-www-form-urlencoded' ? '' : 'the body is no form',
      method === 'GET' || key ? '' : 'there is no Idempotency-Key',
      problem ?? '',
    ].filter((text) => text !== '');
    if (wrong.length === 0) return undefined;
    this.#problems.push(`${method} ${request.url}: ${wrong.join('; ')}`);
    return refusal(400, { message: wrong.join('; ') });
  }

  #once(key: string | undefined, request: string, work: () => Answer): Answer {
    if (key === undefined) return work();
    const digest = createHash('sha256').update(request).digest('hex');
    const before = this.#keys.get(key);
    if (before && before.digest !== digest) {
      this.#problems.push(`the key ${key} was used for two different requests`);
      return refusal(400, { type: 'idempotency_error', message: 'Keys for idempotent requests can only be used with the same parameters.' });
    }
    const answer = before?.answer ?? work();
    this.#keys.set(key, { digest, answer });
    return answer;
  }

  #work(method: string, path: string, form: Json): Answer {
    if (method === 'POST' && path === '/v1/payment_intents') return this.#create(form);
    if (method === 'POST' && path === '/v1/refunds') return this.#refund(form);
    const url = new URL(path, 'http://stripe');
    if (url.pathname === '/v1/refunds') return this.#list(this.refunds, url.searchParams);
    if (url.pathname === '/v1/disputes') return this.#list(this.disputes, url.searchParams);
    const [, id = '', verb = ''] = /^\/v1\/payment_intents\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
    if (!this.intents.has(id)) return refusal(404, { code: 'resource_missing', message: `No such payment_intent: '${id}'` });
    if (method === 'POST') return this.#step(id, verb);
    return { status: 200, body: this.intent(id) };
  }

  #create(form: Json): Answer {
    const id = newId('pi');
    const intent = {
      ...this.#intentSample,
      id,
      object: 'payment_intent',
      amount: Number(form.amount),
      amount_capturable: 0,
      amount_received: 0,
      currency: form.currency,
      capture_method: form.capture_method,
      status: 'requires_payment_method',
      client_secret: `${id}_secret_${randomBytes(8).toString('hex')}`,
      last_payment_error: null,
      cancellation_reason: null,
      metadata: form.metadata,
    };
    this.intents.set(id, intent);
    this.events.push({ id: newId('evt'), type: 'payment_intent.created', data: { object: structuredClone(intent) } });
    return { status: 200, body: intent };
  }

  #step(id: string, verb: string): Answer {
    const { status } = this.intent(id);
    const allowed = verb === 'capture' ? ['requires_capture'] : ['requires_payment_method', 'requires_capture', 'requires_action'];
    if (!allowed.includes(status)) {
      return refusal(400, {
        code: 'payment_intent_unexpected_state',
        message: `This PaymentIntent could not be ${verb}ed because it has a status of ${status}.`,
        payment_intent: this.intent(id),
      });
    }
    if (verb === 'capture') this.#capture(id);
    else this.#cancel(id, 'requested_by_customer');
    return { status: 200, body: this.intent(id) };
  }

  #returned(id: string): number {
    return this.refunds
      .filter((refund) => refund.payment_intent === id && ['succeeded', 'pending'].includes(refund.status))
      .reduce((sum, refund) => sum + refund.amount, 0);
  }

  #refund(form: Json): Answer {
    const intent = this.intent(form.payment_intent);
    const amount = Number(form.amount);
    const isDisputed = this.disputes.some((dispute) => dispute.payment_intent === intent.id && !/^w/.test(dispute.status));
    if (isDisputed) return refusal(400, { code: 'charge_disputed', message: 'The charge has been charged back.' });
    if (intent.status !== 'succeeded' || this.#returned(intent.id) + amount > intent.amount) {
      return refusal(400, { code: 'charge_already_refunded', message: 'Refund amount is greater than unrefunded amount on charge.' });
    }
    return { status: 200, body: this.refundByHand(intent.id, amount, { metadata: form.metadata }) };
  }

  /** Newest first, page by page. */
  #list(all: Json[], query: URLSearchParams): Answer {
    const known = ['payment_intent', 'limit', 'starting_after'];
    const stranger = [...query.keys()].find((name) => !known.includes(name));
    if (stranger !== undefined) return refusal(400, { code: 'parameter_unknown', message: `Received unknown parameter: ${stranger}` });
    if (!this.intents.has(query.get('payment_intent') ?? '')) return refusal(404, { code: 'resource_missing', message: 'No such payment_intent' });
    const entries = all.filter((entry) => entry.payment_intent === query.get('payment_intent')).reverse();
    const from = entries.findIndex((entry) => entry.id === query.get('starting_after')) + 1;
    const data = entries.slice(from, from + Math.min(Number(query.get('limit') ?? 10), this.pageSize));
    const has_more = from + data.length < entries.length;
    return { status: 200, body: { object: 'list', url: '/v1', has_more, data } };
  }
}
