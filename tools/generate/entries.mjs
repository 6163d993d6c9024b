import { CannotStart } from '../infrastructure/cannot-start.mjs';

/**
 * The lists in which every service has its entry, and how a new one gets there: as text, so that comments and the order
 * of things stay as they are.
 *
 * @returns {{ path: string, enter: (text: string) => string }[]}
 */
export function entries({ name, upper, port }) {
  const k8sFile = `  - ${name}.yaml`;
  return [
    list('docker-compose.yml', [
      beforeMatch(/^ {2}# The door: opened/m, composeService({ name, upper, port })),
      intoWords(/^ +DATABASES: (.*)$/m, name, 'sandbox'),
      afterLast(/^ +NATS_PASSWORD_\w+: \$\{NATS_PASSWORD_.*$/gm, `      ${passwordOf(name, upper)}`),
      afterSection(/^ {2}gateway:$/m, `      ${name}: { condition: service_healthy }`),
    ]),
    list('k8s/base/kustomization.yaml', [afterLast(/^ {2}- \w+\.yaml$/gm, k8sFile)]),
    list('k8s/base/migrations/kustomization.yaml', [afterLast(/^ {2}- \w+\.yaml$/gm, k8sFile)]),
    list('k8s/service/kustomization.yaml', [
      beforeMatch(/^ {2}- \{ name: hookshop\/sandbox,/m, (text) => `${imageLike(text, name)}\n`),
    ]),
    list('k8s/overlays/production/kustomization.yaml', [
      afterLast(/^ {2}- \{ name: hookshop\/\w+, newName: .*$/gm, (last) =>
        last.replaceAll(/hookshop\/\w+/g, `hookshop/${name}`),
      ),
    ]),
    list('k8s/overlays/production/services/kustomization.yaml', [afterLast(/^ {2}- \w+\.yaml$/gm, k8sFile)]),
    list('k8s/overlays/production/postgres/cluster.yaml', [
      replaceIn(/max_connections: '(\d+)'/, (most) => String(Number(most) + CONNECTIONS)),
      afterLast(
        /^ +- \{ name: \w+, login: true.*$/gm,
        `      - { name: ${name}, login: true, passwordSecret: { name: ${name}-database } }`,
      ),
    ]),
    list('k8s/overlays/local/kustomization.yaml', [
      beforeMatch(/^ {2}- \{ name: sandbox-database,/m, secretOf(name)),
      afterLast(/^ +- NATS_PASSWORD_\w+=.*$/gm, `      - NATS_PASSWORD_${upper}=demo-${name}`),
    ]),
    list('k8s/overlays/local/postgres.yaml', [
      intoWords(/name: DATABASES,\s+value: ([a-z0-9 ]*[a-z0-9])/, name, 'sandbox'),
    ]),
    list('docker/observability/prometheus.yaml', [
      afterLast(
        /^ {2}- job_name: .*\n.*$/gm,
        `  - job_name: ${name}\n    static_configs: [{ targets: ['${name}:${port}'] }]`,
      ),
    ]),
    list('docker/observability/rules.yaml', [replaceIn(/up\{job=~"([^"]*)"\}/, (jobs) => `${jobs}|${name}`)]),
    list('k8s/monitoring/rules.yaml', [replaceIn(/up\{job=~"([^"]*)"\}/, (jobs) => `${jobs}|${name}`)]),
    list('docs/kubernetes.md', [
      intoWords(/^apps="([^"]*)"$/m, name, 'sandbox'),
      everyMatch(/for (?:service|app) in ([a-z0-9 ]+); do/g, (services) => `${services} ${name}`),
      everyMatch(/for user in ([A-Z0-9 ]+); do/g, (users) => `${users} ${upper}`),
    ]),
  ];
}

/** A pool of ten for each of its six instances in production, and for one more while a version replaces another. */
const CONNECTIONS = 70;

const passwordOf = (name, upper) => `NATS_PASSWORD_${upper}: \${NATS_PASSWORD_${upper}:-demo-${name}}`;

const composeService = ({ name, upper, port }) => `  ${name}:
    <<: *app
    build: { <<: *build, args: { APP: ${name} } }
    environment:
      <<: *environment
      PORT: ${port}
      DATABASE_URL: postgres://${name}:demo-${name}@postgres:5432/${name}
      NATS_URL: nats://${name}:\${NATS_PASSWORD_${upper}:-demo-${name}}@nats:4222
    depends_on: *engines

`;

const secretOf = (name) =>
  `  - { name: ${name}-database, type: kubernetes.io/basic-auth, literals: [username=${name}, password=demo-${name}] }\n`;

/** The line of an image for another one of the same version. */
const imageLike = (line, name) => line.replace('hookshop/sandbox', `hookshop/${name}`);

/** One file and its edits, each of which finds its place or says that it does not. */
const list = (path, edits) => ({
  path,
  enter: (text) =>
    edits.reduce((edited, edit) => {
      const result = edit(edited);
      if (result !== undefined) return result;
      throw new CannotStart(
        `${path} is not as it was: the services in it are not found. Enter the new one by hand, as docs/how-to-add-a-service.md says.`,
      );
    }, text),
});

const insertAt = (text, index, more) => text.slice(0, index) + more + text.slice(index);
const given = (more, match) => (typeof more === 'function' ? more(match) : more);

/** Whole lines in front of the one that matches; a function gets that line. */
const beforeMatch = (pattern, more) => (text) => {
  const found = pattern.exec(text);
  if (!found) return undefined;
  const line = text.slice(found.index).split('\n', 1)[0];
  return insertAt(text, found.index, given(more, line));
};

/** A line after the last one that matches. */
const afterLast = (pattern, more) => (text) => {
  const last = [...text.matchAll(pattern)].at(-1);
  return last && insertAt(text, last.index + last[0].length, `\n${given(more, last[0])}`);
};

/** A line at the end of the section that begins with a match and ends with an empty line. */
const afterSection = (pattern, more) => (text) => {
  const found = pattern.exec(text);
  const end = found ? text.indexOf('\n\n', found.index) : -1;
  return end === -1 ? undefined : insertAt(text, end, `\n${more}`);
};

const replaceIn = (pattern, change) => (text) => {
  const found = pattern.exec(text);
  return found ? text.replace(found[0], found[0].replace(found[1], change(found[1]))) : undefined;
};

const everyMatch = (pattern, change) => (text) =>
  pattern.test(text) ? text.replaceAll(pattern, (whole, inner) => whole.replace(inner, change(inner))) : undefined;

/** A word into a list of words, in front of the one that is to stay last. */
const intoWords = (pattern, word, last) =>
  replaceIn(pattern, (words) => {
    const all = words.split(' ').filter((each) => each !== last);
    return [...all, word, ...(words.split(' ').includes(last) ? [last] : [])].join(' ');
  });
