import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { layout } from '../infrastructure/ports.mjs';
import { portsOf } from '../shop/environment.mjs';
import { findServices } from '../shop/services.mjs';
import { root } from '../workspace/root.mjs';
import { alertRules, dashboards, expressions, folder, readingOf, readYaml } from './watching.js';

const services = findServices(root).filter(({ name }) => name !== 'sandbox');
const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  services: Record<string, { volumes: string[] }>;
};

describe('the dashboards', () => {
  it('are the story, messaging and webhooks', () => {
    expect(dashboards.map(({ uid, title }) => [uid, title]).sort()).toEqual([
      ['hookshop-messaging', 'Messaging'],
      ['hookshop-story', 'The story'],
      ['hookshop-webhooks', 'Webhooks'],
    ]);
  });

  it.each(dashboards)('$title: no panel lies on another, and each asks an engine that is there', ({ panels }) => {
    const { datasources } = readYaml<{ datasources: { uid: string; type: string }[] }>('datasources.yaml');
    const engines = datasources.map(({ uid, type }) => ({ type, uid }));

    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
    for (const { type, datasource, targets = [] } of panels) {
      if (type === 'row') continue;
      expect(engines).toContainEqual(datasource);
      expect(targets.length).toBeGreaterThan(0);
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    }
  });
});

describe('the datasources', () => {
  it('lead from a span to the lines of its trace, and from a line to its trace', () => {
    interface Datasource {
      uid: string;
      jsonData: { tracesToLogsV2?: object; derivedFields?: object[] };
    }
    const { datasources } = readYaml<{ datasources: Datasource[] }>('datasources.yaml');
    const settings = Object.fromEntries(datasources.map(({ uid, jsonData }) => [uid, jsonData]));

    // As Loki names what it takes from OpenTelemetry.
    expect(settings['tempo']!.tracesToLogsV2).toMatchObject({
      datasourceUid: 'loki',
      tags: [{ key: 'service.name', value: 'service_name' }],
      query: expect.stringContaining('trace_id'),
    });
    expect(settings['loki']!.derivedFields).toMatchObject([
      { datasourceUid: 'tempo', matcherType: 'label', matcherRegex: 'trace_id' },
    ]);
  });
});

describe('the logs in dashboards', () => {
  it('are asked for by the name that all services have in common', () => {
    const asked = dashboards.flatMap(({ panels }) =>
      panels.flatMap(({ targets = [] }) =>
        targets.flatMap(({ expr, datasource }) => (datasource.uid === 'loki' ? [expr!] : [])),
      ),
    );

    expect(asked.length).toBeGreaterThan(0);
    for (const expr of asked) expect(expr).toMatch(/^\{service_namespace="hookshop"\}/);
  });
});

describe('the alert rules', () => {
  it.each(alertRules)('$alert says what to do, and where that is written', ({ labels, annotations }) => {
    const [page, anchor] = annotations.runbook.split('#') as [string, string];
    const headings = readFileSync(join(root, page), 'utf8').match(/^#+ .+$/gm) ?? [];

    expect(['critical', 'warning']).toContain(labels.severity);
    expect(annotations.summary.length).toBeGreaterThan(20);
    expect(annotations.description.length).toBeGreaterThan(20);
    expect(headings.map(anchorOf)).toContain(anchor);
  });

  it.each(alertRules)('$alert is told of in the guide of operations', ({ alert }) => {
    expect(readFileSync(join(root, 'docs/operations.md'), 'utf8')).toContain(`| \`${alert}\``);
  });

  const promtool = process.env.PROMTOOL || 'promtool';
  const isHere = spawnSync(promtool, ['--version']).status === 0;
  // Nobody needs it to start or to change the shop: without it the report says that this was not looked at.
  (isHere ? it : it.skip)(
    `fire when they must and only then, as promtool${isHere ? '' : ' (not on this machine: install prometheus, or point PROMTOOL at one)'} tells`,
    () => {
      for (const args of [
        ['check', 'config', 'prometheus.yaml'],
        ['test', 'rules', 'rules.test.yaml'],
      ]) {
        const { status, stdout, stderr, error } = spawnSync(promtool, args, { cwd: folder, encoding: 'utf8' });
        expect({ error, status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' });
      }
    },
  );

  it('are each shown to fire', () => {
    const shown = readFileSync(join(folder, 'rules.test.yaml'), 'utf8');
    for (const { alert } of alertRules) expect(shown).toContain(`{alertname="${alert}"}`);
  });
});

describe('Prometheus', () => {
  it('asks every service at the port that it has in docker-compose.yml', () => {
    interface Job {
      job_name: string;
      static_configs: { targets: string[] }[];
    }
    const { scrape_configs, rule_files } = readYaml<{ scrape_configs: Job[]; rule_files: string[] }>('prometheus.yaml');
    const ports = layout(3000);

    expect(scrape_configs.map(({ job_name, static_configs }) => [job_name, static_configs[0]!.targets]).sort()).toEqual(
      services.map((service) => [service.name, [`${service.name}:${portsOf(service, ports, {}).PORT}`]]).sort(),
    );
    expect(rule_files).toEqual(['rules.yaml']);
    for (const { name } of services)
      expect(alertRules.find(({ alert }) => alert === 'ServiceAway')!.expr).toContain(name);
  });

  it.each(expressions)('can read what it is asked for: $where', ({ expr }) => {
    const { selectors } = readingOf(expr);

    expect(selectors.length).toBeGreaterThan(0);
    for (const { metric } of selectors) expect(metric).not.toBe('');
  });

  it('is asked by the names and labels that an expression has', () => {
    expect(
      readingOf('sum by (a) (rate(b{c="d"}[$__rate_interval])) > 0 or on (z) e unless f{g!~"h"} offset 1h'),
    ).toEqual({
      selectors: [
        { metric: 'b', labels: ['c'] },
        { metric: 'e', labels: [] },
        { metric: 'f', labels: ['g'] },
      ],
      groupings: ['a', 'z'],
    });
    expect(() => readingOf('sum by a (b)')).toThrow('This is no PromQL at');
    expect(() => readingOf('rate(b[5m)')).toThrow('This is no PromQL at');
  });
});

describe('the container that shows them', () => {
  it('is given files that exist', () => {
    const mounted = compose.services['observability']!.volumes.filter((volume) => volume.startsWith('./'));

    expect(mounted).toHaveLength(5);
    for (const volume of mounted)
      expect([volume, existsSync(join(root, volume.split(':')[0]!))]).toEqual([volume, true]);
  });
});

/** As GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(' ', '-');
