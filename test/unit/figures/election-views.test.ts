/** The pictures that chapter 18 asked for first: logs that fork, whom each node believes to be the master, a controller on the stage. */
import { describe, expect, it } from 'vitest'
import type { TraceEvent } from '../../../reference/host/trace.ts'
import { pinnedRun, specOf } from '../../../site/figures/build.ts'
import { FIGURES } from '../../../site/figures/found.ts'
import { layoutFor } from '../../../site/figures/kit/layout.ts'
import type { EventLog } from '../../../site/figures/kit/log.ts'
import type { Drawing } from '../../../site/figures/kit/marks.ts'
import { castOf, openingCount, stretchOf } from '../../../site/figures/kit/passage.ts'
import { reduce } from '../../../site/figures/kit/scene.ts'
import { viewNamed } from '../../../site/figures/kit/view.ts'
import { masterRows } from '../../../site/figures/kit/views/parts/lanes-masters.ts'
import { forkOf } from '../../../site/figures/kit/views/parts/log-epochs.ts'
import { sentence } from '../../../site/figures/kit/words/en.ts'

/** A pane of the chapter after the first `count` events, or at its end. */
async function drawn(id: string, name: string, count?: number, width = 664): Promise<Drawing> {
  const [log, spec] = [await pinnedRun(id), await specOf(id)]
  const passage = FIGURES.get(id)!.spec.passages[name]!
  const { fromCount, toCount } = stretchOf(log, passage)
  const timeOf = (at: number) => log.events[at - 1]!.atMs
  const to = count ?? toCount
  const view = await viewNamed(passage.view)
  return view({
    spec,
    passage,
    cast: castOf(spec, passage),
    log,
    count: to,
    atMs: timeOf(to),
    scene: reduce(log, spec.cast, to),
    width,
    height: 500,
    fromMs: timeOf(fromCount),
    toMs: timeOf(toCount),
    selected: '',
    followed: '',
    isStill: false,
  })
}

const textsOf = ({ marks }: Drawing) => marks.flatMap(({ shapes }) => shapes.map(({ text }) => text ?? ''))
const countOf = ({ marks }: Drawing, className: string) =>
  marks.flatMap(({ shapes }) => shapes).filter((one) => String(one.attributes['class']).split(' ').includes(className))
    .length
const upTo = (log: EventLog, holds: (event: TraceEvent) => boolean) => log.events.findIndex(holds) + 1

describe('two logs of one name', () => {
  it('are marked where they differ, and no longer when one was cut and has copied', async () => {
    const log = await pinnedRun('failover-cut')
    const forked = upTo(log, (event) => event.kind === 'fault.healed')
    expect(textsOf(await drawn('failover-cut', 'fork', forked))).toContain('the logs differ from 1,008 on')
    expect(textsOf(await drawn('failover-cut', 'fork')).join()).not.toContain('differ')
  })

  it('have a colour for each epoch, and the tail is struck through when it is cut away', async () => {
    const log = await pinnedRun('failover-cut')
    const drawing = await drawn(
      'failover-cut',
      'fork',
      upTo(log, (event) => event.kind === 'log.truncated'),
    )
    expect(textsOf(drawing)).toContain('epoch 2')
    expect(countOf(drawing, 'lost')).toBe(12)
    expect(textsOf(drawing)).toContain('12 records cut away')
    expect(countOf(drawing, 'tag-1')).toBeGreaterThanOrEqual(3)
  })

  it('leave what was cut in the picture, below, also when something else lies in its place', async () => {
    const drawing = await drawn('failover-cut', 'fork')
    expect(countOf(drawing, 'lost')).toBe(12)
    expect(textsOf(drawing)).toContain('12 records cut away')
    expect(countOf(drawing, 'whole') + countOf(drawing, 'unflushed')).toBe(2 * (4 + 3))
  })

  it('say which order a narrow record is, below its sign', async () => {
    expect(textsOf(await drawn('failover-cut', 'fork'))).toEqual(expect.arrayContaining(['17', '18', '19']))
  })

  it('keep the words of the confirm offset to the end, and show none with the default settings', async () => {
    expect(textsOf(await drawn('failover-safe', 'tail'))).toContain('confirmed up to here')
    expect(textsOf(await drawn('failover-cut', 'fork'))).not.toContain('confirmed up to here')
    const lines = ['flushed-to', 'answered-to'].map(async (line) => countOf(await drawn('failover-safe', 'tail'), line))
    expect(await Promise.all(lines)).toEqual([0, 1])
  })

  it('do not fork when one merely ends earlier', () => {
    const record = (at: number, key: string) => ({ n: at, key, topic: 'Orders', at, sizeBytes: 10, isLost: false })
    const longer = { records: [record(0, 'a'), record(10, 'b')] }
    expect(forkOf([longer, { records: [record(0, 'a')] }])).toBeUndefined()
    expect(forkOf([longer, { records: [record(0, 'a'), record(10, 'c')] }])).toBe(10)
  })

  it('show up to where the whole in-sync set has the log', async () => {
    const log = await pinnedRun('failover-safe')
    const cut = upTo(log, (event) => event.kind === 'role.taken' && event.node === 'b' && event.role === 'master')
    expect(textsOf(await drawn('failover-safe', 'tail', cut + 30))).toContain('confirmed up to here')
  })
})

describe('whom each node believes to be the master', () => {
  const rowsAt = async (id: string, count: number) => {
    const [log, spec] = [await pinnedRun(id), await specOf(id)]
    return masterRows({ log, count, cast: spec.cast, atMs: log.events[count - 1]!.atMs })
  }
  const now = (rows: Awaited<ReturnType<typeof rowsAt>>) =>
    Object.fromEntries(
      rows.map(({ label, fills, hole }) => [
        label,
        fills
          .at(-1)
          ?.layers.map(({ text }) => text)
          .join() || hole,
      ]),
    )

  it('differs between two shops while a master is cut off', async () => {
    const log = await pinnedRun('failover-cut')
    const healed = upTo(log, (event) => event.kind === 'fault.healed')
    expect(now(await rowsAt('failover-cut', healed))).toMatchObject({
      controller: 'b, epoch 2',
      namesrv: 'b',
      a: 'master, epoch 1',
      b: 'master, epoch 2',
      shop: 'a',
      kiosk: 'b',
      'in-sync set': 'b',
    })
  })

  it('is nobody where none was elected, and a dead node is down', async () => {
    const log = await pinnedRun('failover-set')
    const none = upTo(log, (event) => event.kind === 'master.elected' && event.brokerId === 0)
    expect(now(await rowsAt('failover-set', none + 3))).toMatchObject({ controller: 'nobody', b: 'down' })
  })

  it('has a stretch without a sale, from the first failed send to the next good answer', async () => {
    const log = await pinnedRun('failover-failover')
    const sends = (await rowsAt('failover-failover', log.events.length)).find(({ key }) => key === 'sales')!
    expect(sends.fills.map(({ layers }) => layers[0]!.text)).toEqual(['no sale for 24 s'])
    expect(sends.dots.filter(({ kind }) => kind === 'failed')).toHaveLength(24)
  })

  it('follows the NameServer where no controller is: the broker that registered last', async () => {
    const log = await pinnedRun('failover-watchdog')
    const rows = await rowsAt('failover-watchdog', log.events.length)
    const names = rows
      .find(({ label }) => label === 'namesrv')!
      .fills.flatMap(({ layers }) => layers.map(({ text }) => text))
    expect(names.slice(0, 3)).toEqual(['a', 'b', 'a'])
  })
})

it('a controller on the stage says whom it has elected, and a broker which role it has', async () => {
  const words = textsOf(await drawn('failover-election', 'steps'))
  expect(words).toContain('master b, epoch 2')
  expect(words).toContain('in sync: b')
  expect(words).toContain('master, epoch 2')
})

it('between the lines of space and time, controllers ask for votes and write decisions down', async () => {
  const votes = textsOf(await drawn('failover-raft', 'votes'))
  expect(votes).toContain('your vote?')
  expect(votes).toContain('leads')
  expect(votes.filter((text) => text === 'begins term 1')).toHaveLength(1)
  expect(votes.filter((text) => text === 'hears of term 1')).toHaveLength(2)
  expect(textsOf(await drawn('failover-raft', 'two'))).toContain('it counts')
})

it('the controller that follows sees the death while no decision is on its way, so no arrow runs through its words', async () => {
  const { events } = await pinnedRun('failover-raft')
  const sent = events.find((event) => event.kind === 'raft.appended' && event.command.includes('"masterBrokerId":2'))!
  const seen = events.filter((event) => event.kind === 'replica.inactive')
  expect(seen).toHaveLength(2)
  expect(seen.filter(({ n }) => n > sent.n)).toEqual([])
})

it('the list of events calls a replica by the name of its node, as the pictures do', async () => {
  const log = await pinnedRun('failover-election')
  const said = (kind: TraceEvent['kind']) =>
    log.events.filter((one) => one.kind === kind).map((one) => sentence(one, log))
  expect(said('master.elected').at(-1)).toBe('controller: b is the master of pair in epoch 2.')
  expect(said('replica.inactive')[0]).toContain('no longer counts a of pair as alive')
  expect(said('syncset.changed')[0]).toContain('the in-sync set of pair is a, b,')
})

it('a slave keeps a timed message back like its master, and neither does when its time has come', async () => {
  const [log, spec] = [await pinnedRun('failover-acting'), await specOf('failover-acting')]
  const kept = (count: number) =>
    ['a', 'b'].map((name) => Object.keys(reduce(log, spec.cast, count).brokers[name]!.kept).join())
  expect(kept(upTo(log, (event) => event.kind === 'acting.began'))).toEqual(['order-2', 'order-2'])
  expect(kept(log.events.length)).toEqual(['', ''])
  const acting = upTo(log, (event) => event.kind === 'acting.began')
  expect(textsOf(await drawn('failover-acting', 'acting', acting))).toContain('1 timed · slave, acts as master')
  expect(textsOf(await drawn('failover-acting', 'acting', acting, 354))).toContain('1 timed · acting')
})

it('between the lines of space and time, a short exchange fills the picture, and each answer has its question', async () => {
  const log = await pinnedRun('failover-raft')
  for (const name of ['votes', 'two']) {
    const { marks } = await drawn('failover-raft', name)
    const lowest = Math.max(...marks.filter(({ key }) => key.startsWith('point:')).map(({ y }) => y))
    expect(lowest, `lowest dot of ${name}`).toBeGreaterThan(350)
    const shown = marks.flatMap(({ key }) => (key.startsWith('frame:') ? [log.frame(Number(key.slice(6)))!] : []))
    const asked = shown.filter(({ type }) => type === 'request').map(({ opaque }) => opaque)
    const answered = shown.filter(({ type }) => type === 'response').map(({ opaque }) => opaque)
    expect(
      answered.filter((opaque) => !asked.includes(opaque)),
      `answers without a question in ${name}`,
    ).toEqual([])
  }
})

describe('a pane', () => {
  it('opens at the moment that its passage names, and at the end of the passage when the run ends before', async () => {
    const [log, { spec }] = [await pinnedRun('failover-longest'), FIGURES.get('failover-longest')!]
    const passage = spec.passages['longest']!
    const stretch = stretchOf(log, passage)
    const opening = openingCount(passage, stretch, log)
    expect(log.events[opening - 1]).toMatchObject({ kind: 'script.step', text: passage.opens })
    expect(openingCount(passage, { ...stretch, toCount: opening - 5 }, log)).toBe(opening - 5)
  })

  it('says of an arrow that has not arrived that it is under way', async () => {
    const log = await pinnedRun('failover-raft')
    const led = upTo(log, (event) => event.kind === 'leader.elected')
    expect(textsOf(await drawn('failover-raft', 'votes', led))).toContain('under way')
    expect(textsOf(await drawn('failover-raft', 'votes'))).not.toContain('under way')
  })

  it('keeps what a producer has sent off the producer below it', async () => {
    const [spec, passage] = [
      await specOf('failover-watchdog'),
      FIGURES.get('failover-watchdog')!.spec.passages['wound']!,
    ]
    const { boxes } = layoutFor(castOf(spec, passage), 664, 500)
    const icons = (await drawn('failover-watchdog', 'wound')).marks.filter(({ key }) => key.startsWith('done:shop'))
    expect(icons.length).toBeGreaterThan(4)
    for (const { y } of icons) expect(y + 8).toBeLessThan(boxes['kiosk']!.y - 2)
  })
})
