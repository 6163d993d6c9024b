import { natsHeaders, seal, type Fact, type Refusal } from '@hookshop/messaging';
import { jetstream } from '@nats-io/jetstream';
import { connect, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { v7 as uuidv7 } from 'uuid';

export class Refused {
  constructor(readonly refusal: Refusal) {}
}

export interface Asked {
  subject: string;
  body: Record<string, unknown>;
}

type AnswerOf = (body: Record<string, unknown>) => unknown;

/** The services behind the gateway, as far as they can be seen over the wire: they answer requests and state facts. */
export class FarSide {
  readonly asked: Asked[] = [];
  private readonly subscriptions = new Map<string, Subscription>();

  private constructor(private readonly connection: NatsConnection) {}

  static async join(url: string): Promise<FarSide> {
    return new FarSide(await connect({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 100 }));
  }

  /** Answers with what the function returns; a `Refused` is a refusal, undefined no answer at all. */
  async answer(subject: string, answerOf: AnswerOf): Promise<void> {
    await this.leave(subject);
    const subscription = this.connection.subscribe(subject, {
      queue: 'far-side',
      callback: (_error, message) => {
        const { data, id } = message.json<{ data: Record<string, unknown>; id: string }>();
        this.asked.push({ subject, body: data });
        void Promise.resolve(answerOf(data)).then((answer) => {
          if (answer === undefined) return;
          const outcome = answer instanceof Refused ? { err: answer.refusal } : { response: answer };
          message.respond(JSON.stringify({ ...outcome, isDisposed: true, id }));
        });
      },
    });
    this.subscriptions.set(subject, subscription);
    await this.connection.flush();
  }

  /** Nobody listens there any more. */
  async leave(subject: string): Promise<void> {
    this.subscriptions.get(subject)?.unsubscribe();
    this.subscriptions.delete(subject);
    await this.connection.flush();
  }

  bodiesOf(subject: string): Record<string, unknown>[] {
    return this.asked.filter((asked) => asked.subject === subject).map(({ body }) => body);
  }

  /** States a fact as a producer would; answers its place in the stream. */
  async state(fact: Partial<Fact<object>> & { type: string }, messageId = uuidv7()): Promise<number> {
    const envelope = seal({
      id: uuidv7(),
      source: '/order',
      subject: uuidv7(),
      sequence: 1,
      time: new Date().toISOString(),
      data: {},
      ...fact,
    });
    const { seq } = await jetstream(this.connection).publish(envelope.subject, envelope.payload, {
      msgID: messageId,
      headers: natsHeaders(envelope.headers),
    });
    return seq;
  }

  /** States one version of an occurrence that is stated in several. */
  async stateVersion(type: string, data: object, newestVersion: number): Promise<void> {
    const occurrence = { id: uuidv7(), newestVersion };
    const fact = {
      id: uuidv7(),
      type,
      source: '/order',
      subject: uuidv7(),
      sequence: 1,
      time: new Date().toISOString(),
    };
    const envelope = seal({ ...fact, data }, occurrence);
    await jetstream(this.connection).publish(envelope.subject, envelope.payload, {
      msgID: fact.id,
      headers: natsHeaders(envelope.headers),
    });
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}
