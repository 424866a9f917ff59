/**
 * Marks: what a layout draws, as plain data with stable keys. The stage joins them to SVG by key, a still prints them.
 *
 * Colours are class names (`figure.css`), so one still serves both themes.
 */

/** One SVG element without children other than text. */
export interface Shape {
  readonly tag: 'rect' | 'path' | 'circle' | 'text'
  readonly attributes: Readonly<Record<string, string | number>>
  readonly text?: string
}

/** A group of shapes at a place, drawn in the order of the list. */
export interface Mark {
  readonly key: string
  readonly x: number
  readonly y: number
  readonly shapes: readonly Shape[]
  /** What it stands for, for the inspector: `node:broker-a`, `frame:120`, `record:73`. */
  readonly thing?: string
  readonly className?: string
}

/** What the legend may list: the shapes that are present. */
export type LegendKey =
  | 'namesrv'
  | 'broker'
  | 'slave'
  | 'controller'
  | 'producer'
  | 'consumer'
  | 'message'
  | 'request'
  | 'response'
  | 'beat'
  | 'connection'
  | 'broken'
  | 'cut'
  | 'queue'
  | 'flag'
  | 'held'
  | 'unflushed'
  | 'copied'

/** A drawn scene. */
export interface Drawing {
  readonly width: number
  readonly height: number
  readonly marks: readonly Mark[]
}

export interface Point {
  readonly x: number
  readonly y: number
}

/** A cubic curve from one node to another. */
export type Curve = readonly [Point, Point, Point, Point]

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A rectangle. */
export function rect(box: Box, className: string, radius = 0): Shape {
  const { x, y, width, height } = box
  return {
    tag: 'rect',
    attributes: { class: className, x: r(x), y: r(y), width: r(width), height: r(height), rx: radius },
  }
}

/** A path by its data. */
export function path(d: string, className: string): Shape {
  return { tag: 'path', attributes: { class: className, d } }
}

export function circle(x: number, y: number, radius: number, className: string): Shape {
  return { tag: 'circle', attributes: { class: className, cx: r(x), cy: r(y), r: radius } }
}

export type Anchor = 'start' | 'middle' | 'end'

/** A line of text; `y` is its baseline. */
export function label(x: number, y: number, text: string, className: string, anchor: Anchor = 'start'): Shape {
  const place = anchor === 'start' ? {} : { 'text-anchor': anchor }
  return { tag: 'text', attributes: { class: className, x: r(x), y: r(y), ...place }, text }
}

/** A closed polygon through points given as x, y, x, y … */
export function polygon(points: readonly number[], className: string): Shape {
  let d = ''
  for (let i = 0; i < points.length; i += 2) d += `${i === 0 ? 'M' : 'L'}${r(points[i]!)} ${r(points[i + 1]!)}`
  return path(`${d}Z`, className)
}

/** The point at `share` (0 to 1) of a curve. */
export function pointOn([a, b, c, d]: Curve, share: number): Point {
  const u = 1 - share
  const [p, q, s, t] = [u * u * u, 3 * u * u * share, 3 * u * share * share, share * share * share]
  return { x: p * a.x + q * b.x + s * c.x + t * d.x, y: p * a.y + q * b.y + s * c.y + t * d.y }
}

/** A curve as path data; `from` and `to` cut a part out of it. */
export function curvePath(curve: Curve, from = 0, to = 1): string {
  const [a, b, c, d] = from === 0 && to === 1 ? curve : part(curve, from, to)
  return `M${r(a.x)} ${r(a.y)}C${r(b.x)} ${r(b.y)} ${r(c.x)} ${r(c.y)} ${r(d.x)} ${r(d.y)}`
}

/** De Casteljau's cut, twice. */
function part(curve: Curve, from: number, to: number): Curve {
  const right = cut(curve, from)[1]
  return cut(right, (to - from) / (1 - from))[0]
}

function cut([a, b, c, d]: Curve, t: number): [Curve, Curve] {
  const mix = (p: Point, q: Point): Point => ({ x: p.x + (q.x - p.x) * t, y: p.y + (q.y - p.y) * t })
  const [ab, bc, cd] = [mix(a, b), mix(b, c), mix(c, d)]
  const [abc, bcd] = [mix(ab, bc), mix(bc, cd)]
  const middle = mix(abc, bcd)
  return [
    [a, ab, abc, middle],
    [middle, bcd, cd, d],
  ]
}

/** One decimal is enough for a screen, and short in a still. */
export function r(value: number): number {
  return Math.round(value * 10) / 10
}

/** Roughly how wide a text of the figure's 12 px face is. */
export function textWidth(text: string): number {
  return text.length * 6.7
}
