import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';

export interface ReceivedEvent {
  id: number;
  event: string;
  data: { id: string; type: string; orderId: string | null; data: unknown };
}

/** A client of the live stream, as browsers read it. */
export class EventReader {
  readonly events: ReceivedEvent[] = [];
  /** What was sent besides events. */
  comments = 0;
  closed = false;
  private rest = '';

  private constructor(private readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (text: string) => this.take(text));
    response.on('close', () => (this.closed = true));
    response.on('error', () => undefined);
  }

  /** @param headers at least the key */
  static async open(url: string, headers: Record<string, string>): Promise<EventReader> {
    const request = get(url, { headers, agent: false });
    request.on('error', () => undefined);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`The stream answered ${response.statusCode}`);
    return new EventReader(response);
  }

  get ids(): number[] {
    return this.events.map(({ id }) => id);
  }

  /** Leaves the connection open and reads no further. */
  pause(): void {
    this.response.pause();
  }

  leave(): void {
    this.response.destroy();
  }

  private take(text: string): void {
    const blocks = (this.rest + text).split('\n\n');
    this.rest = blocks.pop()!;
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => [line.split(':', 1)[0]!, line.replace(/^[^:]*: ?/, '')]));
      if (fields.has('')) this.comments += 1;
      if (!fields.has('data')) continue;
      this.events.push({
        id: Number(fields.get('id')),
        event: fields.get('event')!,
        data: JSON.parse(fields.get('data')!) as ReceivedEvent['data'],
      });
    }
  }
}
