import { randomUUID } from 'node:crypto';
import { BrokerConnection } from '@hookshop/messaging';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';

export interface DispatchSignal {
  /** Endpoints whose settings, secrets or state were changed. */
  changed?: string[];
  /** Endpoints with new deliveries that are due. */
  due?: string[];
}

/** Core NATS: a signal that is lost costs a moment, until somebody looks by himself. */
const SUBJECT = 'gateway.webhooks.signals';

/** Tells the dispatchers of all instances, after a commit, that there is something to look at. */
@Injectable()
export class DispatchSignals implements OnApplicationBootstrap {
  private readonly listeners: ((signal: DispatchSignal) => void)[] = [];
  private readonly instance = randomUUID();

  constructor(private readonly broker: BrokerConnection) {}

  onApplicationBootstrap(): void {
    this.broker.opened.then(
      ({ connection }) => {
        connection.subscribe(SUBJECT, {
          callback: (_error, message) => {
            const { from, ...signal } = message.json<DispatchSignal & { from: string }>();
            if (from !== this.instance) this.tellHere(signal);
          },
        });
      },
      // The process stops before the broker was ever reached.
      () => undefined,
    );
  }

  ring(signal: DispatchSignal): void {
    this.tellHere(signal);
    this.tellOthers(signal);
  }

  tellOthers(signal: DispatchSignal): void {
    this.broker.current?.connection.publish(SUBJECT, JSON.stringify({ ...signal, from: this.instance }));
  }

  listen(listener: (signal: DispatchSignal) => void): void {
    this.listeners.push(listener);
  }

  private tellHere(signal: DispatchSignal): void {
    for (const listener of this.listeners) listener(signal);
  }
}
