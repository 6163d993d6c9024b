import 'reflect-metadata';

const PATTERN = 'microservices:pattern';
const EXTRAS = 'microservices:pattern_extras';

/** Every class that takes part in a Nest module and in those it imports. */
export function partsOf(module, seen = new Set()) {
  const { module: type = module, imports = [], controllers = [], providers = [] } = module;
  if (seen.has(module)) return { controllers: [], providers: [] };
  seen.add(module);
  const declared = (key) => (typeof type === 'function' ? (Reflect.getMetadata(key, type) ?? []) : []);
  const inner = [...declared('imports'), ...imports].map((part) => partsOf(part, seen));
  return {
    controllers: [...declared('controllers'), ...controllers, ...inner.flatMap((part) => part.controllers)],
    providers: [...declared('providers'), ...providers, ...inner.flatMap((part) => part.providers)].map(classOf),
  };
}

function classOf(provider) {
  if (typeof provider === 'function') return provider;
  if (provider.useClass) return provider.useClass;
  return typeof provider.provide === 'function' ? provider.provide : undefined;
}

/** The subjects that controllers answer, each with the queue group if it names one. */
export function answersOf(controllers) {
  return controllers.flatMap((controller) =>
    methodsOf(controller.prototype).flatMap((method) =>
      [Reflect.getMetadata(PATTERN, method) ?? []].flat().map((subject) => ({
        subject,
        queue: Reflect.getMetadata(EXTRAS, method)?.queue,
      })),
    ),
  );
}

function methodsOf(prototype) {
  if (prototype === undefined || prototype === Object.prototype) return [];
  const own = Object.getOwnPropertyNames(prototype).map(
    (name) => Object.getOwnPropertyDescriptor(prototype, name).value,
  );
  return [...own.filter((value) => typeof value === 'function'), ...methodsOf(Object.getPrototypeOf(prototype))];
}
