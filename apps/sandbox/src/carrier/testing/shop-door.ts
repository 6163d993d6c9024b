import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

const SECRET = 'whsec_aG9va3Nob3AtY2Fycmllci1vZi10aGUtc3BlY3M=';

export interface ReceivedWebhook {
  id: string;
  type: string;
  timestamp: string;
  data: Record<string, unknown>;
}

/** Where the shop takes its carrier's webhooks; what is not signed as Standard Webhooks wants it is not counted. */
export class ShopDoor {
  /** In the order of their coming. */
  readonly received: ReceivedWebhook[] = [];
  readonly refused: string[] = [];
  /** While set, webhooks are kept waiting for their answers. */
  held: ServerResponse[] | null = null;

  private constructor(private readonly server: Server) {}

  static async open(): Promise<ShopDoor> {
    const server = createServer();
    const door = new ShopDoor(server);
    const webhook = new Webhook(SECRET);
    server.on('request', (request, response) => {
      void text(request).then((body) => {
        try {
          const { type, timestamp, data } = webhook.verify(
            body,
            request.headers as Record<string, string>,
          ) as ReceivedWebhook;
          door.received.push({ id: String(request.headers['webhook-id']), type, timestamp, data });
        } catch (error) {
          door.refused.push(String(error));
        }
        if (door.held === null) response.writeHead(202).end();
        else door.held.push(response);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return door;
  }

  /** For a sandbox whose carrier tells this shop. */
  get environment(): NodeJS.ProcessEnv {
    const { port } = this.server.address() as AddressInfo;
    return { CARRIER_WEBHOOK_URL: `http://127.0.0.1:${port}/hooks/carrier`, CARRIER_WEBHOOK_SECRET: SECRET };
  }

  /** What was told of a shipment, in the order of its coming. */
  about(shipmentId: string): ReceivedWebhook[] {
    return this.received.filter(({ data }) => data['id'] === shipmentId);
  }

  typesAbout(shipmentId: string): string[] {
    return this.about(shipmentId).map(({ type }) => type);
  }

  /** Answers what waits, and from now on at once. */
  letGo(): void {
    for (const response of this.held ?? []) response.writeHead(202).end();
    this.held = null;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}
