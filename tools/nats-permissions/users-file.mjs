const HEADER = `# Who may do what on the broker: a user for each service, with exactly what it needs, and one for operators.
# Written from what the services do by npm run nats:permissions; npm run check fails when it is out of date.
# Passwords come from the environment of the server. It reads them as it reads this file: letters, digits, - and _, with
# a letter first, or anything between double quotes. See docs/nats-permissions.md.
`;

/** The variable that holds the password of a user. */
export const passwordVariable = (user) => `NATS_PASSWORD_${user.toUpperCase().replaceAll('-', '_')}`;

/** Operators, tests and measurements. */
export const ADMIN = 'admin';

/**
 * @param {import('./traffic.d.mts').Permissions[]} permissions
 * @returns {string} in the language of nats-server's configuration, as version 2.9.10 knows it
 */
export const usersFile = (permissions) => `${HEADER}authorization {
  users: [
    { user: "${ADMIN}", password: $${passwordVariable(ADMIN)}, permissions { publish: ">", subscribe: ">" } }
${permissions.map(userBlock).join('\n')}
  ]
}
`;

const userBlock = ({ user, publish, subscribe }) => `    {
      user: "${user}", password: $${passwordVariable(user)}
      permissions {
        publish {
${list('allow', publish.allow)}
${publish.deny.length > 0 ? `${list('deny', publish.deny)}\n` : ''}        }
        subscribe {
${list('allow', subscribe.allow)}
        }
      }
    }`;

const list = (name, subjects) =>
  [`          ${name}: [`, ...subjects.map((subject) => `            "${subject}"`), '          ]'].join('\n');
