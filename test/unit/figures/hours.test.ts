/**
 * A run of hours is opened, stepped and scrubbed like one of seconds: only what is told of it is recorded, the page fetches its
 * first part, and what a reader sees does not depend on when the rest has come.
 */
import { describe, expect, it } from 'vitest'
import { pinnedRun, shippedRun, specOf } from '../../../site/figures/build.ts'
import { FIGURES } from '../../../site/figures/found.ts'
import { ledgerAt, sumsOf } from '../../../site/figures/kit/ledger.ts'
import { FIRST_EVENTS } from '../../../site/figures/kit/limits.ts'
import { EventLog } from '../../../site/figures/kit/log.ts'
import { PaneController } from '../../../site/figures/kit/pane.ts'
import { isCovered } from '../../../site/figures/kit/passage.ts'
import { Player } from '../../../site/figures/kit/player.ts'
import { run } from '../../../site/figures/kit/run.ts'
import { reduce } from '../../../site/figures/kit/scene.ts'
import { RunShelf } from '../../../site/figures/kit/shelf.ts'
import type { Passage, ShippedRun } from '../../../site/figures/kit/types.ts'
import { seconds, sentence, shortSeconds } from '../../../site/figures/kit/words/en.ts'
import { missingFor } from '../../../site/figures/view-needs.ts'
import { scenario, spec } from '../../support/example-figure.ts'

const log = await pinnedRun('authors-hours')

describe('a run of five hours', () => {
  it('tells of a poison message from its first try to its last, and fits into one small file', async () => {
    const dead = log.events.find((event) => event.kind === 'message.dead')!
    expect(dead.atMs).toBeGreaterThan(17_140_000)
    expect(dead.atMs).toBeLessThan(17_300_000)
    expect(log.events.length).toBeLessThan(500)
    expect((await shippedRun('authors-hours')).rest).toBeUndefined()
    expect(sumsOf(ledgerAt(log, log.events.length))).toMatchObject({ asked: 5, ok: 5, billed: 4, lost: 1 })
    for (const event of log.events) expect(sentence(event, log)).not.toMatch(/undefined|NaN|\[object/)
  })

  it('has the hours in its times', () => {
    expect(seconds(17_140_003)).toBe('4 h 45 min 40.003 s')
    expect(seconds(599_999)).toBe('599.999 s')
    expect(shortSeconds(1_200_000)).toBe('20 min')
  })
})

describe('a run of which only some kinds are recorded', () => {
  /** With the kinds whose first events name the example's moments. */
  const records = [
    'record.appended',
    'message.consumed',
    'message.sending',
    'message.sent',
    'queue.assigned',
    'offset.committed',
  ] as const

  it('is the whole run with the other kinds left out: same numbers, same times, same causes', async () => {
    const [whole, some] = [await run(scenario, 12, []), await run({ ...scenario, records }, 12, [])]
    const kinds = new Set(some.events.map(({ kind }) => kind))
    expect(kinds).toContain('app.called')
    expect(kinds).not.toContain('net.sent')
    expect(some.events).toEqual(whole.events.filter(({ kind }) => kinds.has(kind)))
    expect(some.hash).not.toBe(whole.hash)
  })

  it('finds its events by their numbers, which have gaps', async () => {
    const some = new EventLog(await run({ ...scenario, records }, 12, []))
    for (const event of some.events) expect(some.event(event.n)).toBe(event)
    const numbers = new Set(some.events.map(({ n }) => n))
    for (let n = 0; n < 600; n++) if (!numbers.has(n)) expect(some.event(n)).toBeUndefined()
  })

  it('says how far it has come, and is the same run for that', async () => {
    const shares: number[] = []
    const { scenario: hours } = FIGURES.get('authors-hours')!
    const again = await run(hours, hours.seed, [], undefined, (share) => void shares.push(share))
    expect(again.hash).toBe(log.run.hash)
    expect(shares.length).toBeGreaterThan(5)
    expect([...shares].sort((a, b) => a - b)).toEqual(shares)
    expect(shares.at(-1)).toBeLessThanOrEqual(1)
  })
})

it('a view is refused when a figure does not record what it draws', () => {
  const { scenario: hours } = FIGURES.get('authors-hours')!
  expect(missingFor(hours, 'lanes')).toBe('')
  expect(missingFor(hours, 'stage')).toContain('route.registered')
  expect(missingFor(scenario, 'stage')).toBe('')
  for (const { id, scenario: one, spec: own } of FIGURES.values())
    for (const [name, { view }] of Object.entries(own.passages)) expect(missingFor(one, view), `${id} ${name}`).toBe('')
})

describe('a long run in two parts', () => {
  async function parts() {
    const { text, rest } = await shippedRun('authors-large')
    const shipped = JSON.parse(text) as ShippedRun
    let asked = 0
    const fetchRest = async () => {
      asked++
      return JSON.parse(rest!.text) as ShippedRun['run']['events']
    }
    const engine = () => Promise.reject(new Error('not here'))
    return { shelf: new RunShelf(shipped.spec, shipped.run, engine, fetchRest), asked: () => asked }
  }

  it('is put together again, fetched once, and its panes go on where they stood', async () => {
    const whole = await pinnedRun('authors-large')
    const { shelf, asked } = await parts()
    expect(shelf.log.events).toHaveLength(FIRST_EVENTS)
    const pane = new PaneController(shelf, 'space-time', () => {})
    pane.player.seekCount(pane.player.stretch.toCount)
    const { cursor, scene } = pane.player
    await Promise.all([shelf.whole(), shelf.whole()])
    expect(asked()).toBe(1)
    expect(shelf.log.events).toEqual(whole.events)
    expect(pane.player.cursor).toEqual(cursor)
    expect(pane.player.scene).toEqual(scene)
    expect(pane.log).toBe(shelf.log)
  })

  it('is asked for by the passages that lie in its later part, and by no others', async () => {
    const { shelf } = await parts()
    const { passages } = await specOf('authors-large')
    expect(isCovered(shelf.log, passages['space-time']!)).toBe(true)
    expect(isCovered(shelf.log, passages['retries']!)).toBe(false)
    const open: Passage = { ...passages['space-time']!, title: '' }
    expect(isCovered(shelf.log, { title: '', from: open.from, view: 'stage' })).toBe(false)
  })

  it('counts nothing as lost before its end is known', async () => {
    const { shelf } = await parts()
    expect(sumsOf(ledgerAt(shelf.log, shelf.log.events.length)).lost).toBe(0)
  })

  it('may be fetched again after a failure', async () => {
    const { text } = await shippedRun('authors-large')
    const shipped = JSON.parse(text) as ShippedRun
    let tries = 0
    const shelf = new RunShelf(
      shipped.spec,
      shipped.run,
      () => Promise.reject(new Error('not here')),
      async () => {
        if (++tries === 1) throw new Error('the server answered 503')
        return []
      },
    )
    await expect(shelf.whole()).rejects.toThrow('503')
    await shelf.whole()
    expect(tries).toBe(2)
  })
})

it('a jump through a long run shows the same scene as a fresh reduction, and keeps few scenes', async () => {
  const large = await pinnedRun('authors-large')
  const { cast } = await specOf('authors-large')
  const player = new Player(large, cast)
  for (const share of [1, 0.1, 0.93, 0.5, 0, 0.77]) {
    const count = Math.floor(share * large.events.length)
    player.seekCount(count)
    expect(player.scene).toEqual(reduce(large, cast, count))
  }
})

it('the example keeps its passages whole in its first part', async () => {
  const example = new EventLog(await run(scenario, scenario.seed, []))
  expect(example.events.length).toBeLessThan(FIRST_EVENTS)
  for (const passage of Object.values(spec.passages)) expect(isCovered(example, passage)).toBe(true)
})
