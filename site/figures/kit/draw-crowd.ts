/** Draws a crowd of frames on its way. */
import { shareOf, type Tags } from './flight.ts'
import type { Layout } from './layout.ts'
import { type Curve, circle, type Mark, pointOn, r, rect } from './marks.ts'
import type { Scene } from './scene.ts'

/** How far a crowd spreads along its way, and beside it in pixels. */
const CROWD_SPREAD = 0.25
const CROWD_PX = 90

/** A crowd on its way: each a small square or circle beside the line, spread by its number, without words. */
export function drawCrowd(
  scene: Scene,
  atMs: number,
  layout: Layout,
  tags: Tags,
  isStill: boolean,
  marks: Mark[],
): void {
  const curves = new Map<string, Curve>()
  for (const flight of scene.flights) {
    const { from, to, n, keys, type } = flight
    if (layout.boxes[from] === undefined || layout.boxes[to] === undefined) continue
    const way = `${from}>${to}`
    const curve = curves.get(way) ?? layout.curve(from, to)
    curves.set(way, curve)
    const share = isStill ? 0.5 : shareOf(scene, flight, atMs)
    const [along, across] = [((n * 7_919) % 97) / 97, ((n * 104_729) % 89) / 89]
    const { x, y } = pointOn(curve, Math.max(0, share - along * CROWD_SPREAD * share * (1 - share) * 4))
    const wide = CROWD_PX * 4 * share * (1 - share)
    const tag = keys[0] === undefined ? 3 : tags(keys[0])
    const isMessage = keys.length > 0 && type === 'request'
    const shape = isMessage
      ? rect({ x: -4, y: -4, width: 8, height: 8 }, `message whole tag-${tag}`, 1)
      : circle(0, 0, 3, type === 'response' ? 'response' : 'request')
    marks.push({
      key: `frame:${n}`,
      thing: `frame:${n}`,
      className: 'flight crowd',
      x: r(x + (along - 0.5) * wide * 0.4),
      y: r(y + (across - 0.5) * wide),
      shapes: [shape],
    })
  }
}
