import { CannotStart } from '../infrastructure/cannot-start.mjs';

const API = '$JS.API';
const STREAM = 'EVENTS';

/**
 * What each service may publish and hear: exactly what its traffic needs, subject by subject. Wildcards of NATS stand
 * for whole tokens, so every durable consumer is named.
 *
 * @param {import('./traffic.d.mts').Traffic[]} traffic of all services
 * @returns {import('./traffic.d.mts').Permissions[]}
 * @throws CannotStart when two services state facts of one aggregate
 */
export function permissionsOf(traffic) {
  assertOneOwner(traffic);
  return traffic.map((own) => permissionsFor(own, traffic));
}

/** Were two services to state facts of one aggregate, consumers could not tell which is newer. */
function assertOneOwner(traffic) {
  const owners = new Map();
  for (const { service, states } of traffic) {
    for (const aggregate of states) {
      const owner = owners.get(aggregate);
      if (owner)
        throw new CannotStart(`${owner} and ${service} both state facts of ${aggregate}; one of them must not`);
      owners.set(aggregate, service);
    }
  }
}

function permissionsFor(own, traffic) {
  const others = traffic.filter(({ service }) => service !== own.service);
  return {
    user: own.service,
    publish: {
      allow: [
        ...factsOf(own),
        ...streamOf(own),
        ...own.reactions.flatMap(consumersOf),
        ...own.asks,
        ...answersOf(own, traffic),
        ...own.signals,
      ],
      deny: deniedTo(own, others),
    },
    subscribe: {
      allow: [
        // Nobody else hears the replies to it.
        `_INBOX_${own.service}.>`,
        // In the queue group only: alone beside the others it would do again what one of them is asked to do.
        ...own.answers.map(({ subject, queue }) => `${subject} ${queue}`),
        ...own.signals,
      ],
    },
  };
}

/**
 * Whoever asks waits where the subject ends with what it asked. NATS could let through one answer to whatever was
 * received (`allow_responses`), but takes every fact with its acknowledgement for a question: many servers then look
 * through thousands of them for each (docs/decisions/0029).
 */
const answersOf = ({ answers }, traffic) =>
  answers.flatMap(({ subject }) =>
    traffic
      .filter(({ asks }) => asks.some((asked) => matches(asked, subject)))
      .map(({ service }) => `_INBOX_${service}.replies.*.${subject}`),
  );

/** As NATS reads `*`. */
function matches(pattern, subject) {
  const [wanted, tokens] = [pattern.split('.'), subject.split('.')];
  return wanted.length === tokens.length && wanted.every((token, index) => token === '*' || token === tokens[index]);
}

const factsOf = ({ states, statesForeign }) =>
  statesForeign ? ['shop.>'] : states.map((aggregate) => `shop.${aggregate}.>`);

/** Whoever comes first makes the stream; nobody changes, empties or deletes it, and nobody reads it by place. */
const streamOf = ({ watches }) => [
  `${API}.INFO`,
  `${API}.STREAM.INFO.${STREAM}`,
  `${API}.STREAM.CREATE.${STREAM}`,
  ...(watches.length > 0 ? watching(watches) : []),
];

const consumersOf = ({ durable, look, filter }) => [
  `${API}.CONSUMER.CREATE.${STREAM}.${durable}.${filter}`,
  `${API}.CONSUMER.INFO.${STREAM}.${durable}`,
  `${API}.CONSUMER.MSG.NEXT.${STREAM}.${durable}`,
  `${API}.CONSUMER.DELETE.${STREAM}.${durable}`,
  `$JS.ACK.${STREAM}.${durable}.>`,
  // As servers have it from 2.16 on, or from 2.14 on when told to: with domain and account.
  `$JS.ACK.*.*.${STREAM}.${durable}.>`,
  ...consumer(look, filter),
];

const consumer = (name, filter) => [
  `${API}.CONSUMER.CREATE.${STREAM}.${name}.${filter}`,
  `${API}.CONSUMER.MSG.NEXT.${STREAM}.${name}`,
  `${API}.CONSUMER.DELETE.${STREAM}.${name}`,
];

/** Consumers for as long as somebody watches, with names that are made up then. */
const watching = (filters) => [
  `${API}.CONSUMER.LIST.${STREAM}`,
  `${API}.CONSUMER.INFO.${STREAM}.*`,
  ...filters.flatMap((filter) => consumer('*', filter)),
];

function deniedTo({ statesForeign, watches }, others) {
  const facts = statesForeign ? others.flatMap(({ states }) => states.map((aggregate) => `shop.${aggregate}.>`)) : [];
  if (watches.length === 0) return facts;
  const consumers = others.flatMap(({ reactions }) => reactions.flatMap(({ durable, look }) => [durable, look]));
  return [
    ...facts,
    ...consumers.flatMap((name) => [
      `${API}.CONSUMER.CREATE.${STREAM}.${name}.>`,
      `${API}.CONSUMER.MSG.NEXT.${STREAM}.${name}`,
      `${API}.CONSUMER.DELETE.${STREAM}.${name}`,
    ]),
  ];
}
