import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const TYPES: Record<number, 'A' | 'AAAA'> = { 1: 'A', 28: 'AAAA' };
const SERVFAIL = 2;
const NXDOMAIN = 3;

/** Addresses as bytes; 'unknown': no such name; 'broken': the server failed. */
export type Records = Partial<Record<'A' | 'AAAA', number[][] | 'unknown' | 'broken'>>;

/** A name server (RFC 1035) that answers every name alike. */
export class NameServer {
  readonly asked: string[] = [];

  private constructor(
    private readonly socket: Socket,
    private readonly records: Records,
  ) {
    socket.on('message', (query, { port, address }) => socket.send(this.answer(query), port, address));
  }

  static async start(records: Records): Promise<NameServer> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new NameServer(socket, records);
  }

  get address(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }

  async stop(): Promise<void> {
    this.socket.close();
    await once(this.socket, 'close');
  }

  private answer(query: Buffer): Buffer {
    // A header of 12 bytes; the name as labels, ended by a zero; type and class, two bytes each.
    const end = query.indexOf(0, 12) + 5;
    const name = query
      .subarray(12, end - 5)
      .toString('latin1')
      .replace(/[\0-\x1f]/g, '.');
    const type = TYPES[query.readUInt16BE(end - 4)]!;
    this.asked.push(`${type} ${name.slice(1)}`);
    const found = this.records[type] ?? [];
    const addresses = typeof found === 'string' ? [] : found;
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(0x8180 | (found === 'unknown' ? NXDOMAIN : found === 'broken' ? SERVFAIL : 0), 2);
    header.writeUInt16BE(addresses.length, 6);
    header.fill(0, 8);
    const answers = addresses.map((bytes) => {
      // The name is the one at byte 12; it is valid for a minute.
      const start = [0xc0, 12, ...query.subarray(end - 4, end), 0, 0, 0, 60, 0, bytes.length];
      return Buffer.from([...start, ...bytes]);
    });
    return Buffer.concat([header, query.subarray(12, end), ...answers]);
  }
}
