import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CarrierStatus } from '../carrier/carrier-shipment.js';

/** A parcel as the carrier's API writes it. */
export interface Consignment {
  id: string;
  reference: string;
  status: CarrierStatus;
  carrier: string;
  tracking_number: string;
  created_at: string;
  picked_up_at: string | null;
  delivered_at: string | null;
  cancelled_at: string | null;
  returning_at: string | null;
}

export interface Request {
  /** `POST /carrier/v1/shipments` */
  call: string;
  key: string | undefined;
  authorization: string | undefined;
  body: string;
  /** `?reference=…` */
  search: URLSearchParams;
}

interface Answer {
  status: number;
  body: object | string;
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
  /** Does it, and answers when that is fulfilled: with what it brings, if it brings anything. */
  | Promise<void | Answer>;

export const refused = (status: number, code: string): Answer => ({
  status,
  body: { error: { code, message: `${code}: see 1 Main St` } },
});

/** Plays the carrier: keeps books, moves nothing by itself, and misbehaves in every way a spec wants. */
export class CarrierStandIn {
  readonly consignments: Consignment[] = [];
  readonly requests: Request[] = [];
  /** Connections that were opened. */
  connections = 0;
  /** Asked before each request is done; undefined does it well. */
  misbehave: (request: Request) => Misbehaviour | undefined = () => undefined;
  private readonly bookings = new Map<string, { body: string; consignment: Consignment }>();
  private readonly server: Server;

  private constructor() {
    this.server = createServer((incoming, outgoing) => void this.serve(incoming, outgoing));
    this.server.on('connection', () => (this.connections += 1));
  }

  static async start(): Promise<CarrierStandIn> {
    const standIn = new CarrierStandIn();
    await new Promise<void>((resolve) => standIn.server.listen(0, '127.0.0.1', resolve));
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  of(orderId: string): Consignment[] {
    return this.consignments.filter(({ reference }) => reference === orderId);
  }

  /** Requests about an order, by its id or that of its parcel, as `POST cancel`, `POST book`, `GET look-up`. */
  callsOf(orderId: string): string[] {
    const ids = this.of(orderId).map(({ id }) => id);
    return this.requests.flatMap(({ call, body, search }) => {
      const [, method, id, verb] = /^(\w+) \/carrier\/v1\/shipments(?:\/([^/]+)(?:\/(\w+))?)?$/.exec(call) ?? [];
      if (id !== undefined) return ids.includes(id) ? [`${method} ${verb ?? 'look'}`] : [];
      if (method === 'GET') return search.get('reference') === orderId ? ['GET look-up'] : [];
      return body.includes(orderId) ? ['POST book'] : [];
    });
  }

  /** The driver was there. */
  pickUp(orderId: string): Consignment {
    return this.move(orderId, { status: 'picked_up', picked_up_at: new Date().toISOString() });
  }

  deliver(orderId: string): Consignment {
    return this.move(orderId, { status: 'delivered', delivered_at: new Date().toISOString() });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private move(orderId: string, change: Partial<Consignment>): Consignment {
    return Object.assign(this.of(orderId).at(-1)!, change);
  }

  private async serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of incoming) body += chunk;
    const url = new URL(incoming.url!, this.url);
    const request: Request = {
      call: `${incoming.method} ${url.pathname}`,
      key: incoming.headers['idempotency-key'] as string | undefined,
      authorization: incoming.headers.authorization,
      body,
      search: url.searchParams,
    };
    this.requests.push(request);
    const wanted = this.misbehave(request);
    if (wanted === 'ignore') return;
    const isAnswer = wanted !== undefined && typeof wanted === 'object' && 'status' in wanted;
    const answer = isAnswer ? wanted : this.do(request);
    if (wanted === 'swallow answer') return;
    const later = wanted instanceof Promise ? await wanted : undefined;
    const said = wanted === 'garble answer' ? refused(500, 'internal') : (later ?? answer);
    outgoing
      .writeHead(said.status, { 'content-type': 'application/json' })
      .end(typeof said.body === 'string' ? said.body : JSON.stringify(said.body));
  }

  private do({ call, key, body, search }: Request): Answer {
    if (call === 'POST /carrier/v1/shipments') return this.book(key, body);
    if (call === 'GET /carrier/v1/shipments') {
      return { status: 200, body: { data: this.of(search.get('reference') ?? '') } };
    }
    const [, id, verb] = /\/shipments\/([^/]+)(?:\/(\w+))?$/.exec(call) ?? [];
    const consignment = this.consignments.find((one) => one.id === id);
    if (!consignment) return refused(404, 'not_found');
    if (verb === 'cancel') return this.cancel(consignment);
    if (verb === 'return') return this.return(consignment);
    return { status: 200, body: { ...consignment } };
  }

  private book(key: string | undefined, body: string): Answer {
    if (key === undefined) return refused(400, 'invalid_request');
    const known = this.bookings.get(key);
    if (known && known.body !== body) return refused(422, 'idempotency_key_reused');
    if (known) return { status: 201, body: { ...known.consignment } };
    const number = this.consignments.length + 1;
    const consignment: Consignment = {
      id: `shp_${number}`,
      reference: (JSON.parse(body) as { reference: string }).reference,
      status: 'booked',
      carrier: 'Stand-in Express',
      tracking_number: `SE${number}`,
      created_at: new Date().toISOString(),
      ...{ picked_up_at: null, delivered_at: null, cancelled_at: null, returning_at: null },
    };
    this.consignments.push(consignment);
    // The answer is that of the moment, also when the key comes again later.
    this.bookings.set(key, { body, consignment: { ...consignment } });
    return { status: 201, body: { ...consignment } };
  }

  private cancel(consignment: Consignment): Answer {
    const { status } = consignment;
    if (status === 'picked_up' || status === 'returning') return refused(409, 'already_picked_up');
    if (status === 'delivered') return refused(409, 'already_delivered');
    if (status === 'booked')
      Object.assign(consignment, { status: 'cancelled', cancelled_at: new Date().toISOString() });
    return { status: 200, body: { ...consignment } };
  }

  private return(consignment: Consignment): Answer {
    const { status } = consignment;
    if (status === 'booked') return refused(409, 'not_picked_up');
    if (status === 'delivered') return refused(409, 'already_delivered');
    if (status === 'cancelled') return refused(409, 'cancelled');
    if (status === 'picked_up') {
      Object.assign(consignment, { status: 'returning', returning_at: new Date().toISOString() });
    }
    return { status: 200, body: { ...consignment } };
  }
}
