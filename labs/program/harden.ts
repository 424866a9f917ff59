/**
 * The first script of every guest: takes away what would differ between engines or make code out of text.
 *
 * QuickJS has no timers, no network, no files; what is left to remove is time, chance, inexact arithmetic, and the roads
 * to `Function`. The removal is for equality and for clear failures, not the wall itself: the wall is the wasm instance.
 */
export const HARDEN = `'use strict';
for (const name of ['Date', 'WeakRef', 'FinalizationRegistry', 'Atomics', 'SharedArrayBuffer', 'Intl', 'performance', 'std', 'os', 'print', 'console', 'navigator']) delete globalThis[name];
for (const name of ['random', 'exp', 'expm1', 'log', 'log10', 'log1p', 'log2', 'pow', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'atan2', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'hypot', 'cbrt']) delete Math[name];
{
  const refuse = function () { throw new TypeError('code cannot be made from text in a lab') };
  for (const sample of [function () {}, async function () {}, function* () {}, async function* () {}]) {
    Object.defineProperty(Object.getPrototypeOf(sample), 'constructor', { value: refuse, writable: false, configurable: false });
  }
  globalThis.Function = refuse;
  delete globalThis.eval;
}
`
