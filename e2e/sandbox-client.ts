import { eventually } from '@hookshop/testing';

export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
  messageId: string;
}

export interface Intent {
  id: string;
  status: string;
  amountInCents: number;
  capturedInCents: number;
  refundedInCents: number;
}

export interface Refund {
  id: string;
  status: string;
  amountInCents: number;
}

/** A parcel in the carrier's books. */
export interface Parcel {
  id: string;
  orderId: string;
  status: 'booked' | 'picked_up' | 'delivered' | 'cancelled' | 'returning';
  carrier: string;
  trackingNumber: string;
}

/** What the sandbox's partner took; `copy` counts the receipts of one webhook-id. */
export interface PartnerReceipt {
  webhookId: string;
  type: string;
  orderId: string | null;
  copy: number;
}

export type Party = 'provider' | 'carrier' | 'partner' | 'mail';

/** The third parties of a running shop: what they have in their books, what they do, and how they misbehave. */
export class SandboxClient {
  constructor(private readonly url: string) {}

  inbox(email: string): Promise<Mail[]> {
    return this.book<Mail>(`/inbox?to=${encodeURIComponent(email)}`);
  }

  intents({ id }: { id: string }): Promise<Intent[]> {
    return this.book<Intent>(`/provider/payment-intents?orderId=${id}`);
  }

  refunds({ id }: { id: string }): Promise<Refund[]> {
    return this.book<Refund>(`/provider/refunds?orderId=${id}`);
  }

  /** The intent of an order, once it is in this state. */
  async intentThat(order: { id: string }, status: string): Promise<Intent> {
    const [intent] = await eventually(
      () => this.intents(order),
      (intents) => intents[0]?.status === status,
    );
    return intent!;
  }

  /** The customer does what its bank asks for, or fails to. */
  async authenticate({ id }: { id: string }, outcome: 'succeed' | 'fail' = 'succeed'): Promise<void> {
    await this.tell('POST', `/provider/payment-intents/${id}/authenticate`, { outcome });
  }

  /** The parcels of an order, newest first; without one, the newest of all. */
  parcels(order?: { id: string }): Promise<Parcel[]> {
    return this.book<Parcel>(`/carrier/shipments?limit=100${order ? `&orderId=${order.id}` : ''}`);
  }

  /** The only parcel of an order, once it is in this state. */
  async parcelThat(order: { id: string }, status: Parcel['status']): Promise<Parcel> {
    const [parcel] = await eventually(
      () => this.parcels(order),
      (parcels) => parcels.length === 1 && parcels[0]!.status === status,
      { timeoutMs: 20_000 },
    );
    return parcel!;
  }

  /** Answers the status: 409 when the carrier's books do not allow the move. */
  async pickUp({ id }: { id: string }): Promise<number> {
    return (await this.send('POST', `/carrier/shipments/${id}/pick-up`)).status;
  }

  async deliver({ id }: { id: string }): Promise<number> {
    return (await this.send('POST', `/carrier/shipments/${id}/deliver`)).status;
  }

  /** Replaces the behaviour as a whole; `{}` is well. */
  async behave(party: Party, behaviour: Record<string, unknown>): Promise<void> {
    await this.tell('PUT', `/${party}/behaviour`, behaviour);
  }

  /** Resolves when the partner has registered itself at the gateway. */
  async partnerIsRegistered(): Promise<void> {
    await eventually(
      async () => (await fetch(`${this.url}/readyz`)).json(),
      { checks: { partner: { ok: true } } },
      { timeoutMs: 20_000 },
    );
  }

  /** What the partner received, of one order or the newest of all. */
  partnerReceived(order?: { id: string }): Promise<PartnerReceipt[]> {
    return this.book<PartnerReceipt>(`/partner/received?limit=100${order ? `&orderId=${order.id}` : ''}`);
  }

  private async tell(method: string, path: string, body: object): Promise<void> {
    const response = await this.send(method, path, body);
    if (!response.ok)
      throw new Error(`${method} ${path} was answered with ${response.status}: ${await response.text()}`);
  }

  private async send(method: string, path: string, body?: object): Promise<Response> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    return response;
  }

  private async book<T>(path: string): Promise<T[]> {
    const response = await fetch(`${this.url}${path}`);
    if (!response.ok) throw new Error(`GET ${path} was answered with ${response.status}`);
    return ((await response.json()) as { data: T[] }).data;
  }
}
