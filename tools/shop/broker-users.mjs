import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStart } from '../infrastructure/cannot-start.mjs';
import { ADMIN, passwordVariable } from '../nats-permissions/users-file.mjs';
import { generatedSecrets } from './generated-secrets.mjs';

/**
 * The users of the broker and their passwords, which are made at the first start unless they were given.
 *
 * @param {object} options
 * @param {string} options.root
 * @param {{ name: string, usesBroker: boolean }[]} options.services
 * @param {string} options.secrets folder of the secrets that were made
 * @param {Record<string, string | undefined>} options.given
 */
export function brokerUsers({ root, services, secrets, given }) {
  const file = join(root, 'docker', 'nats', 'users.conf');
  const variables = [...new Set(readFileSync(file, 'utf8').match(/(?<=\$)NATS_PASSWORD_\w+/g))];
  assertKnown(services, variables);
  const chosen = Object.fromEntries(variables.filter((name) => given[name]).map((name) => [name, given[name]]));
  const passwords = { ...generatedSecrets(secrets, variables, chosen), ...chosen };

  return {
    file,
    passwords,
    /** The address of a broker for one of its users. */
    urlFor(natsUrl, user = ADMIN) {
      const url = new URL(natsUrl);
      url.username = user;
      url.password = encodeURIComponent(passwords[passwordVariable(user)]);
      return url.href;
    },
  };
}

function assertKnown(services, variables) {
  const unknown = services
    .filter(({ usesBroker, name }) => usesBroker && !variables.includes(passwordVariable(name)))
    .map(({ name }) => name);
  if (unknown.length > 0) {
    throw new CannotStart(
      `The broker has no user for ${unknown.join(', ')}. Write docker/nats/users.conf with: npm run nats:permissions`,
    );
  }
}
