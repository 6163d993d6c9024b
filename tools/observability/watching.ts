import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../workspace/root.mjs';

/** What the profile `observability` of docker-compose.yml is provisioned with. */
export const folder = join(root, 'docker', 'observability');

export interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource?: { type: string; uid: string };
  targets?: { refId: string; expr?: string; query?: string; datasource: { type: string; uid: string } }[];
}

export interface Dashboard {
  uid: string;
  title: string;
  schemaVersion: number;
  panels: Panel[];
}

export interface AlertRule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; description: string; runbook: string };
}

export const readYaml = <T>(file: string): T => parse(readFileSync(join(folder, file), 'utf8')) as T;

export const dashboards: Dashboard[] = readdirSync(join(folder, 'dashboards')).map(
  (file) => JSON.parse(readFileSync(join(folder, 'dashboards', file), 'utf8')) as Dashboard,
);

export const alertRules: AlertRule[] = readYaml<{ groups: { rules: AlertRule[] }[] }>('rules.yaml').groups.flatMap(
  ({ rules }) => rules,
);

/** Every expression of Prometheus with where it stands. */
export const expressions: { where: string; expr: string }[] = [
  ...alertRules.map(({ alert, expr }) => ({ where: alert, expr })),
  ...dashboards.flatMap(({ title, panels }) =>
    panels.flatMap((panel) =>
      (panel.targets ?? []).flatMap(({ expr, datasource }) =>
        expr && datasource.type === 'prometheus' ? [{ where: `${title}: ${panel.title}`, expr }] : [],
      ),
    ),
  ),
];

/**
 * The metrics an expression reads, each with the labels that it is asked for. Every metric is followed by its labels in
 * braces or by a range, as all of them are here.
 */
export function selectorsIn(expr: string): { metric: string; labels: string[] }[] {
  return [...expr.matchAll(/\b([a-zA-Z_:][\w:]*)(?:\{([^}]*)\})?(?=[[{]|(?<=\}))/g)].map(
    ([, metric, matchers = '']) => ({
      metric: metric!,
      labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!),
    }),
  );
}

/** Labels by which an expression groups. */
export const groupingsIn = (expr: string): string[] =>
  [...expr.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap(([, labels]) => labels!.split(',').map((label) => label.trim()));

const words = ['and', 'or', 'unless', 'offset', 'by', 'without', 'on', 'ignoring', 'bool'];

/** Names in an expression that are neither functions nor followed by labels or a range: nobody would look them up. */
export const bareNamesIn = (expr: string): string[] =>
  [
    ...expr
      .replaceAll(/\{[^}]*\}/g, '{}')
      .replaceAll(/\[[^\]]*\]/g, '[]')
      .replaceAll(/\boffset \w+/g, ' ')
      .replaceAll(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/g, ' ')
      .matchAll(/(?<![\w.$])[a-zA-Z_:][\w:]*(?![\w:]*\s*[({[])/g),
  ]
    .map(([name]) => name)
    .filter((name) => !words.includes(name));
