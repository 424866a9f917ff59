/**
 * The house rules that a compiler does not know. Each failure names the file and the cure.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../support/stages.ts'

/** Every TypeScript file under a folder, as a path from the root. */
function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort()
}

const text = (path: string) => readFileSync(join(ROOT, path), 'utf8')

/** The code without comments and strings: rules are about what runs. */
function code(path: string): string {
  return text(path)
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|[^:'"`])\/\/.*$/gm, '$1')
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''")
}

const reference = sources('reference')

/** Which folder may import which: those named, and itself. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  common: ['host'],
  host: ['common'],
  remoting: ['host', 'common'],
  namesrv: ['host', 'common', 'remoting'],
  store: ['host', 'common'],
  broker: ['host', 'common', 'remoting', 'store'],
  controller: ['host', 'common', 'remoting'],
  client: ['host', 'common', 'remoting'],
  tools: ['host', 'common', 'remoting', 'client'],
}

/** Packages that code of a node may use: they bring nothing of the world with them. */
const PURE_PACKAGES = ['fflate']

const layerOf = (path: string) => path.split('/')[1]!

describe('layers', () => {
  it('imports point only to the layers below', () => {
    const wrong: string[] = []
    for (const path of reference) {
      const allowed = LAYERS[layerOf(path)]
      if (allowed === undefined) continue
      for (const [, specifier] of text(path).matchAll(/^(?:import|export)[^'\n]*(?:\n[^'\n]*)*? from '([^']+)'/gm)) {
        if (specifier!.startsWith('.')) {
          const target = layerOf(relative(ROOT, join(ROOT, path, '..', specifier!)))
          if (target !== layerOf(path) && !allowed.includes(target))
            wrong.push(`${path} imports ${specifier}: ${layerOf(path)} may use ${allowed.join(', ')} only`)
        } else if (!path.startsWith('reference/host/') && !PURE_PACKAGES.includes(specifier!)) {
          wrong.push(
            `${path} imports ${specifier}: outside reference/host/ and reference/cli/ only ${PURE_PACKAGES.join(', ')}`,
          )
        }
      }
    }
    expect(wrong).toEqual([])
  })
})

/** Names that reach the world. A node has only its host. */
const WORLD =
  /\b(Date|Math\.random|setTimeout|setInterval|setImmediate|clearTimeout|queueMicrotask|performance|process|Buffer|TextEncoder|TextDecoder|URL|crypto|window|document|navigator|fetch|console|globalThis|Intl)\b(?!\s*[:?]\s)|node:/
/** These two convert text alike on every platform, and only the file that converts text may use them. */
const TEXT_CODECS = { path: 'reference/common/utf8.ts', names: ['TextEncoder', 'TextDecoder'] }
/** Arithmetic that engines round differently, and comparisons that depend on the machine's language. */
const NOT_PORTABLE =
  /Math\.(exp|expm1|log|log10|log1p|log2|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|hypot|cbrt)\b|\*\*|localeCompare|toLocale\w*|\.normalize\(/

describe('portability', () => {
  it('nodes name nothing of the world: the host is all they have', () => {
    const wrong: string[] = []
    for (const path of reference.filter(
      (each) => !each.startsWith('reference/host/node/') && !each.startsWith('reference/cli/'),
    )) {
      code(path)
        .split('\n')
        .forEach((line, i) => {
          const found = WORLD.exec(line)
          if (path === TEXT_CODECS.path && TEXT_CODECS.names.includes(found?.[0] ?? '')) return
          if (found !== null && !path.startsWith('reference/host/'))
            wrong.push(`${path}:${i + 1} names ${found[0]}: ask the host instead`)
        })
    }
    expect(wrong).toEqual([])
  })

  it('what a trace or a grade can see is computed alike by every engine', () => {
    const wrong: string[] = []
    for (const path of [...reference.filter((each) => !/^reference\/(cli|host\/node)\//.test(each)), ...labSources()]) {
      code(path)
        .split('\n')
        .forEach((line, i) => {
          const found = NOT_PORTABLE.exec(line)
          if (found !== null) wrong.push(`${path}:${i + 1} uses ${found[0]}: engines differ in it`)
        })
    }
    expect(wrong).toEqual([])
  })
})

/** Lab code whose results are compared between page and grader. */
function labSources(): string[] {
  try {
    return sources('labs').filter((path) =>
      /^labs\/(judge|program|grader\/(schema|guest)|[^/]+\/(lab|check|scenario)\.ts)/.test(path),
    )
  } catch {
    return []
  }
}

/** Rooms of code that runs to completion. */
const SERVERS = /^reference\/(namesrv|store|broker|remoting|controller)\//

describe('servers', () => {
  it('run to completion: nothing in them awaits or makes a promise', () => {
    const wrong = reference.filter((path) => SERVERS.test(path) && /\b(async|await|Promise)\b/.test(code(path)))
    expect(wrong, 'use a callback: reference/decisions/0009-callbacks-in-servers.md').toEqual([])
  })
})

describe('files', () => {
  it('open with a comment that says what they are for', () => {
    const without = reference.filter((path) => !/^(#!.*\n)?\/\*\*/.test(text(path)))
    expect(without, 'begin the file with a /** … */ header').toEqual([])
  })

  it('stay short enough to be read whole', () => {
    const long = reference.filter((path) => text(path).trimEnd().split('\n').length > LINES_MAX)
    expect(long, `split files of more than ${LINES_MAX} lines`).toEqual([])
  })

  it('have no default exports and no enums', () => {
    const wrong = reference.filter((path) => /^export default|^(export )?(const )?enum /m.test(code(path)))
    expect(wrong).toEqual([])
  })

  it('close every region they open', () => {
    const wrong: string[] = []
    for (const path of reference) {
      const open = [...text(path).matchAll(/^\s*\/\/ #region ([a-z0-9-]+)$/gm)].map((match) => match[1]!)
      const closed = [...text(path).matchAll(/^\s*\/\/ #endregion ([a-z0-9-]+)$/gm)].map((match) => match[1]!)
      if (new Set(open).size !== open.length) wrong.push(`${path}: a region name is used twice`)
      if (open.slice().sort().join() !== closed.slice().sort().join())
        wrong.push(`${path}: regions opened [${open.join(', ')}], closed [${closed.join(', ')}]`)
    }
    expect(wrong).toEqual([])
  })
})

const LINES_MAX = 400
