import { isIP } from 'node:net';
import { isMetadata, isPublicUnicast } from './address-class.js';

export interface UrlPolicy {
  allowHttp: boolean;
  /** Names and addresses, with no regard to case: they may be private, and names may lack a dot. */
  allowedPrivateHosts: readonly string[];
}

/** The message goes on where the field's name ends: "must be https". */
export class RefusedUrl extends Error {
  override readonly name = 'RefusedUrl';
}

const MAX_LENGTH = 2_048;
const metadataNames = ['metadata.google.internal', 'metadata.goog'];
const hostName = /^(?=.{1,253}$)[^.]{1,63}(\.[^.]{1,63})*$/;

/**
 * What a partner may register. Where a name leads is not known before a socket is opened, and is decided there.
 *
 * @returns the URL as it will be used, normalised, without trailing dots of the host
 * @throws RefusedUrl
 */
export function checkUrl(text: string, policy: UrlPolicy): URL {
  if (text.length > MAX_LENGTH) throw new RefusedUrl('is longer than 2048 characters');
  const url = parse(text);
  if (url.protocol !== 'https:' && !(policy.allowHttp && url.protocol === 'http:')) {
    throw new RefusedUrl(policy.allowHttp ? 'must be https or http' : 'must be https');
  }
  if (url.username !== '' || url.password !== '') throw new RefusedUrl('has a user name or password');
  // An empty fragment has a hash of '' as well.
  if (url.href.includes('#')) throw new RefusedUrl('has a fragment');
  checkPort(url.port);
  const host = normalHost(url.hostname);
  checkHost(host, policy);
  if (isIP(host) === 0) url.hostname = host;
  return url;
}

function parse(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw new RefusedUrl('is not a URL');
  }
}

/** Below 1024 live services that a line of HTTP might talk into something: mail, for one. */
function checkPort(port: string): void {
  if (port === '' || port === '80' || port === '443' || Number(port) >= 1_024) return;
  throw new RefusedUrl(`has port ${port}; ports 80, 443 and 1024 to 65535 are allowed`);
}

function checkHost(host: string, policy: UrlPolicy): void {
  if (isMetadata(host) || metadataNames.includes(host)) throw new RefusedUrl('is the metadata service of a cloud');
  if (isListed(host, policy)) return;
  if (isIP(host) !== 0) {
    if (!isPublicUnicast(host)) throw new RefusedUrl('is an address that is not public');
    return;
  }
  if (!hostName.test(host)) throw new RefusedUrl('is not a valid host name');
  if (host === 'localhost' || host.endsWith('.localhost')) throw new RefusedUrl('is a name of this machine itself');
  if (!host.includes('.')) throw new RefusedUrl('is a host name without a dot');
}

export function isListed(host: string, { allowedPrivateHosts }: UrlPolicy): boolean {
  const wanted = normalHost(host);
  return allowedPrivateHosts.some((listed) => normalHost(listed) === wanted);
}

/** One spelling per host: lower case, no trailing dots, IPv6 shortest and without brackets. */
export function normalHost(host: string): string {
  const plain = host
    .trim()
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/(?<!\.)\.+$/, '');
  if (isIP(plain) !== 6 || plain.includes('%')) return plain;
  return new URL(`http://[${plain}]`).hostname.slice(1, -1);
}
