import { readYaml } from '../observability/watching.js';
import {
  describeRendered,
  isService,
  type Labels,
  matches,
  ofKind,
  overlays,
  render,
  renderOverlay,
  serviceOf,
  workloadsOf,
} from './manifests.js';
import { unknownFields, validate } from './schemas.js';

interface Monitor {
  selector: { matchLabels: Labels };
  podMetricsEndpoints: { port: string; path: string; relabelings: { sourceLabels: string[]; targetLabel: string }[] }[];
}

describeRendered('k8s/monitoring', () => {
  const { objects, remarks } = render('k8s/monitoring');
  const [monitor] = ofKind(objects, 'PodMonitor').map(({ spec }) => spec as Monitor);
  const [rules] = ofKind(objects, 'PrometheusRule').map(({ spec }) => spec as { groups: object[] });

  it('is rendered without a remark, into the namespace of the shop', () => {
    expect(remarks).toBe('');
    expect(objects.map(({ kind, metadata }) => [kind, metadata.namespace])).toEqual([
      ['PodMonitor', 'hookshop'],
      ['PrometheusRule', 'hookshop'],
    ]);
  });

  it('fits the schemas of the Prometheus Operator, with no field that they do not know', async () => {
    for (const object of objects) await expect(validate(object)).resolves.toBeUndefined();
    expect(unknownFields(objects)).toEqual([]);
  }, 60_000);

  it('alerts by the rules that docker compose has', () => {
    expect(rules).toEqual({ groups: readYaml<{ groups: object[] }>('rules.yaml').groups });
  });

  it.each(overlays)('asks every service of the overlay %s and nobody else, under its name', (overlay) => {
    const workloads = workloadsOf(renderOverlay(overlay).objects);
    const asked = workloads.filter(({ labels }) => matches(monitor!.selector.matchLabels, labels));
    const [endpoint] = monitor!.podMetricsEndpoints;

    expect(asked.map(serviceOf).sort()).toEqual(workloads.filter(isService).map(serviceOf).sort());
    expect(endpoint).toMatchObject({ port: 'http', path: '/metrics' });
    for (const { pod } of asked)
      expect(pod.containers[0]!.ports).toContainEqual(expect.objectContaining({ name: 'http' }));
    // Prometheus writes a label's name with underscores.
    const source = '__meta_kubernetes_pod_label_app_kubernetes_io_name';
    expect(endpoint!.relabelings).toEqual([{ sourceLabels: [source], targetLabel: 'job' }]);
  });
});
