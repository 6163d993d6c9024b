import type { Target } from '../endpoints/target.js';
import { EndpointConnection } from '../sending/endpoint-connection.js';
import type { UrlPolicy } from '../sending/endpoint-url.js';

interface Open {
  connection: EndpointConnection;
  origin: string;
  sockets: number;
}

/** One connection an endpoint: no tenant's sockets, and nobody's slowness, are shared. */
export class Connections {
  private readonly open = new Map<string, Open>();

  constructor(private readonly policy: UrlPolicy) {}

  to({ id, url, maxInFlight }: Target): EndpointConnection {
    const known = this.open.get(id);
    if (known?.origin === url.origin && known.sockets === maxInFlight) return known.connection;
    this.close(id);
    const connection = new EndpointConnection(url, { policy: this.policy, connections: maxInFlight });
    this.open.set(id, { connection, origin: url.origin, sockets: maxInFlight });
    return connection;
  }

  /** What is under way is let finish. */
  close(endpointId: string): void {
    const known = this.open.get(endpointId);
    this.open.delete(endpointId);
    void known?.connection.close();
  }

  /** Closes all but those. */
  keep(endpointIds: ReadonlySet<string>): void {
    for (const id of this.open.keys()) if (!endpointIds.has(id)) this.close(id);
  }
}
