/** The pictures that chapter 17 asked for first: a slave beside its master, in the log, between the lines of space and time, in a table. */
import { describe, expect, it } from 'vitest'
import type { TraceEvent } from '../../../reference/host/trace.ts'
import { pinnedRun, specOf } from '../../../site/figures/build.ts'
import { FIGURES } from '../../../site/figures/found.ts'
import { viewAt } from '../../../site/figures/kit/live/cluster-view.ts'
import { EventLog } from '../../../site/figures/kit/log.ts'
import type { Drawing } from '../../../site/figures/kit/marks.ts'
import { castOf, stretchOf } from '../../../site/figures/kit/passage.ts'
import { apply, emptyScene, reduce } from '../../../site/figures/kit/scene.ts'
import { viewNamed } from '../../../site/figures/kit/view.ts'
import { sentence } from '../../../site/figures/kit/words/en.ts'
import { flightLabel } from '../../../site/figures/kit/words/labels.ts'

/** A pane of the chapter after the first `count` events, or at its end. */
async function drawn(id: string, name: string, count?: number): Promise<Drawing> {
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
    width: 664,
    height: 500,
    fromMs: timeOf(fromCount),
    toMs: timeOf(toCount),
    selected: '',
    followed: '',
    isStill: false,
  })
}

const textsOf = ({ marks }: Drawing) => marks.flatMap(({ shapes }) => shapes.map(({ text }) => text ?? ''))
const countAfter = (log: EventLog, holds: (event: TraceEvent) => boolean) => log.events.findIndex(holds) + 1

describe('a master’s log above its slave’s', () => {
  it('says how many records the master alone has, also when its machine is gone, and where SEND_OK has come to', async () => {
    const words = textsOf(await drawn('replication-fire', 'gap'))
    expect(words).toContain('31 records were on the master alone')
    expect(words).toContain('SEND_OK up to here')
  })

  it('calls a machine that burns down burnt, in its head and in the sentence of that moment', async () => {
    const log = await pinnedRun('replication-fire')
    const stopped = log.events.find((event) => event.kind === 'node.stopped')!
    expect(sentence(stopped, log)).toBe('master is gone: burnt, disk lost.')
    expect(textsOf(await drawn('replication-fire', 'gap'))).toContain('burnt, disk lost · 0 B on disk')
  })

  it('moves the line of SEND_OK with the answer that the ledger shows', async () => {
    const log = await pinnedRun('replication-sent')
    const answered = countAfter(log, (event) => event.kind === 'message.sent' && event.key === 'order-2')
    const xOf = async (count: number) => {
      const line = (await drawn('replication-sent', 'sent', count)).marks.find(({ key }) => key === 'answered-to')
      return Number(/^M([\d.]+)/.exec(String(line!.shapes[0]!.attributes['d']))![1])
    }
    expect(await xOf(answered)).toBeGreaterThan(await xOf(answered - 1))
  })

  it('keeps the crosses of a master that came back with less, and counts what the slave alone has', async () => {
    const drawing = await drawn('replication-ahead', 'ahead')
    const words = textsOf(drawing)
    expect(words).toContain('4 records on the slave alone, with SEND_OK')
    expect(words).not.toContain('SEND_OK up to here')
    const crossed = drawing.marks.filter(({ shapes }) =>
      shapes.some((one) => String(one.attributes['class']).startsWith('record lost')),
    )
    expect(crossed).toHaveLength(3)
  })

  it('counts the log of a late slave from where it begins', async () => {
    expect(textsOf(await drawn('replication-late', 'late'))).toContain(
      '1,514 B written, from 8,192 on · 1,514 B on disk',
    )
  })

  it('calls a slave that was started as a master by its new role', async () => {
    const log = await pinnedRun('replication-twenty')
    const words = textsOf(await drawn('replication-twenty', 'twenty', log.events.length))
    expect(words).toContain('now master')
  })

  it('has no gap and a doubled edge for each record that the slave has reported', async () => {
    const log = await pinnedRun('replication-broken')
    const last = countAfter(log, (event) => event.kind === 'script.step' && event.text === 'The billing comes') - 1
    const drawing = await drawn('replication-broken', 'resume', last)
    expect(textsOf(drawing).filter((text) => text.includes('master alone'))).toEqual([])
    expect(
      drawing.marks
        .flatMap(({ shapes }) => shapes)
        .filter((one) => String(one.attributes['class']).startsWith('copied')).length,
    ).toBe(10)
  })

  it('doubles no edge before the report has come', async () => {
    const log = await pinnedRun('replication-double')
    const acked = log.events.findLastIndex((event) => event.kind === 'ha.acked' && event.atMs < 7_100)
    const [before, then] = [acked, acked + 1].map((count) => reduce(log, [{ name: 'master', role: 'broker' }], count))
    expect([before!.brokers['master']!.copiedTo, then!.brokers['master']!.copiedTo]).toEqual([254, 502])
  })
})

it('bytes between master and slave say what they carry, and are no SEND_MESSAGE', async () => {
  const log = await pinnedRun('replication-double')
  const sent = log.events.filter(
    (event) => event.kind === 'net.sent' && event.atMs > 7_000 && event.atMs < 7_050 && event.node !== 'shop',
  )
  expect(sent.map((event) => `${event.node} ${log.frame(event.n)!.name} ${flightLabel(log.frame(event.n)!)}`)).toEqual([
    'master HA_TRANSFER order-2',
    'slave HA_REPORT has it up to 502',
    'master SEND_MESSAGE_V2 SEND_OK',
  ])
})

it('what is lost with a broken connection does not go on its way when the two can connect again', async () => {
  const log = await pinnedRun('replication-broken')
  const healed = log.events.find((event) => event.kind === 'fault.healed' && event.fault === 'partition')!
  expect(sentence(healed, log)).toBe('master and slave can connect again.')
})

it('a link that became longer stands in the plot, with how much longer', async () => {
  const words = textsOf(await drawn('replication-price', 'two'))
  for (const ms of [0, 5, 10, 20]) expect(words).toContain(`+${ms} ms`)
})

describe('a route table', () => {
  const registered = (brokerId: number, address: string) => ({
    kind: 'route.registered' as const,
    node: 'namesrv',
    brokerName: 'pair',
    brokerId,
    address,
    topics: 1,
  })
  const removed = {
    kind: 'route.removed',
    node: 'namesrv',
    brokerName: 'pair',
    brokerId: 1,
    address: 'slave:1',
    reason: '',
  }
  const events = [registered(0, 'master:1'), registered(1, 'slave:1'), removed].map((event, i) => ({
    ...event,
    n: i + 1,
    atMs: i,
    cause: 0,
  })) as readonly TraceEvent[]

  it('of a picture keeps a master’s address when its slave comes and goes', () => {
    const scene = emptyScene([{ name: 'namesrv', role: 'namesrv' }])
    const log = new EventLog({ seed: 1, actions: [], events, hash: '' })
    const seen = events.map((event) => {
      apply(scene, event, log)
      return { ...scene.nodes['namesrv']!.routes }
    })
    expect(seen).toEqual([{ pair: 'master:1' }, { pair: 'master:1', 'pair #1': 'slave:1' }, { pair: 'master:1' }])
  })

  it('of a lab’s cluster does, too', () => {
    expect([...viewAt(events, 2).routes]).toEqual([
      ['pair', 'master:1'],
      ['pair #1', 'slave:1'],
    ])
    expect([...viewAt(events, 3).routes]).toEqual([['pair', 'master:1']])
  })
})
