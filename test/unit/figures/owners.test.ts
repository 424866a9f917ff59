/** Owners of queues: what counts as a move, a hole, a double and an order handed out twice, and how the view draws them. */
import { describe, expect, it } from 'vitest'
import type { TraceEvent } from '../../../reference/host/trace.ts'
import { pinnedRun } from '../../../site/figures/build.ts'
import { FIGURES } from '../../../site/figures/found.ts'
import { reduce } from '../../../site/figures/kit/scene.ts'
import { owners } from '../../../site/figures/kit/views/owners.ts'
import { changeSums, ownersOf, queuesOf, stretchesOf } from '../../../site/figures/kit/views/parts/owners-state.ts'

const queue = { group: 'g', topic: 'T', brokerName: 'b', queueId: 0 }
let n = 0
const event = (kind: string, node: string, atMs: number, more: object = {}) =>
  ({ n: ++n, kind, node, atMs, cause: 0, ...queue, ...more }) as unknown as TraceEvent
const takes = (node: string, atMs: number) => event('queue.assigned', node, atMs)
const leaves = (node: string, atMs: number) => event('queue.released', node, atMs)
const handed = (node: string, atMs: number, queueOffset: number) =>
  event('app.handed', node, atMs, {
    name: 'message',
    text: JSON.stringify({ ...queue, key: `k${queueOffset}`, queueOffset }),
  })
const answers = (node: string, atMs: number, queueOffset: number) =>
  event('message.consumed', node, atMs, { queueOffset })

const sums = (events: readonly TraceEvent[], fromMs = 0, toMs = 100) =>
  changeSums(queuesOf(ownersOf(events), 'g', 'T').values(), fromMs, toMs)

describe('owners of a queue', () => {
  it('move when another member takes the queue, and not when the same one takes it again', () => {
    expect(sums([takes('x', 1), leaves('x', 10), takes('x', 20), leaves('x', 30), takes('y', 40)]).moves).toBe(1)
  })

  it('leave a hole between two owners, and none in front of the first', () => {
    expect(sums([takes('x', 10), leaves('x', 20), takes('y', 25)])).toMatchObject({ holeMs: 5, doubleMs: 0 })
    expect(sums([takes('x', 10), leaves('x', 80)]).holeMs).toBe(20)
  })

  it('are two when one takes it while the other still has it, and end with their process', () => {
    const events = [takes('x', 10), takes('y', 20), event('node.stopped', 'x', 35)]
    expect(sums(events)).toMatchObject({ holeMs: 0, doubleMs: 15, moves: 1 })
    const [only] = queuesOf(ownersOf(events), 'g', 'T').values()
    expect(stretchesOf(only!, 100).map((one) => one.owners)).toEqual([['x'], ['x', 'y'], ['y']])
  })

  it('have been handed an order twice when its record comes again, to whomever, within the time that is asked for', () => {
    const events = [handed('x', 10, 4), answers('x', 15, 4), handed('y', 30, 4), handed('y', 31, 5), handed('y', 40, 4)]
    expect(sums(events).twice).toBe(1)
    expect(sums(events, 50).twice).toBe(0)
    const [only] = queuesOf(ownersOf(events), 'g', 'T').values()
    expect(only!.hands.map(({ before, toMs }) => [before, toMs])).toEqual([
      [0, 15],
      [1, undefined],
      [0, undefined],
      [2, undefined],
    ])
  })

  it('of another group or topic do not count', () => {
    const other = { ...queue, group: 'h' }
    const events = [takes('x', 10), { ...takes('y', 20), ...other } as TraceEvent]
    expect(sums(events)).toMatchObject({ moves: 0, doubleMs: 0 })
  })
})

/** The picture of a passage at the end of the text's run, or after the first `count` events. */
async function drawn(id: string, passage: string, upTo?: number, width = 664, height = 480) {
  const { spec } = FIGURES.get(id)!
  const log = await pinnedRun(id)
  const count = upTo ?? log.events.length
  const atMs = log.events[Math.max(0, count - 1)]!.atMs
  return owners({
    spec,
    passage: spec.passages[passage]!,
    cast: spec.cast,
    log,
    count,
    atMs,
    scene: reduce(log, spec.cast, count),
    width,
    height,
    fromMs: 0,
    toMs: log.events.at(-1)!.atMs,
    selected: '',
    followed: '',
    isStill: false,
  })
}
const classes = (drawing: Awaited<ReturnType<typeof drawn>>, name: string) =>
  drawing.marks
    .flatMap(({ shapes }) => shapes)
    .filter(({ attributes }) => String(attributes['class']).split(' ').includes(name)).length

describe('the picture of owners', () => {
  it('has an arc for each order that was handed out again', async () => {
    const log = await pinnedRun('rebalance-wound')
    const { twice } = changeSums(queuesOf(ownersOf(log.events), 'billing', 'Orders').values(), 0, 1e9)
    expect(twice).toBeGreaterThan(5)
    expect(classes(await drawn('rebalance-wound', 'wound'), 'again-arc')).toBe(twice)
    expect(classes(await drawn('rebalance-wound', 'wound', 60), 'again-arc')).toBe(0)
  })

  it('frames two owners, and leaves a hole where there is none', async () => {
    const picture = await drawn('rebalance-silent', 'silent')
    expect(classes(picture, 'double')).toBeGreaterThan(0)
    expect(classes(picture, 'hole')).toBeGreaterThan(0)
    expect(classes(await drawn('rebalance-locked', 'locked'), 'double')).toBe(0)
  })

  it('finds the queues of a broker whose name holds its room, and shows only the queues that are asked for', async () => {
    expect(classes(await drawn('rebalance-ring', 'ring'), 'owner')).toBeGreaterThan(8)
    const some = await drawn('rebalance-wound', 'handover')
    expect(some.marks.filter(({ key }) => key.startsWith('lane:'))).toHaveLength(3)
  })

  it('fits into the narrowest pane', async () => {
    const { width, height } = await drawn('rebalance-wound', 'wound', undefined, 354, 300)
    expect(width).toBeLessThanOrEqual(354)
    expect(height).toBeLessThanOrEqual(300)
  })
})
