import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Intent {
  id: string;
  amount: number;
  currency: string;
  status: 'succeeded' | 'requires_action' | 'processing' | 'requires_payment_method' | 'canceled';
  metadata: { orderId: string; paymentId: string };
  last_payment_error: { code: string; decline_code?: string } | null;
}

export interface Refund {
  id: string;
  payment_intent: string;
  status: 'succeeded' | 'pending' | 'failed';
  failure_reason?: string;
}

export interface Request {
  /** `POST /v1/payment_intents` */
  call: string;
  key: string | undefined;
  form: URLSearchParams;
}

interface Answer {
  status: number;
  body: object;
}

export type Misbehaviour =
  /** Does nothing and never answers. */
  | 'ignore'
  /** Does it and never answers. */
  | 'swallow answer'
  /** Does it and answers that something went wrong. */
  | 'garble answer'
  /** Answers this instead of doing it. */
  | Answer
  /** Does it, and answers when that is fulfilled. */
  | Promise<void>;

const refused = (status: number, type: string, code: string, more: object = {}): Answer => ({
  status,
  body: { error: { type, code, message: code, ...more } },
});

/** Plays the part of Stripe that payment uses, keeps books, and misbehaves in every way a spec wants. */
export class ProviderStandIn {
  readonly intents: Intent[] = [];
  readonly refunds: Refund[] = [];
  readonly requests: Request[] = [];
  /** Connections that were opened. */
  connections = 0;
  /** Asked before each request is done; undefined does it well. */
  misbehave: (request: Request) => Misbehaviour | undefined = () => undefined;
  /** How the next refunds end. */
  refundStatus: Refund['status'] = 'succeeded';
  /** Whether search knows of what was just created. */
  searchable = true;
  private readonly answers = new Map<string, { form: string; answer: Answer }>();
  private readonly server: Server;

  private constructor() {
    this.server = createServer((incoming, outgoing) => void this.serve(incoming, outgoing));
    this.server.on('connection', () => (this.connections += 1));
  }

  static async start(): Promise<ProviderStandIn> {
    const standIn = new ProviderStandIn();
    await new Promise<void>((resolve) => standIn.server.listen(0, '127.0.0.1', resolve));
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  intentsOf(orderId: string): Intent[] {
    return this.intents.filter(({ metadata }) => metadata.orderId === orderId);
  }

  refundsOf(orderId: string): Refund[] {
    const ids = this.intentsOf(orderId).map(({ id }) => id);
    return this.refunds.filter(({ payment_intent }) => ids.includes(payment_intent));
  }

  /** Requests about an order, by its id, its intents or its refunds. */
  callsOf(orderId: string): string[] {
    const marks = [
      orderId,
      ...this.intentsOf(orderId).map(({ id }) => id),
      ...this.refundsOf(orderId).map(({ id }) => id),
    ];
    return this.requests
      .filter(({ call, form }) => marks.some((mark) => call.includes(mark) || [...form.values()].join().includes(mark)))
      .map(({ call }) => marks.slice(1).reduce((text, mark) => text.replace(mark, ':id'), call));
  }

  forgetKeys(): void {
    this.answers.clear();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of incoming) body += chunk;
    const url = new URL(incoming.url!, this.url);
    const request: Request = {
      call: `${incoming.method} ${url.pathname}`,
      key: incoming.headers['idempotency-key'] as string | undefined,
      form: new URLSearchParams(body || url.search),
    };
    this.requests.push(request);
    const wanted = this.misbehave(request);
    if (wanted === 'ignore') return;
    const answer =
      wanted !== undefined && typeof wanted === 'object' && 'status' in wanted ? wanted : this.once(request);
    if (wanted === 'swallow answer') return;
    if (wanted instanceof Promise) await wanted;
    const said = wanted === 'garble answer' ? refused(500, 'api_error', 'internal') : answer;
    outgoing.writeHead(said.status, { 'content-type': 'application/json' }).end(JSON.stringify(said.body));
  }

  /** Like Stripe: one answer per key, also when it is a refusal. */
  private once({ call, key, form }: Request): Answer {
    const kept = key === undefined ? undefined : this.answers.get(key);
    if (kept === undefined) {
      const answer = this.do(call, form);
      if (key !== undefined) this.answers.set(key, { form: form.toString(), answer });
      return answer;
    }
    return kept.form === form.toString() ? kept.answer : refused(400, 'idempotency_error', 'idempotency_error');
  }

  private do(call: string, form: URLSearchParams): Answer {
    const [, id = '', verb] = /^\S+ \/v1\/(?:payment_intents|refunds)\/([^/]+)(?:\/(\w+))?$/.exec(call) ?? [];
    if (call === 'POST /v1/payment_intents') return this.charge(form);
    if (call === 'GET /v1/payment_intents/search') return this.search(form);
    if (call === 'POST /v1/refunds') return this.refund(form);
    if (call === 'GET /v1/refunds') {
      return {
        status: 200,
        body: { data: this.refunds.filter((one) => one.payment_intent === form.get('payment_intent')) },
      };
    }
    if (call.startsWith('GET /v1/refunds/')) return this.found(this.refunds.find((refund) => refund.id === id));
    const intent = this.intents.find((one) => one.id === id);
    return verb === 'cancel' && intent ? this.cancel(intent) : this.found(intent);
  }

  private charge(form: URLSearchParams): Answer {
    const method = form.get('payment_method')!;
    if (!method.startsWith('pm_card_')) return refused(400, 'invalid_request_error', 'resource_missing');
    const declines = method === 'pm_card_chargeDeclinedInsufficientFunds';
    const intent: Intent = {
      id: `pi_${this.intents.length + 1}`,
      amount: Number(form.get('amount')),
      currency: form.get('currency')!,
      status: declines
        ? 'requires_payment_method'
        : method === 'pm_card_authenticationRequired'
          ? 'requires_action'
          : method === 'pm_card_slow'
            ? 'processing'
            : 'succeeded',
      metadata: { orderId: form.get('metadata[orderId]')!, paymentId: form.get('metadata[paymentId]')! },
      last_payment_error: declines ? { code: 'card_declined', decline_code: 'insufficient_funds' } : null,
    };
    this.intents.push(intent);
    if (!declines) return { status: 200, body: { ...intent } };
    return refused(402, 'card_error', 'card_declined', {
      decline_code: 'insufficient_funds',
      payment_intent: { ...intent },
    });
  }

  private search(form: URLSearchParams): Answer {
    const orderId = /metadata\['orderId'\]:'(.+)'/.exec(form.get('query')!)![1]!;
    return { status: 200, body: { data: this.searchable ? this.intentsOf(orderId) : [] } };
  }

  private cancel(intent: Intent): Answer {
    if (!['requires_action', 'requires_payment_method'].includes(intent.status)) {
      return refused(400, 'invalid_request_error', 'payment_intent_unexpected_state');
    }
    intent.status = 'canceled';
    return { status: 200, body: intent };
  }

  private refund(form: URLSearchParams): Answer {
    const payment_intent = form.get('payment_intent')!;
    const done = this.refunds.some((refund) => refund.payment_intent === payment_intent && refund.status !== 'failed');
    if (done) return refused(400, 'invalid_request_error', 'charge_already_refunded');
    const refund: Refund = { id: `re_${this.refunds.length + 1}`, payment_intent, status: this.refundStatus };
    if (refund.status === 'failed') refund.failure_reason = 'declined';
    this.refunds.push(refund);
    return { status: 200, body: { ...refund } };
  }

  private found(resource: object | undefined): Answer {
    return resource
      ? { status: 200, body: { ...resource } }
      : refused(404, 'invalid_request_error', 'resource_missing');
  }
}
