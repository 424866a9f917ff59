/**
 * The second script of every guest: keeps module factories and links them, as `labs/program/link.ts` does outside.
 *
 * Text and not a module, because it must run before there are modules. `__link` runs the modules of a program, which know
 * nothing of the node yet; `__boot` makes the node; `__deliver` takes every event.
 */
export const GUEST_LINKER = `'use strict';
{
  const call = globalThis.__call;
  delete globalThis.__call;
  const factories = new Map();
  let events, entry, main;
  const resolve = (importer, specifier) => {
    if (!specifier.startsWith('.')) return specifier;
    const parts = importer.split('/').slice(0, -1);
    for (const part of specifier.split('/')) {
      if (part === '..') { if (parts.pop() === undefined) throw new Error(importer + ' imports ' + specifier + ', which leads out of the project') }
      else if (part !== '.') parts.push(part);
    }
    return parts.join('/');
  };
  const link = () => {
    const loaded = new Map();
    const load = (path, importer) => {
      const known = loaded.get(path);
      if (known !== undefined) return known;
      const factory = factories.get(path);
      if (factory === undefined) throw new Error(importer + ' imports ' + path + ', which is not part of the lab');
      const exports = {};
      loaded.set(path, exports);
      factory(exports, (specifier) => load(resolve(path, specifier), path));
      return exports;
    };
    return load;
  };
  globalThis.__define = (path, factory) => { factories.set(path, factory) };
  globalThis.__link = (programPath) => {
    delete globalThis.__define;
    delete globalThis.__link;
    const load = link();
    entry = load('labs/grader/guest/guest-entry.ts', 'the judge');
    const program = load(programPath, 'the judge').main;
    if (typeof program !== 'function') throw new Error(programPath + ' does not export a function "main"');
    main = program;
  };
  const boot = (name, traceOn) => {
    if (main === undefined || events !== undefined) throw new Error('a node is booted once, by the judge');
    events = entry.boot(name, main, call, traceOn);
  };
  const deliver = (name, ...args) => entry.deliver(events, name, args);
  for (const [name, value] of [['__boot', boot], ['__deliver', deliver]])
    Object.defineProperty(globalThis, name, { value, writable: false, configurable: false });
}
`
