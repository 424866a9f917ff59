/** The stage: who takes part, where each stands, and what is under way between them. */
import { draw } from '../draw.ts'
import { layoutFor } from '../layout.ts'
import type { View } from '../view.ts'

export const stage: View = ({ scene, atMs, cast, width, height, selected, followed, isStill, log, count }) => {
  const now = log.events[count - 1]?.node ?? ''
  return draw(scene, atMs, cast, layoutFor(cast, width, height), { now, selected, followed, isStill })
}
