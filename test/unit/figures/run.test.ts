/** A run is repeatable, and acting on it changes nothing that came before the action. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ResponseCode } from '../../../reference/remoting/response-code.ts'
import { frameOf, recordOf } from '../../../site/figures/kit/bytes.ts'
import { ledgerAt, sumsOf, wordsOf } from '../../../site/figures/kit/ledger.ts'
import { readLink } from '../../../site/figures/kit/link.ts'
import { LivePicture } from '../../../site/figures/kit/live-picture.ts'
import { EventLog } from '../../../site/figures/kit/log.ts'
import { PaneController } from '../../../site/figures/kit/pane.ts'
import { paneView } from '../../../site/figures/kit/pane-view.ts'
import { run } from '../../../site/figures/kit/run.ts'
import { type RunEngine, RunShelf, sharedPrefix } from '../../../site/figures/kit/shelf.ts'
import { sentence, WORDED_KINDS } from '../../../site/figures/kit/words/en.ts'
import { NOTHING_NEW } from '../../../site/figures/kit/words/say.ts'
import { scenario, spec } from '../../support/example-figure.ts'
import { ROOT } from '../../support/stages.ts'

const engine: RunEngine = (seed, actions) => run(scenario, seed, actions)
const shelf = async (make: RunEngine = engine) => new RunShelf(spec, await run(scenario, scenario.seed, []), make)
const pane = (of: RunShelf, name = 'whole') => new PaneController(of, name, () => {})

describe('a run', () => {
  it('gives the same log, byte for byte, every time', async () => {
    const actions = [{ does: 'kill', on: 'broker-a', atMs: 2_700 }] as const
    for (const list of [[], actions]) {
      const [one, two] = [await run(scenario, 12, list), await run(scenario, 12, list)]
      expect(JSON.stringify(one)).toBe(JSON.stringify(two))
    }
    expect((await run(scenario, 13, [])).hash).not.toBe((await run(scenario, 12, [])).hash)
  })

  it('tells the whole story', async () => {
    const log = new EventLog(await run(scenario, scenario.seed, []))
    const story = log.steps.map((index) => sentence(log.events[index]!, log)).join('\n')
    for (const part of [
      'notes broker-a at',
      'the question where the topic is',
      'picks queue',
      'appends order-1',
      'SEND_OK',
      'CONSUME_SUCCESS',
      'has read Orders',
    ])
      expect(story).toContain(part)
  })

  it('says that its scenario fails, in the text’s run only', async () => {
    const failing = {
      ...scenario,
      run: async () => {
        throw new Error('order-9 was never asked for')
      },
    }
    await expect(run(failing, 12, [])).rejects.toThrow('the scenario fails: order-9 was never asked for')
    expect((await run(failing, 12, [{ does: 'kill', on: 'broker-a', atMs: 10 }])).events).toBeDefined()
  })

  it('agrees with the run it came from up to the action, wherever that is', async () => {
    const pinned = await run(scenario, 12, [])
    for (const [i, atMs] of [0, 205, 815, 820, 1_640, 2_649, 3_867, 11_700, 30_203].entries()) {
      const does = (['kill', 'cut'] as const)[i % 2]!
      const forked = await run(scenario, 12, [{ does, on: 'broker-a', atMs }])
      const before = pinned.events.filter((event) => event.atMs <= atMs).length
      expect(sharedPrefix(pinned, forked)).toBe(before)
    }
  })
})

describe('acting on a run', () => {
  it('begins a branch at the cursor and keeps the text’s run', async () => {
    const runs = await shelf()
    const it = pane(runs)
    it.goTo(340)
    const { atMs } = it.player.cursor
    await it.act('kill', 'broker-a')
    expect(runs.notice).toBe('')
    expect(runs.current.actions).toEqual([{ does: 'kill', on: 'broker-a', atMs: Math.floor(atMs) }])
    expect(it.player.scene.nodes['broker-a']!.state).toBe('stopped')
    runs.reset()
    expect(runs.current).toBe(runs.pinned)
    expect(it.player.scene.nodes['broker-a']!.state).toBe('running')
    expect(it.player.cursor.count).toBe(340)
    expect(runs.branches).toHaveLength(2)
  })

  it('is seen by every pane of the page, each in its own passage', async () => {
    const runs = await shelf()
    const [kept, waits] = [pane(runs, 'kept'), pane(runs, 'waits')]
    kept.goTo(96)
    await kept.act('kill', 'consumer')
    expect(waits.log).toBe(kept.log)
    expect(waits.player.cursor.atMs).toBeGreaterThan(kept.player.cursor.atMs)
    expect(waits.isWhole).toBe(false)
  })

  it('adds to a branch, and drops what lay after the cursor there', async () => {
    const runs = await shelf()
    const it = pane(runs)
    it.showWhole(true)
    it.goTo(340)
    await it.act('kill', 'broker-a')
    it.player.seekPlay(it.player.pace.playMs(9_000))
    await it.act('restart', 'broker-a')
    expect(runs.current.actions.map(({ does }) => does)).toEqual(['kill', 'restart'])
    it.player.seekPlay(it.player.pace.playMs(1_000))
    await it.act('cut', 'producer')
    expect(runs.current.actions.map(({ does }) => does)).toEqual(['cut'])
    expect(runs.branches).toHaveLength(4)
  })

  it('sends an order of the reader, which is stored and consumed', async () => {
    const runs = await shelf()
    const it = pane(runs)
    it.goTo(600)
    expect(runs.nextKey).toBe('order-8')
    await it.act('send', runs.nextKey)
    it.player.seekCount(it.log.events.length)
    expect(it.player.scene.nodes['consumer']!.done).toContain('order-8')
  })

  it('refuses a run that differs before the action', async () => {
    const runs = await shelf((_, actions) => run(scenario, 99, actions))
    const it = pane(runs)
    it.goTo(340)
    await it.act('kill', 'broker-a')
    expect(runs.current).toBe(runs.pinned)
    expect(runs.notice).toMatch(/differs from the old one at event \d+/)
  })

  it('opens its own links at the same cursor and scene', async () => {
    const it = pane(await shelf(), 'waits')
    it.goTo(360)
    await it.act('kill', 'broker-a')
    it.player.seekPlay(it.player.playMs + 77)
    const other = pane(await shelf(), 'waits')
    await other.open(readLink(spec.id, 'waits', spec.cast, await it.link()).link!)
    expect(other.shelf.notice).toBe('')
    expect(other.player.cursor.count).toBe(it.player.cursor.count)
    expect(other.player.cursor.atMs).toBeCloseTo(it.player.cursor.atMs, 3)
    expect(other.player.scene).toEqual(it.player.scene)
    const old = '#fig-example-journey-waits?v=1&run=example-journey.0000&s=12&t=800&e=40'
    await other.open(readLink(spec.id, 'waits', spec.cast, old).link!)
    expect(other.shelf.notice).toContain('another edition')
  })

  it('can be begun with other luck: a run of its own', async () => {
    const runs = await shelf()
    await runs.reseed()
    expect(runs.current.seed).toBe(13)
    expect(runs.current.log.run.hash).not.toBe(runs.pinned.log.run.hash)
    expect(runs.current.label).toBe('seed 13')
    await runs.reseed()
    expect(runs.current.seed).toBe(14)
  })
})

describe('a passage', () => {
  it('keeps the cursor between its two moments, and leaves them only for a moment that lies outside', async () => {
    const it = pane(await shelf(), 'kept')
    const { fromCount, toCount, steps } = it.player.stretch
    expect(it.player.cursor.count).toBe(fromCount)
    it.player.seekCount(0)
    expect(it.player.cursor.count).toBe(fromCount)
    it.player.seekCount(100_000)
    expect(it.player.cursor.count).toBe(toCount)
    expect(steps.length).toBeGreaterThan(2)
    it.goTo(2)
    expect(it.isWhole).toBe(true)
    expect(it.player.cursor.count).toBe(2)
  })
})

describe('the picture of a pane', () => {
  it('is drawn again when something in it changes, and only then', async () => {
    const it = pane(await shelf(), 'kept')
    const picture = new LivePicture(
      async () => {},
      () => {},
    )
    const size = { width: 600, height: 400, isStill: false }
    const drawing = () => paneView(it, { draw: picture.draw, ...size }).drawing
    expect(drawing()).toBeUndefined()
    await picture.begin(it.passage.view)
    const first = drawing()
    it.shelf.say('The run is being made.')
    expect(drawing()).toBe(first)
    it.shelf.select('node:broker-a')
    const marked = drawing()
    expect(marked).not.toBe(first)
    it.player.step(1)
    expect(drawing()).not.toBe(marked)
  })
})

describe('the ledger', () => {
  it('is told by the applications alone: asked, acknowledged, billed, lost', async () => {
    const log = new EventLog(await run(scenario, 12, []))
    const end = ledgerAt(log, log.events.length)
    expect(sumsOf(end)).toMatchObject({ asked: 7, ok: 7, billed: 7, double: 0, lost: 0, failed: 0, phantom: 0 })
    const early = ledgerAt(log, log.events.findIndex((event) => event.kind === 'app.answered') + 1)
    expect(early.map(wordsOf)).toEqual(['order-1: SEND_OK, not billed yet'])
    const killed = [{ does: 'kill', on: 'consumer', atMs: 1_700 }] as const
    const without = new EventLog(await run(scenario, 12, killed))
    expect(sumsOf(ledgerAt(without, without.events.length))).toMatchObject({ ok: 7, billed: 1, lost: 6 })
  })
})

describe('words and bytes', () => {
  it('takes the answer of a pull without messages for no refusal', () => {
    expect([...NOTHING_NEW]).toEqual([ResponseCode.PULL_NOT_FOUND, ResponseCode.PULL_RETRY_IMMEDIATELY])
  })

  it('leaves no kind of event without words', () => {
    const source = readFileSync(join(ROOT, 'reference/host/trace.ts'), 'utf8')
    const kinds = [...source.matchAll(/^ {2}'([a-z]+\.[a-z]+)':/gm)].map(([, kind]) => kind)
    expect(kinds.length).toBeGreaterThan(40)
    expect([...WORDED_KINDS].sort()).toEqual(kinds.sort())
  })

  it('has words for every kind of event, and says each event of the run in one sentence', async () => {
    const log = new EventLog(
      await run(scenario, 12, [
        { does: 'cut', on: 'broker-b', atMs: 3_300 },
        { does: 'heal', on: '', atMs: 6_000 },
      ]),
    )
    for (const event of log.events) {
      expect(WORDED_KINDS).toContain(event.kind)
      const text = sentence(event, log)
      expect(text).toMatch(/\S[.:].*$|\.$/)
      expect(text).not.toMatch(/undefined|NaN|\[object/)
    }
  })

  it('cuts every frame and every record of the run into fields that cover its bytes without a gap at the ends', async () => {
    const log = new EventLog(await run(scenario, 12, []))
    let records = 0
    for (const event of log.events) {
      if (event.kind === 'net.sent') {
        const { bytes, fields, fault } = frameOf(event.payload)
        expect(fault).toBe('')
        expect(bytes.length).toBe(event.sizeBytes)
        expect(fields[0]).toMatchObject({ name: 'length', at: 0, value: `${bytes.length - 4} bytes follow` })
        for (const { at, size } of fields) expect(at + size).toBeLessThanOrEqual(bytes.length)
        expect(fields.map(({ name }) => name)).toContain('code')
      }
      if (event.kind === 'record.appended') {
        const decoded = recordOf(log, event.n)!
        expect(decoded.fault).toBe('')
        expect(decoded.fields.reduce((sum, { size }) => sum + size, 0)).toBe(event.sizeBytes)
        expect(decoded.fields.find(({ name }) => name === 'properties')!.value).toContain(event.key)
        records++
      }
    }
    expect(records).toBe(7)
  })
})
