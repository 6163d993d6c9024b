import 'reflect-metadata';
import { OrderPlaced } from '@hookshop/contracts';
import { BrokerConnection, MessagingModule, messagingMigrations, Transactions } from '@hookshop/messaging';
import { ObservabilityModule } from '@hookshop/observability';
import { PersistenceModule } from '@hookshop/persistence';
import { headers } from '@nats-io/transport-node';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { randomUUID } from 'node:crypto';
import { orderPlaced } from './facts.mjs';
import { percentiles } from './percentiles.mjs';

/**
 * A service that states facts and does nothing else, in a process of its own (see `startOutboxService`): each message
 * it gets is a plan, each that it sends tells how one went.
 */
const { NATS_URL: natsUrl, DATABASE_URL: url } = process.env;
class Service {}
Module({
  imports: [
    ObservabilityModule.forRoot('bench', { logLevel: 'error', nodeEnv: 'production' }),
    PersistenceModule.forRoot({ url, entities: [], migrations: messagingMigrations }),
    MessagingModule.forRoot({ service: 'bench', natsUrl }),
  ],
})(Service);
const app = await NestFactory.createApplicationContext(Service, { logger: false });
const transactions = app.get(Transactions);
const broker = app.get(BrokerConnection);
const { jetstream } = await broker.opened;
const bare = jetstream.publish.bind(jetstream);
const acknowledged = new Map();
const waiting = new Map();
/** How many facts of each aggregate were handed over to be stored once, in this order. */
const ledger = {};

jetstream.publish = async (subject, payload, options) => {
  const answer = await bare(subject, payload, options);
  acknowledged.set(options.msgID, performance.now());
  waiting.get(options.msgID)?.();
  return answer;
};

const plans = { publish, publishBare, away: () => ({ away: broker.current === undefined }), ledger: () => ledger };
process.on('message', async ({ plan, ...options }) => process.send(await plans[plan](options)));
process.on('disconnect', () => process.exit());
process.send({ ready: true });

function newAggregate() {
  const id = randomUUID();
  ledger[id] = 0;
  return id;
}

/** Clients that each commit facts of an aggregate of their own and, with `wait`, go on when all are acknowledged. */
async function publish({ clients, factsEach, seconds, most = Infinity, wait = true }) {
  acknowledged.clear();
  const costs = [];
  const added = [];
  let facts = 0;
  let count = 0;
  const began = performance.now();
  const client = async () => {
    const subject = newAggregate();
    while (performance.now() < began + seconds * 1_000 && count++ < most) {
      const { ids, cost, committedAt } = await commit(subject, factsEach);
      costs.push(cost);
      facts += ids.length;
      if (!wait) continue;
      await Promise.all(ids.map(whenAcknowledged));
      for (const id of ids) added.push(acknowledged.get(id) - committedAt);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return {
    facts,
    perSecond: Math.round((facts * 1_000) / (performance.now() - began)),
    transaction: percentiles(costs),
    added: percentiles(added),
  };
}

async function commit(subject, count) {
  const began = performance.now();
  let committedAt;
  const ids = await transactions.run(async (tx) => {
    tx.afterCommit(() => (committedAt = performance.now()));
    return Array.from({ length: count }, () =>
      tx.publish(OrderPlaced, orderPlaced(subject), { subject, sequence: (ledger[subject] += 1) }),
    );
  });
  return { ids, cost: committedAt - began, committedAt };
}

async function whenAcknowledged(id) {
  if (!acknowledged.has(id)) await new Promise((resolve) => waiting.set(id, resolve));
  waiting.delete(id);
}

/** The floor: the same facts by the same client, without a database. */
async function publishBare({ inFlight, seconds, most = Infinity }) {
  const latencies = [];
  const subject = newAggregate();
  const payload = new TextEncoder().encode(JSON.stringify(orderPlaced(subject)));
  let count = 0;
  const began = performance.now();
  const loop = async () => {
    while (performance.now() < began + seconds * 1_000 && count++ < most) {
      const sentAt = performance.now();
      const id = randomUUID();
      await bare('shop.order.placed.v1', payload, {
        msgID: id,
        headers: envelope(id, subject, (ledger[subject] += 1)),
      });
      latencies.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  const perSecond = Math.round((latencies.length * 1_000) / (performance.now() - began));
  return { facts: latencies.length, perSecond, latency: percentiles(latencies) };
}

function envelope(id, subject, sequence) {
  const attributes = headers();
  attributes.set('ce-specversion', '1.0');
  attributes.set('ce-id', id);
  attributes.set('ce-source', '/bench');
  attributes.set('ce-type', 'order.placed.v1');
  attributes.set('ce-subject', subject);
  attributes.set('ce-sequence', String(sequence));
  attributes.set('ce-time', new Date().toISOString());
  attributes.set('content-type', 'application/json');
  return attributes;
}
