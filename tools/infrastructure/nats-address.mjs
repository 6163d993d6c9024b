/**
 * What the NATS client takes to connect to a URL; the URL itself it reads as a host, and a password in it as a port.
 *
 * @param {string} natsUrl `nats://user:password@host:4222`
 */
export function natsAddress(natsUrl) {
  const { host, username, password } = new URL(natsUrl);
  return { servers: host, user: decodeURIComponent(username), pass: decodeURIComponent(password) };
}
