/** Connection options of the NATS client. */
export interface BrokerAddress {
  servers: string[];
  user?: string;
  pass?: string;
  token?: string;
}

/**
 * Takes `NATS_URL` apart: `nats://user:password@host:4222` or `nats://token@host:4222`, several comma-separated with
 * the credentials of the first. The client itself takes hosts and ports only, and mistakes a password for a port.
 */
export function brokerAddress(natsUrl: string): BrokerAddress {
  const urls = natsUrl.split(',').map((url) => new URL(url.trim()));
  const servers = urls.map(({ host }) => host);
  const [user, pass] = [urls[0]?.username ?? '', urls[0]?.password ?? ''].map(decodeURIComponent);
  if (pass) return { servers, user, pass };
  return user ? { servers, token: user } : { servers };
}
