/**
 * What learner code finds around it in the page: ECMAScript, and nothing of the world.
 *
 * Two removals, in this order. `HARDEN` is the grader's own first script, so that code which asks for the time of day or a
 * random number fails in the page with the same words as in the grade. Then every name of the worker that is not
 * ECMAScript goes: network, storage, timers, messages. The sandbox around the worker denies these anyway; here they cease
 * to exist. What learners should ask instead stands in `ADVICE`, which the editor shows beside the line.
 */
import { HARDEN } from '../program/harden.ts'

/** ECMAScript's own names that stay; `HARDEN` has taken some of them away already. */
const KEPT = new Set([
  'globalThis', 'Infinity', 'NaN', 'undefined', 'isFinite', 'isNaN', 'parseFloat', 'parseInt', 'decodeURI', 'decodeURIComponent', 'encodeURI',
  'encodeURIComponent', 'escape', 'unescape', 'AggregateError', 'Array', 'ArrayBuffer', 'BigInt', 'BigInt64Array', 'BigUint64Array', 'Boolean', 'DataView',
  'Error', 'EvalError', 'Float32Array', 'Float64Array', 'Function', 'Int8Array', 'Int16Array', 'Int32Array', 'Iterator', 'JSON', 'Map', 'Math', 'Number',
  'Object', 'Promise', 'Proxy', 'RangeError', 'ReferenceError', 'Reflect', 'RegExp', 'Set', 'String', 'Symbol', 'SyntaxError', 'TypeError', 'Uint8Array',
  'Uint8ClampedArray', 'Uint16Array', 'Uint32Array', 'URIError', 'WeakMap', 'WeakSet',
]) // biome-ignore format: a list of names

/** Takes the world away from this realm. `load` runs a script of text in it. Call it once, when all that is needed of the world is in hand. */
export function shutOutTheWorld(load: (script: string) => void): void {
  load(HARDEN)
  for (
    let level: object | null = globalThis;
    level !== null && level !== Object.prototype;
    level = Object.getPrototypeOf(level)
  ) {
    for (const name of Object.getOwnPropertyNames(level)) {
      if (KEPT.has(name) || name === 'constructor') continue
      // A name that cannot be deleted is a constant of the platform, such as a number.
      Reflect.deleteProperty(level, name)
    }
  }
}

/** A name that a node does not have, and what it has instead. */
export interface Advice {
  readonly pattern: RegExp
  readonly text: string
}

/** For the editor: shown as a warning where such a name stands. */
export const ADVICE: readonly Advice[] = [
  { pattern: /\bDate\b/g, text: 'A node has no Date: ask host.clock.nowMs().' },
  { pattern: /\bMath\.random\b/g, text: 'A node has no Math.random: ask host.random.' },
  {
    pattern: /\b(?:setTimeout|setInterval|setImmediate)\b/g,
    text: 'A node has no timers of its own: use host.clock.after().',
  },
  { pattern: /\bconsole\b/g, text: 'A node has no console: use host.trace.log().' },
  { pattern: /\b(?:fetch|XMLHttpRequest|WebSocket)\b/g, text: 'A node reaches others only through host.network.' },
  { pattern: /\b(?:indexedDB|localStorage|caches)\b/g, text: 'A node stores bytes only through host.disk.' },
  { pattern: /\b(?:process|Buffer|globalThis|window)\b/g, text: 'A node sees the world only through its host.' },
]
