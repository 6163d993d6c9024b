import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../workspace/root.mjs';
import type { Manifest } from './manifests.js';

/** Packages that hold the schemas of Kubernetes (1.34) and of the operators' resources. */
const packages: Record<string, string> = {
  'keda.sh': '@kubernetes-models/keda',
  'postgresql.cnpg.io': '@kubernetes-models/cloudnative-pg',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};

const moduleOf = ({ apiVersion, kind }: Manifest): string => {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0]! : '';
  return `${packages[group] ?? 'kubernetes-models'}/${apiVersion}/${kind}`;
};

/** @throws when the object does not fit the schema of its kind; unknown fields are found by `unknownFields` */
export async function validate(manifest: Manifest): Promise<void> {
  const models = (await import(moduleOf(manifest))) as Record<string, new (data: object) => { validate(): void }>;
  new models[manifest.kind]!(manifest).validate();
}

/**
 * Fields that no schema knows and values of the wrong type, as the API server would refuse them. The schemas leave room
 * for more fields, as JSON Schema does; TypeScript leaves none in an object that is written down.
 */
export function unknownFields(manifests: readonly Manifest[]): string[] {
  const text = manifests
    .map(
      (manifest, index) =>
        `import type { I${manifest.kind} as T${index} } from '${moduleOf(manifest)}';\n` +
        `export const _${index}: T${index} = ${JSON.stringify(manifest, null, 1)};`,
    )
    .join('\n');
  const file = join(root, 'tools', 'k8s', 'rendered-manifests.mts');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2024,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.readFile = (name) => (name === file ? text : readFile(name));
  host.getSourceFile = (name, version, ...rest) =>
    name === file ? ts.createSourceFile(name, text, version) : getSourceFile(name, version, ...rest);
  const program = ts.createProgram([file], options, host);
  const lines = text.split('\n');
  return ts.getPreEmitDiagnostics(program).map(({ file: source, start = 0, messageText }) => {
    const line = source ? lines[source.getLineAndCharacterOfPosition(start).line]?.trim() : '';
    return `${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}
