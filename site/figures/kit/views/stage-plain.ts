/**
 * The stage of a run without faults, without a crowd and without another run behind it: the same picture as `stage.ts` makes of such a
 * run, for less script. What the text's run usually is.
 */
import { draw } from '../draw.ts'
import { layoutFor } from '../layout.ts'
import type { View } from '../view.ts'

export const stagePlain: View = ({ scene, atMs, cast, width, height, selected, followed, isStill, log, count }) => {
  const now = log.events[count - 1]?.node ?? ''
  return draw(scene, atMs, cast, layoutFor(cast, width, height), { now, selected, followed, isStill })
}
