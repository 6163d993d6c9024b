import { parseArgs } from 'node:util';
import { CannotStart } from './infrastructure/cannot-start.mjs';
import { portBaseFrom } from './infrastructure/ports.mjs';
import { CannotListen } from './listen/cannot-listen.mjs';
import { connectGateway, GatewayAway } from './listen/gateway.mjs';
import { listen } from './listen/listen.mjs';

const usage = `npm run listen -- --forward <url> [options]

Fetches the events that a partner is owed, and posts them, signed, to a program that nobody outside can call.

  --forward <url>    where they go: http://localhost:4000/webhooks
  --events <types>   which ones, by commas: order.*,payment.captured.v1 (default: *)
  --url <url>        of the gateway (default: http://localhost:3000)
  --key <key>        of the partner (default: $PARTNER_API_KEY, or that of the demo)
  --secret <whsec_…> that signs (default: a new one, which is shown)`;

function optionsFrom(args, environment) {
  const { values } = parse(args);
  if (values.help) return undefined;
  const { forward, events, url, key, secret } = values;
  if (forward === undefined) throw new CannotListen(`--forward is missing: where to?\n\n${usage}`);
  return {
    forwardTo: urlFrom('--forward', forward),
    eventTypes: events.split(',').map((type) => type.trim()),
    gatewayUrl: urlFrom('--url', url ?? `http://localhost:${portBaseFrom(environment)}`),
    key: key ?? (environment.PARTNER_API_KEY || 'sk_partner_demo'),
    secret,
  };
}

function parse(args) {
  const text = { type: 'string' };
  try {
    return parseArgs({
      args,
      options: {
        forward: text,
        events: { ...text, default: '*' },
        url: text,
        key: text,
        secret: text,
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new CannotListen(`${error.message}\n\n${usage}`);
  }
}

function urlFrom(option, value) {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.href;
  throw new CannotListen(`${option} is "${value}"; it must be a URL such as http://localhost:4000`);
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    // Who asks twice does not want to wait for the endpoint to be deleted.
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  });
}

try {
  const options = optionsFrom(process.argv.slice(2), process.env);
  if (options === undefined) {
    console.log(usage);
  } else {
    await listen({
      ...options,
      gateway: connectGateway(options.gatewayUrl, options.key),
      signal: stop.signal,
      log: (line) => console.log(line),
    });
  }
} catch (error) {
  const isForPeople = [CannotListen, GatewayAway, CannotStart].some((type) => error instanceof type);
  console.error(isForPeople ? error.message : error);
  process.exitCode = 1;
}
