/**
 * A reader may move through a run in any way; what the picture shows depends on where he is, never on how he came there.
 */
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { bisectLeft, bisectRight } from '../../../site/figures/kit/bisect.ts'
import { draw } from '../../../site/figures/kit/draw.ts'
import { layoutFor } from '../../../site/figures/kit/layout.ts'
import { EventLog } from '../../../site/figures/kit/log.ts'
import { PaceMap } from '../../../site/figures/kit/pace.ts'
import { Player } from '../../../site/figures/kit/player.ts'
import { run } from '../../../site/figures/kit/run.ts'
import { reduce } from '../../../site/figures/kit/scene.ts'
import { svgOf } from '../../../site/figures/kit/still.ts'
import { scenario, spec } from '../../support/example-figure.ts'

let log: EventLog
let broken: EventLog

beforeAll(async () => {
  log = new EventLog(await run(scenario, scenario.seed, []))
  broken = new EventLog(
    await run(scenario, scenario.seed, [
      { does: 'kill', on: 'broker-a', atMs: 2_700 },
      { does: 'cut', on: 'broker-b', atMs: 3_300 },
      { does: 'restart', on: 'broker-a', atMs: 9_000 },
      { does: 'heal', on: '', atMs: 12_000 },
      { does: 'send', on: 'order-9', atMs: 14_000 },
    ]),
  )
})

const picture = (player: Player) =>
  svgOf(draw(player.scene, player.cursor.atMs, spec.cast, layoutFor(spec.cast, 833, 500)), 'test')

const moves = fc.array(
  fc.oneof(
    fc.record({ move: fc.constant('count' as const), to: fc.nat(1_200) }),
    fc.record({ move: fc.constant('play' as const), to: fc.nat(80_000) }),
    fc.record({ move: fc.constant('step' as const), to: fc.constantFrom(1, -1) }),
    fc.record({ move: fc.constant('raw' as const), to: fc.constantFrom(1, -1) }),
    fc.record({ move: fc.constant('moment' as const), to: fc.constantFrom(1, -1) }),
    fc.record({ move: fc.constant('tick' as const), to: fc.nat(3_000) }),
    fc.record({ move: fc.constant('travel' as const), to: fc.nat(400) }),
  ),
  { maxLength: 12 },
)

function make(player: Player, { move, to }: { move: string; to: number }): void {
  const by = to as 1 | -1
  if (move === 'count') player.seekCount(to)
  else if (move === 'play') player.seekPlay(to)
  else if (move === 'step') player.step(by)
  else if (move === 'raw') player.raw(by)
  else if (move === 'moment') player.moment(by)
  else if (move === 'tick') {
    player.play()
    player.tick(to)
  } else {
    player.travelStep()
    player.tick(to)
  }
}

describe('moving through a run', () => {
  it('shows the same after any sequence of moves as a fresh reduction does', () => {
    fc.assert(
      fc.property(moves, fc.boolean(), (sequence, isBroken) => {
        const player = new Player(isBroken ? broken : log, spec.cast)
        for (const one of sequence) make(player, one)
        const { count, atMs } = player.cursor
        expect(player.scene).toEqual(reduce(player.log, spec.cast, count))
        const events = player.log.events
        if (count > 0) expect(atMs).toBeGreaterThanOrEqual(events[count - 1]!.atMs)
        if (count < events.length) expect(atMs).toBeLessThanOrEqual(events[count]!.atMs)
      }),
      { numRuns: 60 },
    )
  })

  it('shows the identical picture after a step on and a step back, at every step', () => {
    const player = new Player(log, spec.cast)
    player.seekCount(log.steps[0]! + 1)
    for (let i = 0; i < log.steps.length - 1; i++) {
      const before = picture(player)
      player.step(1)
      const after = player.cursor
      player.step(-1)
      expect(picture(player)).toBe(before)
      player.step(1)
      expect(player.cursor).toEqual(after)
    }
  })

  it('comes to the end by playing, and a hop takes 200 to 600 ms on the way', () => {
    const player = new Player(log, spec.cast)
    player.play()
    for (let i = 0; i < 100_000 && player.isMoving; i++) player.tick(16)
    expect(player.cursor.count).toBe(log.events.length)
    for (const event of log.events) {
      if (event.kind !== 'net.sent') continue
      const hop = player.pace.playMs(event.arrivesMs) - player.pace.playMs(event.atMs)
      expect(hop).toBeGreaterThan(0)
      expect(hop).toBeLessThanOrEqual(900)
    }
    expect(player.pace.lengthMs).toBeLessThan(120_000)
  })

  it('keeps the pace of what was shown, whatever comes later', () => {
    const whole = new PaceMap(log.events)
    for (const count of [50, 200, 500]) {
      const part = new PaceMap(log.events.slice(0, count))
      const lastMs = log.events[count - 1]!.atMs
      for (let atMs = 0; atMs <= lastMs; atMs += 37) expect(part.playMs(atMs)).toBeCloseTo(whole.playMs(atMs), 6)
    }
  })

  it('never looks ahead: the beginning of a longer log gives the same scenes as the beginning alone', () => {
    for (const count of [60, 240, 400]) {
      const part = new EventLog({ ...log.run, events: log.events.slice(0, count) })
      expect(reduce(part, spec.cast, count)).toEqual(reduce(log, spec.cast, count))
    }
  })
})

describe('what a run shows', () => {
  it('ends with every order acknowledged and consumed, and the flags at the open ends', () => {
    const scene = reduce(log, spec.cast, log.events.length)
    const orders = Array.from({ length: 7 }, (_, i) => `order-${i + 1}`)
    expect(scene.nodes['producer']!.done).toEqual(orders)
    expect([...scene.nodes['consumer']!.done].sort()).toEqual(orders)
    for (const { queues } of Object.values(scene.brokers)) {
      for (const queue of Object.values(queues)) expect(queue.committed['billing']).toBe(queue.max)
    }
    expect(scene.flights).toEqual([])
  })

  it('shows a killed broker without connections and without waiting pulls, but with its log', () => {
    const at = broken.events.findIndex((event) => event.kind === 'node.stopped') + 1
    const scene = reduce(broken, spec.cast, at)
    expect(scene.nodes['broker-a']!.state).toBe('stopped')
    expect(Object.values(scene.connections).filter(({ from, to }) => [from, to].includes('broker-a'))).toEqual([])
    expect(Object.keys(scene.broken).length).toBeGreaterThan(0)
    expect(scene.brokers['broker-a']!.log.length).toBeGreaterThan(0)
    for (const queue of Object.values(scene.brokers['broker-a']!.queues)) expect(queue.held).toEqual([])
  })

  it('shows frosted glass while a node is cut off, and none after it is healed', () => {
    const [began, healed] = ['fault.began', 'fault.healed'].map((kind) =>
      broken.events.findIndex((event) => event.kind === kind),
    )
    const cutPicture = (count: number) =>
      draw(
        reduce(broken, spec.cast, count),
        broken.events[count - 1]!.atMs,
        spec.cast,
        layoutFor(spec.cast, 833, 500),
      ).marks.some(({ key }) => key === 'cut:broker-b')
    expect(cutPicture(began! + 1)).toBe(true)
    expect(cutPicture(healed! + 1)).toBe(false)
  })

  it('puts every mark inside the picture and gives each its own key, wide and narrow', () => {
    for (const width of [320, 360, 700, 833, 1_160]) {
      for (let count = 1; count <= broken.events.length; count += 23) {
        const {
          marks,
          width: w,
          height,
        } = draw(
          reduce(broken, spec.cast, count),
          broken.events[count - 1]!.atMs,
          spec.cast,
          layoutFor(spec.cast, width, 460),
        )
        expect(new Set(marks.map(({ key }) => key)).size).toBe(marks.length)
        for (const { x, y } of marks) {
          expect(x).toBeGreaterThanOrEqual(0)
          expect(x).toBeLessThanOrEqual(w)
          expect(y).toBeGreaterThanOrEqual(0)
          expect(y).toBeLessThanOrEqual(height)
        }
      }
    }
  })
})

it('finds the place of a number in a sorted list, before and behind its equals', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.nat(20), (list, value) => {
      const sorted = [...list].sort((a, b) => a - b)
      expect(bisectLeft(sorted, value)).toBe(sorted.filter((one) => one < value).length)
      expect(bisectRight(sorted, value)).toBe(sorted.filter((one) => one <= value).length)
    }),
  )
})
