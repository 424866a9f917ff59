/**
 * Every named situation shows what it promises, is played and forked, and names the chapter that answers it.
 *
 * Each run is made once, in steps of a page, and compared by hash with the run that a link makes all at once.
 */
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CHAPTERS } from '../../../site/lib/chapters.ts'
import { castAt, type Experiment, nextName, nodesOf, withAct } from '../../../site/playground/experiment/experiment.ts'
import { type Kind, usualValues } from '../../../site/playground/experiment/fields.ts'
import { readText, writeText } from '../../../site/playground/experiment/text.ts'
import { runTo } from '../../../site/playground/run/session.ts'
import { type PlayState, takenBy, waitingOf } from '../../../site/playground/run/state.ts'
import type { Row } from '../../../site/playground/run/tape.ts'
import { experimentOf, SITUATIONS, situationOf } from '../../../site/playground/situations.ts'
import { narrate } from '../../../site/playground/views/narrator.ts'

interface Seen {
  readonly state: PlayState
  readonly rows: readonly Row[]
  /** What the page tells. */
  readonly told: string
}

/** Until when each is played, in seconds, and what is seen then. */
const PROMISES: Readonly<Record<string, readonly [number, (seen: Seen) => void]>> = {
  first: [
    8,
    ({ state, told }) => {
      expect(state.totals).toMatchObject({ refused: 0, lost: 0, again: 0 })
      expect(state.totals.done).toBeGreaterThan(60)
      expect(told).toBe('shop sends 10 messages a second into 8 queues, and billing keeps up: nothing waits.')
    },
  ],
  empty: [
    3,
    ({ state, told }) => {
      expect(Object.keys(state.nodes)).toEqual(['namesrv'])
      expect(told).toBe('Only a NameServer runs. Add a broker.')
    },
  ],
  'slow-consumer': [
    19,
    ({ state, told }) => {
      expect(waitingOf(state, 'billing')).toBeGreaterThan(150)
      expect(told).toMatch(/messages wait for billing, and more every second\.$/)
    },
  ],
  poison: [
    430,
    ({ state }) => {
      expect(state.totals).toMatchObject({ asked: 300, dead: 1, done: 299, lost: 0 })
      expect(state.groups['billing']!.failed).toBe(6)
    },
  ],
  'hot-key': [
    14,
    ({ state, told }) => {
      const waiting = Object.values(state.queues).map((one) => one.waiting['billing'] ?? 0)
      expect(Math.max(...waiting) / waitingOf(state, 'billing')).toBeGreaterThan(0.8)
      expect(told).toMatch(/most of them in broker-[ab]\/\d/)
    },
  ],
  'idle-members': [
    8,
    ({ state }) => {
      const owners = Object.values(state.queues).flatMap((one) => one.owners['billing'] ?? [])
      expect(new Set(owners).size).toBe(4)
      expect(takenBy(state, 'billing-6')).toBe(0)
    },
  ],
  'come-and-go': [
    17,
    ({ state }) => {
      expect(state.totals.again).toBeGreaterThan(0)
      expect(waitingOf(state, 'billing')).toBeLessThan(20)
    },
  ],
  'dead-broker': [
    14,
    ({ state, told }) => {
      expect(state.totals.lost).toBe(0)
      expect(state.routes['namesrv']).toEqual(['broker-a'])
      expect(told).toMatch(/^broker-b is down\. shop sends 20 messages a second into 4 queues/)
    },
  ],
  'lost-namesrv': [
    17,
    ({ state }) => {
      expect(state.nodes['namesrv']!.state).toBe('stopped')
      expect(state.totals.refused).toBe(0)
      expect(state.totals.done).toBeGreaterThan(300)
    },
  ],
  cut: [
    14,
    ({ state }) => {
      expect(state.nodes['broker-b']!.isCut && state.nodes['billing-2']!.isCut).toBe(true)
      expect(state.nodes['broker-a']!.isCut).toBe(false)
    },
  ],
  backlog: [
    20,
    ({ state }) => {
      expect(waitingOf(state, 'mailing')).toBeGreaterThan(300)
      expect(waitingOf(state, 'billing')).toBeLessThan(20)
    },
  ],
  'due-at-once': [
    10,
    ({ state, rows }) => {
      expect(state.totals.asked).toBe(500)
      expect(rows.slice(0, 5).every(({ stored }) => stored === 0)).toBe(true)
      expect(state.totals.stored).toBe(500)
    },
  ],
  'no-commit': [
    12,
    ({ state, told }) => {
      expect(state.shelves['broker-a']!.half).toBeGreaterThan(2)
      expect(told).toContain('wait for their producer’s commit')
    },
  ],
  'new-master': [
    42,
    ({ state, rows, told }) => {
      expect(state.masters).toEqual({ 'broker-a': 'broker-a-s1' })
      expect(told).toMatch(/^broker-a is down, and broker-a-s1 is the master in its place\./)
      // nothing fails before the master dies: the shop starts when the copies are ready
      expect(rows.slice(0, 9).every(({ refused }) => refused === 0)).toBe(true)
      // the shop is the last to hear of it, and what was acknowledged is on both
      expect(rows.slice(12, 30).every(({ stored }) => stored === 0)).toBe(true)
      expect(rows.slice(36, 42).every(({ stored, refused }) => stored > 15 && refused === 0)).toBe(true)
      expect(state.totals.lost).toBe(0)
    },
  ],
  'new-master-async': [
    12,
    ({ state, told }) => {
      expect(state.masters).toEqual({ 'broker-a': 'broker-a-s1' })
      expect(state.totals.lost).toBeGreaterThan(0)
      expect(told).toMatch(/^\d+ messages are gone from broker-a: the new master does not have them\. All had been ack/)
    },
  ],
  'power-cut': [
    26,
    ({ state }) => {
      expect(state.totals.lost).toBeGreaterThan(30)
      // broker-b answers after its disk: it alone loses nothing
      expect(state.shortened).toMatchObject({ broker: 'broker-a', after: 'powercut', gone: state.totals.lost })
      expect(waitingOf(state, 'billing')).toBeLessThan(50)
    },
  ],
}

/** Ten thousand messages take ten seconds of this machine; five hundred that are due earlier show the same. */
function quicker(experiment: Experiment): Experiment {
  const cast = experiment.cast.map((one) =>
    Number(one.values['total']) === 10_000 ? { ...one, values: { ...one.values, total: 500, due: 6 } } : one,
  )
  return { ...experiment, cast }
}

/** When the reader acts: everybody is there and sends. */
const FORKED_MS = 1_500

describe('a situation', () => {
  it('has a chapter that answers it, and a name of its own', () => {
    const chapters = SITUATIONS.map(({ chapter }) => CHAPTERS.find(({ slug }) => slug === chapter))
    expect(chapters).not.toContain(undefined)
    for (const chapter of chapters)
      expect(existsSync(new URL(`../../../${chapter!.folder}/page.mdx`, import.meta.url))).toBe(chapter!.isWritten)
    // three ask what chapters 3 and 8 answer
    expect(chapters.filter((chapter) => chapter!.isWritten).length).toBeGreaterThanOrEqual(10)
    expect(new Set(SITUATIONS.map(({ id }) => id)).size).toBe(SITUATIONS.length)
    expect(Object.keys(PROMISES)).toEqual(SITUATIONS.map(({ id }) => id))
  })

  it.each(SITUATIONS.map((one) => [one.id, one] as const))('%s shows what it promises', async (id, situation) => {
    const experiment = quicker(experimentOf(situation))
    const [seconds, seen] = PROMISES[id]!
    const { state, rows } = await runTo(experiment, seconds * 1_000)
    seen({ state, rows, told: narrate(castAt(experiment, seconds * 1_000), state, rows) })
  })

  it('the first one is true to its words: one broker fewer delays nothing, none at all is an error', async () => {
    const kill = (on: string, atMs: number) => ({ atMs, does: 'kill', on }) as const
    const one = withAct(experimentOf(SITUATIONS[0]!), kill('broker-a', 2_500))
    const { state } = await runTo(one, 4_500)
    expect(state.totals.refused).toBe(0)
    expect(waitingOf(state, 'billing')).toBeLessThan(2)
    const both = withAct(one, kill('broker-b', 3_500))
    const after = await runTo(both, 4_500)
    expect(after.state.totals.refused).toBeGreaterThan(5)
    expect(narrate(castAt(both, 4_500), after.state, after.rows)).toContain('shop gets errors')
    expect(after.state.producers['shop']!.why).toMatch(/^broker-[ab]: cannot connect/)
    // nobody took them: the producer's answer says so
    expect(after.state.latest.some(({ fate }) => fate === 'refused')).toBe(true)
  })

  it('is found again by the title in a link', () => {
    for (const one of SITUATIONS) expect(situationOf(readText(writeText(experimentOf(one))))).toBe(one)
  })

  it('an empty one becomes a cluster by what the reader adds, and what he removes is gone', async () => {
    const text = experimentOf(SITUATIONS.find(({ id }) => id === 'empty')!)
    const add = (kind: Kind, on: string, atMs: number) =>
      ({ atMs, does: 'add', kind, on, values: usualValues(kind) }) as const
    const built = [
      add('broker', 'broker-a', 1_000),
      add('producer', 'shop', 1_100),
      add('group', 'billing', 1_200),
      add('group', 'mailing', 1_200),
      { atMs: 4_000, does: 'remove', on: 'mailing' } as const,
    ].reduce(withAct, text)
    const { state } = await runTo(built, 5_000)
    expect(state.groups['billing']!.done).toBeGreaterThan(20)
    expect(Object.keys(state.groups)).toEqual(['billing'])
    expect(state.nodes['mailing-1']!.state).toBe('stopped')
    expect(castAt(built, 5_000).map(({ name }) => name)).toEqual(['namesrv', 'broker-a', 'shop', 'billing'])
    expect(readText(writeText(built))).toEqual(built)
    // its name stays taken: its disk is still there
    expect(nextName(built, 'group')).toBe('stock')
    expect(() => withAct(built, { atMs: 4_500, does: 'kill', on: 'mailing-1' })).toThrow('there is no node')
  })

  it.each(SITUATIONS.filter(({ id }) => id !== 'empty').map((one) => [one.id, one] as const))(
    '%s is forked: the reader acts, and the run goes on',
    async (_, situation) => {
      const experiment = experimentOf(situation)
      const broker = experiment.cast.find(({ kind }) => kind === 'broker')!
      const victim = nodesOf(experiment.cast.find(({ kind }) => kind === 'group') ?? broker)[0]!
      const atMs = FORKED_MS
      const forked = withAct(withAct(experiment, { atMs, does: 'kill', on: victim }), {
        atMs: atMs + 700,
        does: 'restart',
        on: victim,
      })
      const { state, hash } = await runTo(forked, atMs + 1_500)
      expect(state.nodes[victim]!.state).toBe('running')
      expect(state.totals.asked).toBeGreaterThan(0)
      // the link that a friend opens is this very experiment, so its run is the same: session.test.ts
      expect(readText(writeText(forked))).toEqual(forked)
      expect(hash).toMatch(/^[0-9a-f]{16}$/)
    },
  )
})
