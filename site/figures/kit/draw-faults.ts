/** Draws what stands in the way: what is wrong with a node, on its upper edge, and links that are slow or let bytes wait. */
import { HELD_AT } from './flight.ts'
import type { Layout } from './layout.ts'
import { type Box, label, type Mark, type Point, path, pointOn, r, rect, type Shape, textWidth } from './marks.ts'
import { clockWords } from './mechanisms/faults.ts'
import type { Scene, SceneLink, SceneNode } from './scene.ts'
import type { CastMember } from './types.ts'

const CHIP_PX = 19

/** The marks of every fault that is not a cut; cuts are frosted glass around their node. */
export function drawFaults(scene: Scene, cast: readonly CastMember[], layout: Layout, marks: Mark[]): void {
  for (const { name } of cast) {
    const [node, box] = [scene.nodes[name]!, layout.boxes[name]]
    const words = nodeWords(node)
    if (box === undefined || words === '') continue
    marks.push({
      key: `fault:${name}`,
      thing: `node:${name}`,
      x: 0,
      y: 0,
      shapes: chip(chipBox(box, words, layout.isTall), words, node.isPaused),
    })
  }
  for (const [id, link] of Object.entries(scene.links)) {
    if (layout.boxes[link.from] === undefined || layout.boxes[link.to] === undefined) continue
    marks.push({ key: `link-fault:${id}`, x: 0, y: 0, shapes: linkShapes(link, layout) })
  }
}

/** What is wrong with a node beside being cut off, in a few words; '' for nothing. */
export function nodeWords({ isPaused, disk, clockMs }: Pick<SceneNode, 'isPaused' | 'disk' | 'clockMs'>): string {
  return [isPaused ? 'paused' : '', disk, clockMs === 0 ? '' : clockWords(clockMs)]
    .filter((one) => one !== '')
    .join(' · ')
}

/** On the upper edge, at the right; higher where a node's name stands close below that edge. */
function chipBox(box: Box, words: string, isTall: boolean): Box {
  const width = Math.min(box.width, textWidth(words) + 22)
  return {
    x: box.x + box.width - width - 4,
    y: Math.max(1, box.y - CHIP_PX * (isTall ? 0.8 : 0.5)),
    width,
    height: CHIP_PX,
  }
}

function chip(box: Box, words: string, isPaused: boolean): Shape[] {
  const [x, y] = [box.x + 7, box.y + CHIP_PX / 2]
  const sign = isPaused
    ? `M${r(x)} ${r(y - 4)}v8M${r(x + 4)} ${r(y - 4)}v8`
    : `M${r(x + 2)} ${r(y - 4)}v5M${r(x + 2)} ${r(y + 3)}v1.5`
  return [
    rect(box, 'fault-chip', 4),
    path(sign, 'fault-sign'),
    label(box.x + 15, box.y + 13.7, words, 'small fault-text'),
  ]
}

const footOf = ({ y, height }: Box): number => y + height - 6

function linkShapes({ from, to, isHeld, isOneWay, delayMs }: SceneLink, layout: Layout): Shape[] {
  const curve = layout.curve(from, to)
  const at = pointOn(curve, isHeld ? HELD_AT : 0.5)
  const words = isHeld ? (isOneWay ? `${to} gets nothing` : 'held') : `+${delayMs.toLocaleString('en')} ms`
  const width = textWidth(words) + 22
  // between two brokers there is no room: side by side, on their lower edge, below their words; one above the other, beside the line
  const areBrokers = layout.brokers[from] !== undefined && layout.brokers[to] !== undefined
  const isAbove = areBrokers && !layout.isTall
  const middle = isAbove ? at.x - width / 2 - 30 : at.x
  const x = Math.max(2, Math.min(layout.width - width - 2, middle - width / 2))
  const beside = isAbove ? -CHIP_PX / 2 : isHeld ? 22 : -CHIP_PX / 2
  const y = areBrokers && layout.isTall ? footOf(layout.boxes[from]!) : at.y + beside
  const box = { x, y, width, height: CHIP_PX }
  return [...(isHeld ? pane(at, pointOn(curve, HELD_AT - 0.02)) : []), ...chip(box, words, isHeld)]
}

/** A small pane of frosted glass across a line, at right angles to it. */
function pane(at: Point, before: Point): Shape[] {
  const length = Math.max(0.1, Math.hypot(at.x - before.x, at.y - before.y))
  const [ux, uy] = [(at.x - before.x) / length, (at.y - before.y) / length]
  const corner = (along: number, across: number) =>
    `${r(at.x + ux * along - uy * across)} ${r(at.y + uy * along + ux * across)}`
  const d = `M${corner(-5, -20)}L${corner(5, -20)}L${corner(5, 20)}L${corner(-5, 20)}Z`
  return [path(d, 'frost'), path(d, 'frost-edge')]
}
