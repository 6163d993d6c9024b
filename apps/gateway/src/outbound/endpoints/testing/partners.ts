import type { TestGateway } from '../../../testing/test-gateway.js';
import type { EndpointView } from '../select-endpoints.js';

export type CreatedEndpoint = EndpointView & { secret: string };

export interface Refusal {
  status: number;
  detail: string;
  errors?: { path: string; message: string }[];
}

/** A partner with a key of its own, who speaks to the API about its endpoints. */
export class Partner {
  private constructor(
    private readonly gateway: TestGateway,
    readonly id: string,
    private readonly key: string,
  ) {}

  static async join(gateway: TestGateway, id: string): Promise<Partner> {
    const body = { role: 'partner', partnerId: id, name: id };
    const response = await gateway.fetch('/v1/api-keys', { as: 'admin', body });
    return new Partner(gateway, id, ((await response.json()) as { key: string }).key);
  }

  /** @param path what follows `/v1/webhook-endpoints` */
  ask(path: string, call: { method?: string; body?: unknown } = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${this.key}` };
    return this.gateway.fetch(`/v1/webhook-endpoints${path}`, { as: null, headers, ...call });
  }

  /** @throws Error when it is refused */
  async create(body: object): Promise<CreatedEndpoint> {
    return this.answer<CreatedEndpoint>(await this.ask('', { body: { eventTypes: ['*'], ...body } }));
  }

  async post<T = EndpointView>(path: string, body?: object): Promise<T> {
    return this.answer<T>(await this.ask(path, { method: 'POST', body }));
  }

  async show(id: string): Promise<EndpointView> {
    return this.answer<EndpointView>(await this.ask(`/${id}`));
  }

  async change(id: string, body: object): Promise<EndpointView> {
    return this.answer<EndpointView>(await this.ask(`/${id}`, { method: 'PATCH', body }));
  }

  async refused(path: string, call: { method?: string; body?: unknown }): Promise<Refusal> {
    const response = await this.ask(path, call);
    if (response.ok) throw new Error(`${path} was not refused: ${response.status}`);
    return (await response.json()) as Refusal;
  }

  private async answer<T>(response: Response): Promise<T> {
    if (!response.ok) throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
}
