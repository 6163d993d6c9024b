import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
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

export interface Reading {
  /** The metrics it reads, each with the labels that it is asked for. */
  selectors: { metric: string; labels: string[] }[];
  /** Labels by which it groups or matches. */
  groupings: string[];
}

/**
 * What an expression asks for, read by Prometheus' own grammar.
 *
 * @throws Error when it is none
 */
export function readingOf(expr: string): Reading {
  // Grafana puts a length of time in.
  const text = expr.replaceAll(/\$__\w+/g, '5m');
  const reading: Reading = { selectors: [], groupings: [] };
  parser.parse(text).iterate({
    enter({ type, from, to, node }) {
      if (type.isError) throw new Error(`This is no PromQL at "${text.slice(from, from + 20)}": ${text}`);
      if (type.name === 'GroupingLabels') {
        reading.groupings.push(...node.getChildren('LabelName').map((label) => text.slice(label.from, label.to)));
      }
      if (type.name !== 'VectorSelector') return;
      const [metric = ''] = /^[a-zA-Z_:][\w:]*/.exec(text.slice(from, to)) ?? [];
      const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
      const labels = matchers.flatMap((matcher) => matcher.getChildren('LabelName'));
      reading.selectors.push({ metric, labels: labels.map((label) => text.slice(label.from, label.to)) });
    },
  });
  return reading;
}
