import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { percentiles, round } from './percentiles.mjs';
import { signedHeaders, stripeEvents } from './stripe-events.mjs';

/**
 * A third party in a process of its own, so that nothing else delays what it sends: each message it gets is a plan (see
 * `startSender`), each that it sends tells how one went.
 */
process.on('message', async (plan) => process.send(await carryOut(plan)));
process.on('disconnect', () => process.exit());

async function carryOut({
  url,
  secret,
  run,
  from,
  distinct = Infinity,
  connections,
  perSecond,
  seconds,
  most = Infinity,
}) {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const eventOf = stripeEvents(run);
  const statuses = {};
  const latencies = [];
  const late = [];
  let sent = 0;

  const send = async (since) => {
    const body = eventOf(from + (sent++ % distinct));
    const status = await post(pool, { path: pathname, method: 'POST', headers: signedHeaders(body, secret), body });
    statuses[status] = (statuses[status] ?? 0) + 1;
    latencies.push(performance.now() - since);
  };
  const began = performance.now();
  if (perSecond) await openLoop({ began, perSecond, seconds, send, late });
  else await closedLoop({ until: began + seconds * 1_000, connections, send, hasMore: () => sent < most });
  const lasted = (performance.now() - began) / 1_000;
  await pool.close();
  return { sent, statuses, seconds: round(lasted, 3), latency: withMax(latencies), late: withMax(late) };
}

/**
 * Sends when it is time, whatever became of the earlier ones. Latency counts from the time at which a message was due,
 * so that a stall is not hidden by the messages that it holds back.
 */
async function openLoop({ began, perSecond, seconds, send, late }) {
  const answers = [];
  while (answers.length < perSecond * seconds) {
    const due = began + (answers.length * 1_000) / perSecond;
    const now = performance.now();
    if (now < due) {
      await pause(due - now);
      continue;
    }
    late.push(now - due);
    answers.push(send(due));
  }
  await Promise.all(answers);
}

/** Each connection sends its next message when its last one is answered. */
async function closedLoop({ until, connections, send, hasMore }) {
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (hasMore() && performance.now() < until) await send(performance.now());
    }),
  );
}

/** The faster of the client's two ways: without its streams. A connection that fails is an answer, too. */
function post(pool, request) {
  return new Promise((resolve) => {
    let status;
    pool.dispatch(request, {
      onRequestStart() {},
      onResponseStart: (_, code) => (status = code),
      onResponseData() {},
      onResponseEnd: () => resolve(status),
      onResponseError: (_, error) => resolve(error.code ?? error.message),
    });
  });
}

const withMax = (values) => ({
  ...percentiles(values),
  max: round(values.reduce((most, value) => Math.max(most, value), 0)),
});
