/**
 * Hostile code for the first lab, in the place of its file: what a learner might hand in to stall, to forge or to break out. The
 * judge's tests run it in Node, and `npm run bench -- engines` in every engine.
 */

/** The lab's file that the code takes the place of. */
export const HOSTILE_FILE = 'advertised-address.ts'

const inFunction = (body: string) =>
  `export function advertisedAddress(host: unknown, config: unknown, bound: string): string { ${body} }`

const inHost = (body: string) =>
  `export function advertisedAddress(host: any, config: any, bound: string): string { ${body} }`

type Ending = readonly (readonly [name: string, code: string, reason: string])[]

/** Code that runs until its fuel ends it. */
export const FUEL: Ending = [
  ['an endless loop', inFunction('for (;;) {}'), 'fuel'],
  ['an endless loop at load', 'for (;;) {}\nexport const advertisedAddress = () => ""', 'fuel'],
  [
    'a loop that catches everything',
    inFunction('for (;;) { try { for (;;) {} } catch {} finally { continue } }'),
    'fuel',
  ],
  [
    'an endless chain of promises',
    inFunction('const again = () => Promise.resolve().then(again); again(); return "x:1"'),
    'fuel',
  ],
]

/** Code that ends by a limit, or by what it does, at the same event on every machine. */
export const ENDING: Ending = [
  [
    'caught recursion',
    inFunction('const f = (): unknown => { try { return f() } catch { return f() } }; return String(f())'),
    'fuel',
  ],
  [
    'recursion that finally goes on',
    inFunction('const f = (): string => { try { return f() } finally { return f() } }; return f()'),
    'fuel',
  ],
  [
    'slow timers',
    inHost('const t = () => { for (let i = 0; i < 3_000_000; i++); host.clock.after(1, t) }; t(); return bound'),
    'fuel',
  ],
  ['timers without end', inHost('const t = () => { host.clock.after(0, t) }; t(); return bound'), 'never-settles'],
  ['a list that grows', inFunction('const a: unknown[] = []; for (;;) a.push({})'), 'memory'],
  [
    'texts that grow',
    inFunction('const a: string[] = []; for (let i = 0; ; i++) a.push("x".repeat(9000) + i)'),
    'memory',
  ],
  ['a text that doubles', inFunction('let s = "x"; for (;;) s += s'), 'memory'],
  [
    'writes without end',
    inHost(
      'const f = host.disk.open("big"); const b = new Uint8Array(1 << 20); const t = () => { for (let i = 0; i < 10; i++) host.disk.write(f, i << 20, b); host.clock.after(1, t) }; t(); return bound',
    ),
    'memory',
  ],
  ['the judge’s own name', inFunction('__caught(); return "x:1"'), 'does-not-load'],
  ['a name that is not there', inFunction('return nosuch'), 'promise'],
  [
    'an error with a long name',
    inFunction('const e = new Error("x"); e.name = "N".repeat(2_000_000); throw e'),
    'promise',
  ],
  ['250,000 blank lines', '\n'.repeat(250_000) + inFunction('return "nowhere:1"'), 'promise'],
]

/** Code that fails with a sentence, whatever the reason is. */
export const FAILING: readonly (readonly [name: string, code: string])[] = [
  ['recursion', inFunction('const f = (): number => f() + 1; return String(f())')],
  ['a memory bomb', inFunction('const all: unknown[] = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1))')],
  ['code from text', inFunction('return (function () {}).constructor("return this")().process')],
  [
    'an import from outside',
    'import { readFileSync } from "node:fs"\nexport const advertisedAddress = () => readFileSync("/etc/passwd", "utf8")',
  ],
  ['time', inFunction('return String(Date.now())')],
  ['a result that is no text', inFunction('return { toString() { throw new Error("x") } } as never')],
  [
    'patched prototypes',
    'Array.prototype.every = () => true; Array.prototype.some = () => false; String.prototype.startsWith = () => true\nexport const advertisedAddress = () => "nowhere:1"',
  ],
  ['text that is not TypeScript', 'export function ('],
  ['an enum', 'export enum A { B }'],
  ['deep brackets', `export const x = ${'['.repeat(300)}${']'.repeat(300)}`],
]

/** All of it. */
export const HOSTILE: readonly (readonly [name: string, code: string])[] = [
  ...[...FUEL, ...ENDING].map(([name, code]) => [name, code] as const),
  ...FAILING,
]
