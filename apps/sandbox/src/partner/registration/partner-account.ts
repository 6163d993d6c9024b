import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { SandboxConfig } from '../../sandbox.config.js';

const ANSWER_MS = 5_000;

interface Endpoint {
  id: string;
  url: string;
}

/** The gateway took the call and said no. */
export class RefusedByGateway extends Error {
  constructor(
    call: string,
    readonly status: number,
    answer: string,
  ) {
    super(`${call} was answered ${status}: ${answer.slice(0, 500)}`);
    this.name = 'RefusedByGateway';
  }
}

/** The partner's account at the gateway, by the API that every partner uses. */
@Injectable()
export class PartnerAccount implements BeforeApplicationShutdown {
  private readonly stopping = new AbortController();

  constructor(private readonly config: SandboxConfig) {}

  /** A gateway that takes its time holds no stop up. */
  beforeApplicationShutdown(): void {
    this.stopping.abort();
  }

  /** Without a gateway there is nobody to register with. */
  get exists(): boolean {
    return this.config.partnerGatewayUrl !== undefined;
  }

  /** Of every endpoint that leads here. */
  async secrets(): Promise<string[]> {
    const found: string[] = [];
    for await (const { id, url } of this.endpoints()) {
      const secret = this.leadsHere(url) ? await this.secretOf(id) : undefined;
      if (secret !== undefined) found.push(secret);
    }
    return found;
  }

  /** Answers with the secret of the new endpoint. */
  async register(): Promise<string> {
    const { secret } = await this.call<{ secret: string }>('POST', '/v1/webhook-endpoints', {
      url: this.config.partnerWebhookUrl,
      eventTypes: this.config.partnerEventTypes,
      description: 'sandbox partner',
    });
    return secret;
  }

  private async *endpoints(): AsyncGenerator<Endpoint> {
    let cursor: string | null = null;
    do {
      const after: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: { data: Endpoint[]; nextCursor: string | null } = await this.call(
        'GET',
        `/v1/webhook-endpoints?limit=100${after}`,
      );
      yield* page.data;
      cursor = page.nextCursor;
    } while (cursor !== null);
  }

  /** Undefined when the endpoint was deleted since it was listed. */
  private async secretOf(id: string): Promise<string | undefined> {
    try {
      const { secret } = await this.call<{ secret: string }>('GET', `/v1/webhook-endpoints/${id}/secret`);
      return secret;
    } catch (error) {
      if (error instanceof RefusedByGateway && error.status === 404) return undefined;
      throw error;
    }
  }

  /** What follows the path tells endpoints of one receiver apart. */
  private leadsHere(url: string): boolean {
    const [theirs, ours] = [new URL(url), new URL(this.config.partnerWebhookUrl!)];
    return theirs.origin === ours.origin && theirs.pathname === ours.pathname;
  }

  private async call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(this.config.partnerGatewayUrl!.replace(/(?<!\/)\/+$/, '') + path, {
      method,
      headers: {
        authorization: `Bearer ${this.config.partnerApiKey}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
      // The key is for nobody else.
      redirect: 'error',
      signal: AbortSignal.any([this.stopping.signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    if (!response.ok) throw new RefusedByGateway(`${method} ${path}`, response.status, await response.text());
    return (await response.json()) as T;
  }
}
