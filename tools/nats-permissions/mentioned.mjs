import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const CONTRACTS = '@hookshop/contracts';
const isSource = (file) => /\.ts$/.test(file) && !/\.(spec|d)\.ts$/.test(file) && !/(^|\/)testing\//.test(file);

/**
 * What the source of a service mentions of the contracts as a value: `OrderPlaced`, `orderRequests.place`. What it reacts
 * to and what it answers stands in decorators, and is not among it.
 *
 * @param {string} folder
 * @returns {Set<string>}
 */
export function mentionedContracts(folder) {
  const files = readdirSync(folder, { recursive: true }).filter(isSource);
  return new Set(files.flatMap((file) => [...mentionedIn(readFileSync(join(folder, file), 'utf8'))]));
}

/** The same of one file. */
export function mentionedIn(text) {
  const source = ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true);
  const imported = namesFrom(source);
  const mentioned = new Set();
  visit(source);
  return mentioned;

  function visit(node) {
    if (ts.isImportDeclaration(node) || ts.isDecorator(node) || ts.isTypeNode(node)) return;
    if (ts.isIdentifier(node) && imported.has(node.text) && !isOwnName(node)) mentioned.add(nameOf(node));
    ts.forEachChild(node, visit);
  }

  function nameOf(node) {
    const name = imported.get(node.text);
    const { parent } = node;
    return ts.isPropertyAccessExpression(parent) && parent.expression === node ? `${name}.${parent.name.text}` : name;
  }
}

/** What is imported from the contracts, by the name it has here. */
function namesFrom(source) {
  const names = new Map();
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || statement.moduleSpecifier.text !== CONTRACTS) continue;
    const { namedBindings } = statement.importClause ?? {};
    if (!namedBindings || !ts.isNamedImports(namedBindings)) {
      throw new Error(`${CONTRACTS} must be imported by names: import { OrderPlaced } from '${CONTRACTS}'`);
    }
    for (const { name, propertyName } of namedBindings.elements) names.set(name.text, (propertyName ?? name).text);
  }
  return names;
}

/** `order.place` and `{ place: … }` name something else. */
const isOwnName = (node) =>
  (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) ||
  (ts.isPropertyAssignment(node.parent) && node.parent.name === node);
