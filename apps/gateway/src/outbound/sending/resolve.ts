import { promises as dns } from 'node:dns';

export interface Address {
  address: string;
  family: 4 | 6;
}

/** @param listed the operator named this host in the settings */
export type Resolve = (host: string, listed: boolean) => Promise<Address[]>;

/** Two tries of at most two and four seconds; the deadline of an attempt ends it earlier. */
const QUERY_MS = 2_000;
const TRIES = 2;

/**
 * Listed hosts are looked up as every other program does it, so /etc/hosts and the names of containers work. All others
 * are asked of the name server directly: that takes none of the few threads on which files, hashes and lookups of
 * others wait, however slow a stranger's name server is, and no search domain is ever appended.
 *
 * @param nameServers asked instead of those of this machine
 */
export function systemResolve(nameServers?: readonly string[]): Resolve {
  const resolver = new dns.Resolver({ timeout: QUERY_MS, tries: TRIES });
  if (nameServers) resolver.setServers(nameServers);
  return (host, listed) => (listed ? lookUp(host) : query(resolver, host));
}

async function lookUp(host: string): Promise<Address[]> {
  const answers = await dns.lookup(host, { all: true, order: 'ipv4first' });
  return answers.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}

/** A name may have addresses of one family only, so one question may fail; both failing is a failure. */
async function query(resolver: dns.Resolver, host: string): Promise<Address[]> {
  const [ipv4, ipv6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  if (ipv4.status === 'rejected' && ipv6.status === 'rejected') throw moreTelling(ipv4.reason, ipv6.reason);
  const found = (answers: PromiseSettledResult<string[]>, family: 4 | 6): Address[] =>
    answers.status === 'fulfilled' ? answers.value.map((address) => ({ address, family })) : [];
  return [...found(ipv4, 4), ...found(ipv6, 6)];
}

/** "No such record" for one family says less than what went wrong with the other. */
const moreTelling = (one: NodeJS.ErrnoException, other: NodeJS.ErrnoException) =>
  one.code === 'ENODATA' || one.code === 'ENOTFOUND' ? other : one;
