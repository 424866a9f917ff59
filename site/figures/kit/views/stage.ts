/** The stage: who takes part, where each stands, and what is under way between them; behind it what the text's run has there. */
import { draw } from '../draw.ts'
import { layoutFor } from '../layout.ts'
import type { View } from '../view.ts'
import { ghostMarks } from './parts/ghost-marks.ts'

export const stage: View = ({ scene, atMs, cast, width, height, selected, followed, isStill, log, count, ghost }) => {
  const now = log.events[count - 1]?.node ?? ''
  const layout = layoutFor(cast, width, height)
  const drawing = draw(scene, atMs, cast, layout, { now, selected, followed, isStill })
  if (ghost === undefined) return drawing
  const other = draw(ghost.scene, atMs, cast, layout)
  return { ...drawing, marks: [...ghostMarks(drawing.marks, other.marks), ...drawing.marks] }
}
