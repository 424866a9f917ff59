/**
 * The colours of the book, measured: text and marks against all they may lie on, in both themes, and the parts of a cluster
 * against each other as people with the three common colour-vision deficiencies see them.
 *
 * Contrast is WCAG 2's; the deficiencies are simulated by Machado, Oliveira and Fernandes (2009), severity 1; distances are
 * in OKLab. Hue is never the only sign in a figure: these are the floors under shape and label.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { glassDark, glassLight } from '../../../site/lib/code-theme.ts'

type Rgb = readonly [number, number, number]

const css = readFileSync(new URL('../../../site/styles/tokens.css', import.meta.url), 'utf8')
const themes = ['light', 'dark'] as const
const GROUNDS = ['paper', 'table', 'pane']
const THINGS = ['namesrv', 'broker', 'slave', 'controller', 'producer', 'consumer']

/** Each token's two values, as written. */
const tokens = new Map<string, readonly [string, string]>()
for (const [, name, light, dark] of css.matchAll(
  /--gmq-([\w-]+): light-dark\((#\w+|rgb\([^)]*\)), (#\w+|rgb\([^)]*\))\);/g,
))
  tokens.set(name!, [light!, dark!])

function colour(name: string, theme: (typeof themes)[number]): string {
  const pair = tokens.get(name)
  if (pair === undefined) throw new Error(`tokens.css has no --gmq-${name} with light-dark()`)
  return pair[theme === 'light' ? 0 : 1]
}

/** A colour over a ground, both as written. */
function over(written: string, ground: Rgb): Rgb {
  const rgb = /^rgb\((\d+) (\d+) (\d+) \/ ([\d.]+)\)$/.exec(written)
  if (rgb === null) return solid(written)
  const alpha = Number(rgb[4])
  const mix = (i: number): number => Number(rgb[i + 1]) * alpha + ground[i]! * (1 - alpha)
  return [mix(0), mix(1), mix(2)]
}

function solid(hex: string): Rgb {
  const part = (i: number): number => Number.parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16)
  return [part(0), part(1), part(2)]
}

function linear(channel: number): number {
  const c = channel / 255
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
}

function luminance([r, g, b]: Rgb): number {
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

const VISION: Readonly<Record<string, readonly number[]>> = {
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
}

function oklab(rgb: Rgb, matrix: readonly number[]): readonly number[] {
  const [r, g, b] = rgb.map(linear) as [number, number, number]
  const seen = [0, 3, 6].map((i) => Math.min(1, Math.max(0, matrix[i]! * r + matrix[i + 1]! * g + matrix[i + 2]! * b)))
  const [x, y, z] = seen as [number, number, number]
  const l = Math.cbrt(0.4122214708 * x + 0.5363325363 * y + 0.0514459929 * z)
  const m = Math.cbrt(0.2119034982 * x + 0.6806995451 * y + 0.1073969566 * z)
  const s = Math.cbrt(0.0883024619 * x + 0.2817188376 * y + 0.6299787005 * z)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}

describe.each(themes)('%s', (theme) => {
  const rgb = (name: string, ground: Rgb = [255, 255, 255]): Rgb => over(colour(name, theme), ground)
  const worst = (names: readonly string[], grounds: readonly Rgb[]): readonly [string, number][] =>
    names.map((name) => [name, Math.min(...grounds.map((ground) => contrast(rgb(name), ground)))] as const)
  const grounds = GROUNDS.map((name) => rgb(name))
  const below = (found: readonly (readonly [string, number])[], floor: number): readonly string[] =>
    found.filter(([, value]) => value < floor).map(([name, value]) => `${name} has ${value.toFixed(2)}`)

  it('text to read has 7 : 1 on paper, table and pane', () => {
    expect(below(worst(['ink', 'ink-2'], grounds), 7)).toEqual([])
  })

  it('labels, links and names of things have 4.5 : 1', () => {
    const names = ['ink-3', 'accent', 'good', 'bad', ...THINGS.map((thing) => `${thing}-text`)]
    expect(below(worst(names, grounds), 4.5)).toEqual([])
    expect(contrast(rgb('on-accent'), rgb('accent-fill'))).toBeGreaterThan(4.5)
  })

  it('marks, edges of controls and the focus ring have 3 : 1', () => {
    const tags = ['tag-a', 'tag-b', 'tag-c', 'tag-d']
    const names = [...THINGS, ...tags, 'connection', 'queue', 'time', 'message', 'control', 'focus', 'accent-fill']
    expect(below(worst(names, grounds), 3)).toEqual([])
  })

  it('ink on glass has 7 : 1, whatever the glass holds', () => {
    const panes = [...THINGS.map((thing) => `${thing}-glass`), 'glass', 'good-glass', 'bad-glass', 'mark']
    const found = panes.map((pane) => [pane, contrast(rgb('ink'), rgb(pane, rgb('table')))] as const)
    expect(below(found, 7)).toEqual([])
    const own = THINGS.map(
      (thing) => [thing, contrast(rgb(`${thing}-text`), rgb(`${thing}-glass`, rgb('table')))] as const,
    )
    expect(below(own, 4.5)).toEqual([])
  })

  it.each(Object.entries(VISION))('NameServer, broker, producer and consumer stay apart in %s', (_, matrix) => {
    const parts = ['namesrv', 'broker', 'producer', 'consumer'].map((name) => [name, oklab(rgb(name), matrix)] as const)
    for (const [i, [a, first]] of parts.entries()) {
      for (const [b, second] of parts.slice(i + 1)) {
        const distance = Math.hypot(...first.map((value, at) => value - second[at]!))
        expect(distance, `${a} and ${b}`).toBeGreaterThan(0.075)
      }
    }
  })

  it('code has 4.5 : 1 on its pane, comments too', () => {
    const code = theme === 'light' ? glassLight : glassDark
    const pane = solid(code.colors['editor.background']!)
    expect(code.colors['editor.background']).toBe(colour('pane', theme))
    const found = code.tokenColors.map(
      ({ scope, settings }) => [scope[0]!, contrast(solid(settings.foreground), pane)] as const,
    )
    expect(below(found, 4.5)).toEqual([])
  })
})

it('every colour of the token file has a light and a dark value', () => {
  const lone = [...css.matchAll(/^ {2}(--gmq-[\w-]+): (?:#|rgb)/gm)].map(([, name]) => name)
  expect(lone).toEqual([])
  expect(tokens.size).toBeGreaterThan(40)
})
