/**
 * The ways of messages: from a producer to the edge of a broker, and from a queue to a member. No way crosses a name: a wide picture
 * has room between its columns, a tall one has a gutter at each side.
 */
import { type Point, pointOn } from '../../figures/kit/marks.ts'
import { GUTTER, placeOf, type StageLayout } from './layout.ts'

/** Where a message is at `share` (0 to 1) of its way into a queue; undefined when one of the two is not in the picture. */
export function onWayIn(layout: StageLayout, producer: string, queue: string, share: number): Point | undefined {
  const [from, to] = [placeOf(layout, producer), placeOf(layout, queue, 'in')]
  if (from === undefined || to === undefined) return undefined
  if (!layout.isTall) return pointOn(flight(from, to), share)
  return along([from, below(from), { x: GUTTER / 2, y: from.y + NEAR }, { x: GUTTER / 2, y: to.y }, to], share)
}

/** Where a message is on its way out of a queue, or out of a broker, to a member. */
export function onWayOut(layout: StageLayout, source: string, member: string, share: number): Point | undefined {
  const [from, to] = [placeOf(layout, source, 'out'), placeOf(layout, member)]
  if (from === undefined || to === undefined) return undefined
  if (!layout.isTall) return pointOn(flight(from, to), share)
  const right = layout.width - GUTTER / 2
  return along([from, { x: right, y: from.y }, { x: right, y: to.y - NEAR }, { x: to.x, y: to.y - NEAR }, to], share)
}

/** So far from a node's edge runs a way that passes others. */
const NEAR = 4

function below({ x, y }: Point): Point {
  return { x, y: y + NEAR }
}

function flight(from: Point, to: Point): readonly [Point, Point, Point, Point] {
  const dx = (to.x - from.x) * 0.5
  return [from, { x: from.x + dx, y: from.y }, { x: to.x - dx, y: to.y }, to]
}

/** The point at a share of the length of a line with corners. */
function along(points: readonly Point[], share: number): Point {
  const lengths = points.slice(1).map((one, i) => Math.abs(one.x - points[i]!.x) + Math.abs(one.y - points[i]!.y))
  let left = share * lengths.reduce((sum, one) => sum + one, 0)
  for (const [i, length] of lengths.entries()) {
    if (left > length && i < lengths.length - 1) {
      left -= length
      continue
    }
    const [from, to, part] = [points[i]!, points[i + 1]!, length === 0 ? 1 : Math.min(1, left / length)]
    return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part }
  }
  return points.at(-1)!
}
