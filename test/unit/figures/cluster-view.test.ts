/**
 * The glass cluster shows what the run did: nodes, connections, messages on their way, addresses nobody answers at.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { parseSubmission } from '../../../labs/grader/schema/submission.ts'
import { bootHere } from '../../../labs/judge/boot-here.ts'
import { runCheck } from '../../../labs/judge/run-check.ts'
import { publicSeeds } from '../../../labs/judge/seeds.ts'
import { lab } from '../../../labs/lost-address/lab.ts'
import { evaluateHere } from '../../../labs/program/evaluate-here.ts'
import { moduleMap } from '../../../labs/program/module-map.ts'
import { answerFiles } from '../../../labs/runtime/lab-files.ts'
import type { TraceEvent } from '../../../reference/host/trace.ts'
import { cornersOf, edgePoint, placesOf, pointOn, wayBetween } from '../../../site/figures/kit/live/cluster-layout.ts'
import { arrivals, viewAt } from '../../../site/figures/kit/live/cluster-view.ts'
import { lineOf } from '../../../site/figures/kit/live/event-lines.ts'
import { handInText } from '../../../site/labs/hand-in.ts'
import { practiceOf } from '../../support/lost-address.ts'

const files = answerFiles(lab, 'starter')
const { a, b, oldAddress } = practiceOf('earlier.arrive')
let events: readonly TraceEvent[] = []

beforeAll(async () => {
  const check = lab.checks.find(({ id }) => id === 'earlier.arrive')!
  const [seed = ''] = publicSeeds('practice-lost-address', check.id, 1)
  const onEnd = (cluster: { readonly events: readonly TraceEvent[] }) => {
    events = [...cluster.events]
  }
  await runCheck({ lab, check, files, seed, boot: bootHere(lab, moduleMap(), evaluateHere), onEnd })
})

describe('the glass cluster', () => {
  it('at the end of the run shows who runs, what was stored, and the address nobody answers at', () => {
    const view = viewAt(events, events.length)
    const states = Object.fromEntries([...view.nodes.values()].map(({ name, state }) => [name, state]))
    expect(states).toMatchObject({
      namesrv: 'running',
      [a.machine]: 'running',
      [b.machine]: 'running',
      billing: 'running',
    })
    const stored = [...view.nodes.values()]
      .filter(({ program }) => program === 'broker')
      .reduce((sum, { count }) => sum + count, 0)
    expect(stored).toBe(events.filter(({ kind }) => kind === 'record.appended').length)
    expect([...view.ghosts.values()].map(({ address, by }) => `${by} ${address.split(':')[0]}`)).toContain(
      `billing ${oldAddress}`,
    )
    expect(view.routes.get(b.brokerName)).toMatch(new RegExp(`^${oldAddress}:`))
  })

  it('goes on from an earlier picture to the same one, and back from the beginning', () => {
    const half = Math.floor(events.length / 2)
    const whole = viewAt(events, events.length)
    expect(viewAt(events, events.length, viewAt(events, half))).toEqual(whole)
    expect(viewAt(events, half, viewAt(events, events.length))).toEqual(viewAt(events, half))
    const base = { ...viewAt(events, half), count: 0 }
    expect({ ...viewAt(events.slice(half), events.length - half, undefined, base), count: 0 }).toEqual({
      ...whole,
      count: 0,
    })
  })

  it('has a message on its way between its sending and its arrival, and nowhere else', () => {
    const at = events.findIndex((event) => event.kind === 'net.sent')
    const sent = events[at]!
    const arrives = arrivals(events).get(sent.n)!
    expect(viewAt(events, at).flights.has(sent.n)).toBe(false)
    expect(viewAt(events, at + 1).flights.get(sent.n)).toMatchObject({ name: 'REGISTER_BROKER', isResponse: false })
    expect(viewAt(events, arrives - 1).flights.has(sent.n)).toBe(true)
    expect(viewAt(events, arrives).flights.has(sent.n)).toBe(false)
  })

  it('shows no connection of a node that was ended', () => {
    const at = events.findIndex((event) => event.kind === 'node.stopped')
    const { node } = events[at]!
    const view = viewAt(events, at + 1)
    expect(view.nodes.get(node)?.state).toBe('ended')
    expect([...view.links.values()].filter(({ a, b }) => a === node || b === node)).toEqual([])
  })

  it('names in the log the address that could not be reached', () => {
    const causeOf = ({ cause }: TraceEvent) => events[cause - 1]
    const texts = events.flatMap((event) => lineOf(event, causeOf) ?? []).map(({ text }) => text)
    expect(
      texts.some((text) => new RegExp(`^cannot connect to ${oldAddress}:\\d+: connection refused$`).test(text)),
    ).toBe(true)
    expect(texts.some((text) => text.startsWith(`registered as ${oldAddress}:`))).toBe(true)
  })
})

describe('its layout', () => {
  const nodes = [...viewNodes(['namesrv', 'broker-a', 'broker-b', 'broker-c', 'shop', 'admin', 'billing'])]
  const places = placesOf(nodes)

  it('lets no two nodes overlap', () => {
    const boxes = [...places.values()]
    for (const [i, a] of boxes.entries())
      for (const b of boxes.slice(i + 1)) {
        const apart = Math.abs(a.x - b.x) >= (a.width + b.width) / 2 || Math.abs(a.y - b.y) >= (a.height + b.height) / 2
        expect(apart, JSON.stringify([a, b])).toBe(true)
      }
  })

  it('leads a client’s line to the NameServer past the brokers', () => {
    for (const client of ['shop', 'admin', 'billing']) {
      const way = wayBetween(places, nodes, client, 'namesrv')
      for (let part = 0; part <= 1; part += 0.01) {
        const { x, y } = pointOn(way, part)
        for (const name of ['broker-a', 'broker-b', 'broker-c']) {
          const box = places.get(name)!
          const inside = Math.abs(x - box.x) < box.width / 2 && Math.abs(y - box.y) < box.height / 2
          expect(inside, `${client} through ${name}`).toBe(false)
        }
      }
      expect(cornersOf(way).at(-1)).toBeCloseTo(1)
    }
  })

  it('lets lines end at the edge of a box', () => {
    const box = { x: 100, y: 100, width: 40, height: 20 }
    expect(edgePoint(box, { x: 300, y: 100 })).toEqual({ x: 120, y: 100 })
    expect(edgePoint(box, { x: 100, y: 0 })).toEqual({ x: 100, y: 90 })
  })
})

function viewNodes(names: readonly string[]) {
  const programs: Record<string, string> = { namesrv: 'namesrv', shop: 'producer', admin: 'admin', billing: 'consumer' }
  return names.map((name) => ({ name, program: programs[name] ?? 'broker' }))
}

describe('the file to hand in', () => {
  it('is accepted by the grader’s reader, with the texts as they are', () => {
    const text = handInText({ lab, starter: files, files, learner: ' Ada ', results: [], at: new Date(0) })
    const { submission, flags } = parseSubmission(text)
    expect(flags).toEqual([])
    expect(submission.learner).toEqual({ id: 'Ada' })
    expect(submission.files.map(({ content }) => content)).toEqual([...files.values()])
  })

  it('is never refused for a long sentence, or for half a character', () => {
    const sentence = `${'x'.repeat(1_998)}😀${'y'.repeat(20_000)}\ud83d`
    const result = {
      check: 'a',
      seed: '0',
      verdict: 'failed',
      reason: 'threw',
      sentence,
      atMs: 0,
      events: 0,
      trace: '',
    } as const
    const text = handInText({ lab, starter: files, files, learner: 'Ada', results: [result], at: new Date(0) })
    const said = parseSubmission(text).submission.claimed!.checks[0]!.sentence
    expect(said.length).toBeLessThanOrEqual(2_000)
    expect(said).toMatch(/^x+.?…$/u)
    expect(parseSubmission(text).flags).toEqual([])
  })
})
