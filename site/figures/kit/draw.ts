/**
 * Draws a scene at a time: boxes, contents, connections, and what is under way. A pure function; the clock is elsewhere.
 */

import { drawCrowd } from './draw-crowd.ts'
import { drawFaults } from './draw-faults.ts'
import { drawBroker, drawClient, drawController, drawNamesrv } from './draw-nodes.ts'
import { shareOf } from './flight.ts'
import type { Layout } from './layout.ts'
import { CROWD_FROM } from './limits.ts'
import {
  type Box,
  type Curve,
  circle,
  curvePath,
  type Drawing,
  label,
  type Mark,
  type Point,
  path,
  pointOn,
  r,
  rect,
  type Shape,
  textWidth,
} from './marks.ts'
import type { Scene, SceneFlight } from './scene.ts'
import { frost, message } from './shapes.ts'
import type { CastMember } from './types.ts'
import { flightLabel, TAG_ORDER } from './words/labels.ts'

/** How to draw. */
export interface DrawOptions {
  /** The node of the event at the cursor, lit. */
  readonly now?: string
  /** What the inspector has open. */
  readonly selected?: string
  /** The key of the followed message: everything that has nothing to do with it is dimmed. */
  readonly followed?: string
  /** Frames stand still half way and carry numbers, instead of travelling. */
  readonly isStill?: boolean
}

/** The scene at virtual time `atMs`, which is not before its last event. */
export function draw(
  scene: Scene,
  atMs: number,
  cast: readonly CastMember[],
  layout: Layout,
  options: DrawOptions = {},
): Drawing {
  const marks: Mark[] = []
  const tags = tagNumbers(scene)
  drawConnections(scene, layout, marks)
  for (const member of cast) {
    if (layout.boxes[member.name] === undefined) continue
    const node = scene.nodes[member.name]!
    const isNow = options.now === member.name
    if (member.role === 'namesrv') drawNamesrv(node, layout, isNow, marks)
    else if (member.role === 'controller') drawController(node, scene, layout, isNow, marks)
    else if (member.role === 'broker' || member.role === 'slave') drawBroker(scene, member, layout, isNow, tags, marks)
    else drawClient(scene, member, layout, isNow, tags, marks)
    if (node.isCut) {
      const box = layout.trays[member.name] ?? layout.boxes[member.name]!
      const around = {
        x: Math.max(0, box.x - 19),
        y: box.y - 26,
        width: Math.min(layout.width, box.x + box.width + 27) - Math.max(0, box.x - 19),
        height: box.height + 48,
      }
      marks.push({
        key: `cut:${member.name}`,
        x: 0,
        y: 0,
        shapes: [
          ...frost(around),
          label(around.x + around.width / 2, around.y + around.height - 3.8, 'cut off', 'small frosted', 'middle'),
        ],
      })
    }
  }
  drawFaults(scene, cast, layout, marks)
  const isStill = options.isStill === true
  if (scene.flights.length > CROWD_FROM) drawCrowd(scene, atMs, layout, tags, isStill, marks)
  else drawFlights(scene, atMs, layout, tags, isStill, marks)
  if (options.followed !== undefined && options.followed !== '') follow(options.followed, scene, marks)
  if (options.selected !== undefined) markSelected(options.selected, marks)
  return { width: layout.width, height: layout.height, marks }
}

/** The number of each message's tag, in the order the tags appeared. */
function tagNumbers(scene: Scene): (key: string) => number {
  const order: string[] = []
  const byKey = new Map<string, number>()
  for (const { key, tag } of Object.values(scene.messages)) {
    if (!order.includes(tag)) order.push(tag)
    byKey.set(key, order.indexOf(tag) % TAG_ORDER)
  }
  return (key) => byKey.get(key) ?? 3
}

function drawConnections(scene: Scene, layout: Layout, marks: Mark[]): void {
  const pairs = new Map<string, { from: string; to: string; state: string }>()
  const isDrawn = (...names: string[]) => names.every((name) => layout.boxes[name] !== undefined)
  for (const { from, to, pair } of Object.values(scene.broken))
    if (isDrawn(from, to)) pairs.set(pair, { from, to, state: 'broken' })
  for (const { from, to, state } of Object.values(scene.connections)) {
    if (!isDrawn(from, to)) continue
    const pair = [from, to].sort().join('~')
    if (pairs.get(pair)?.state !== 'open') pairs.set(pair, { from, to, state })
  }
  for (const [pair, { from, to, state }] of pairs) {
    const curve = layout.curve(from, to)
    const shapes: Shape[] =
      state === 'broken'
        ? [path(curvePath(curve, 0, 0.4), 'line broken'), path(curvePath(curve, 0.6, 1), 'line broken'), ...ends(curve)]
        : [path(curvePath(curve), `line ${state}`)]
    marks.push({ key: `line:${pair}`, x: 0, y: 0, shapes })
  }
}

/** The two ends of a broken line. */
function ends(curve: ReturnType<Layout['curve']>): Shape[] {
  return [0.4, 0.6].map((share) => {
    const { x, y } = pointOn(curve, share)
    return circle(x, y, 3, 'line-end')
  })
}

function drawFlights(
  scene: Scene,
  atMs: number,
  layout: Layout,
  tags: (key: string) => number,
  isStill: boolean,
  marks: Mark[],
): void {
  const tips: Box[] = []
  const places: Point[] = []
  for (const [index, flight] of scene.flights.entries()) {
    if (layout.boxes[flight.from] === undefined || layout.boxes[flight.to] === undefined) continue
    const share = isStill ? 0.5 : shareOf(scene, flight, atMs)
    const at = freePlace(layout.curve(flight.from, flight.to), share, places)
    places.push(at)
    const text = isStill ? `${index + 1}. ${flightLabel(flight)}` : flightLabel(flight)
    const width = textWidth(text) + 12
    const x = Math.max(2, Math.min(layout.width - width - 2, at.x - width / 2))
    const tip = [at.y - 32, at.y + 14]
      .map((y) => ({ x, y, width, height: 19 }))
      .find((one) => !tips.some((other) => overlap(one, other)))
    if (tip !== undefined && text !== '') tips.push(tip)
    const shapes = flightShapes(flight, tags)
    if (tip !== undefined && text !== '') {
      const box = { x: tip.x - at.x, y: tip.y - at.y, width, height: 19 }
      shapes.push(rect(box, 'tip', 4), label(box.x + width / 2, box.y + 13.7, text, 'small strong', 'middle'))
    }
    marks.push({
      key: `frame:${flight.n}`,
      thing: `frame:${flight.n}`,
      className: 'flight',
      x: r(at.x),
      y: r(at.y),
      shapes,
    })
  }
}

/** The place on the way, or a little before it when another frame is there already. */
function freePlace(curve: Curve, share: number, places: readonly Point[]): Point {
  for (let tries = 0; tries < 6; tries++) {
    const moved = share - tries * 0.12
    const at = pointOn(curve, moved < 0 ? share + tries * 0.12 : moved)
    if (!places.some(({ x, y }) => Math.hypot(x - at.x, y - at.y) < 15)) return at
  }
  return pointOn(curve, share)
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

function flightShapes(flight: SceneFlight, tags: (key: string) => number): Shape[] {
  const { keys, type, name } = flight
  const isMessage = keys.length > 0 && (type === 'request' || name === 'PULL_MESSAGE')
  const shapes: Shape[] = [circle(0, 0, 14, 'hit')]
  if (isMessage)
    for (const [i, key] of keys.slice(0, 3).entries()) shapes.push(...message(-i * 5, -i * 5, 20, tags(key), 'whole'))
  else if (name === 'HEART_BEAT') shapes.push(circle(0, 0, 7, 'beat-ring'), circle(0, 0, 3, 'beat'))
  else shapes.push(circle(0, 0, 5.5, type === 'response' ? 'response' : 'request'))
  return shapes
}

/** Dims every message mark and frame that is not of the followed one. */
function follow(key: string, scene: Scene, marks: Mark[]): void {
  const carries = new Set(scene.flights.filter(({ keys }) => keys.includes(key)).map(({ n }) => `frame:${n}`))
  const records = new Set(
    Object.values(scene.brokers).flatMap(({ log }) =>
      log.filter((one) => one.key === key).map(({ n }) => `record:${n}`),
    ),
  )
  for (const [i, mark] of marks.entries()) {
    if (mark.thing === undefined || mark.thing.startsWith('node:')) continue
    const isIts = mark.thing === `message:${key}` || carries.has(mark.thing) || records.has(mark.thing)
    marks[i] = { ...mark, className: `${mark.className ?? ''} ${isIts ? 'followed' : 'dimmed'}`.trim() }
  }
}

function markSelected(thing: string, marks: Mark[]): void {
  for (const [i, mark] of marks.entries()) {
    if (mark.thing === thing) marks[i] = { ...mark, className: `${mark.className ?? ''} selected`.trim() }
  }
}
