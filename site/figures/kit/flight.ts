/** Where a frame is on its way. */
import type { Scene, SceneFlight } from './scene.ts'

/** The number of a message's tag, by its key. */
export type Tags = (key: string) => number

/** Where on its way a frame waits on a link that holds it. */
export const HELD_AT = 0.66

/** How far a frame has come. What waits behind frosted glass stands in front of it. */
export function shareOf(scene: Scene, { from, to, sentMs, arrivesMs }: SceneFlight, atMs: number): number {
  const share = Math.max(0, Math.min(1, (atMs - sentMs) / Math.max(1, arrivesMs - sentMs)))
  if (scene.nodes[from]?.isCut) return Math.min(share, 0.14)
  if (isHeld(scene, from, to)) return Math.min(share, HELD_AT - 0.08)
  return scene.nodes[to]?.isCut ? Math.min(share, 0.8) : share
}

/** True while what one node sends another one waits. */
function isHeld({ links }: Scene, from: string, to: string): boolean {
  return Object.values(links).some(
    (one) =>
      one.isHeld && ((one.from === from && one.to === to) || (!one.isOneWay && one.from === to && one.to === from)),
  )
}
