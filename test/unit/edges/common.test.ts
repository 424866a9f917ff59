/** What all servers share at the edges of its limits: names, texts, paths, simulated machines. */
import { describe, expect, it } from 'vitest'
import { type JsonLimits, parseJson } from '../../../reference/common/lax-json.ts'
import * as limits from '../../../reference/common/limits.ts'
import { isPropertiesTextTooLong, propertyCountOf } from '../../../reference/common/message-properties.ts'
import { groupNameFault, storedTopicFault, topicNameFault } from '../../../reference/common/topic-validator.ts'
import * as hostLimits from '../../../reference/host/limits.ts'
import { checkPath, splitAddress } from '../../../reference/host/paths.ts'
import { FAILURES_MAX } from '../../../reference/host/sim/limits.ts'
import { RandomStream } from '../../../reference/host/sim/random.ts'
import { Simulation } from '../../../reference/host/sim/simulation.ts'
import { decodeJsonBody } from '../../../reference/remoting/bodies/json-body.ts'
import { bitsOf, bytesOfBits } from '../../../reference/remoting/requests/ack-message.ts'
import { OS_PAGE_CACHE_BUSY_REST_MS, OS_PAGE_CACHE_BUSY_TIMEOUT_MS } from '../../../reference/store/limits.ts'
import { PageCacheWatch } from '../../../reference/store/page-cache-watch.ts'
import { HandHost } from '../../support/hand-host.ts'
import { SimHost } from '../../support/sim-host.ts'
import { amountEdges, sentenceOf, timeEdges } from './edge.ts'

const json = (text: string, own?: JsonLimits) => sentenceOf(() => parseJson(text, own))
const nested = (depth: number, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth)

amountEdges([
  { limit: 'TOPIC_BYTES_MAX', value: limits.TOPIC_BYTES_MAX, offer: (size) => topicNameFault('t'.repeat(size)) },
  {
    limit: 'LONG_TOPIC_BYTES_MAX of a retry topic',
    value: limits.LONG_TOPIC_BYTES_MAX,
    offer: (size) => topicNameFault('%RETRY%'.padEnd(size, 'g')),
  },
  {
    limit: 'LONG_TOPIC_BYTES_MAX of a dead-letter topic',
    value: limits.LONG_TOPIC_BYTES_MAX,
    offer: (size) => storedTopicFault('%DLQ%'.padEnd(size, 'g')),
  },
  {
    limit: 'GROUP_BYTES_MAX',
    value: limits.GROUP_BYTES_MAX,
    offer: (size) => groupNameFault('g'.repeat(size)),
    refusal: /longer than group max length 120/,
  },
  {
    limit: 'PROPERTIES_BYTES_MAX',
    value: limits.PROPERTIES_BYTES_MAX,
    offer: (size) => (isPropertiesTextTooLong('x'.repeat(size)) ? 'too long' : ''),
  },
  {
    limit: 'PROPERTIES_BYTES_MAX in characters of three bytes',
    value: Math.floor(limits.PROPERTIES_BYTES_MAX / 3),
    offer: (size) => (isPropertiesTextTooLong('\u20ac'.repeat(size)) ? 'too long' : ''),
  },
  {
    limit: 'JSON_DEPTH_MAX',
    value: limits.JSON_DEPTH_MAX,
    offer: (depth) => json(nested(depth)),
    refusal: /more than 32 levels of nesting at character 32/,
  },
  {
    limit: 'JSON_DEPTH_MAX, brackets of both kinds in turn',
    value: limits.JSON_DEPTH_MAX / 2,
    offer: (pairs) => json(`${'[{"a":'.repeat(pairs)}1${'}]'.repeat(pairs)}`),
    refusal: /more than 32 levels/,
  },
  {
    limit: 'JSON_DEPTH_MAX in the dialect of fastjson',
    value: limits.JSON_DEPTH_MAX,
    offer: (depth) => json(`${'[/* " */'.repeat(depth)}${']'.repeat(depth)}`),
    refusal: /more than 32 levels/,
  },
  {
    limit: 'JSON_BODY_VALUES_MAX',
    value: 50,
    offer: (count) => json(`[${Array(count).fill('"aa,[{,"').join()}]`, { valuesMax: 50 }),
    refusal: /more than 50 values/,
  },
  {
    limit: 'LAX_JSON_CHARACTERS_MAX',
    value: 64,
    offer: (size) => json(`{a:'${'x'.repeat(size - 6)}'}`, { laxCharactersMax: 64 }),
    refusal: /not strict JSON, which more than 64 characters must be/,
  },
  {
    limit: 'PATH_LENGTH_MAX',
    value: hostLimits.PATH_LENGTH_MAX,
    offer: (size) => sentenceOf(() => checkPath('p'.repeat(size))),
    refusal: /not a path inside the node directory/,
  },
  {
    limit: 'the largest port',
    value: 65_535,
    offer: (port) => (splitAddress(`host:${port}`) === undefined ? 'no address' : ''),
  },
  {
    limit: 'FILES_OPEN_MAX',
    value: hostLimits.FILES_OPEN_MAX,
    offer: (count) =>
      sentenceOf(() => {
        const { disk } = new SimHost().start()
        for (let i = 1; i <= count; i++) disk.open('one')
      }),
    refusal: /cannot open one: EMFILE/,
  },
  {
    limit: 'the nodes of a simulation',
    value: 3,
    offer: (count) =>
      sentenceOf(() => {
        const simulation = new Simulation({ seed: 1, limits: { nodes: 3 } })
        for (let i = 1; i <= count; i++) simulation.node(`n${i}`)
      }),
    refusal: /no room for n4 beside n1, n2, n3/,
  },
  {
    limit: 'the events of a simulation at one time',
    value: 20,
    offer: (count) =>
      sentenceOf(() => {
        const simulation = new Simulation({ seed: 1, limits: { eventsAtOnce: 20 } })
        simulation.scheduler.at(5, () => {})
        for (let i = 1; i < count; i++) simulation.scheduler.at(5, () => {})
        simulation.scheduler.at(6, () => {})
        while (simulation.runNext());
      }),
    refusal: /time stands still/,
  },
  {
    limit: 'the events of a simulation',
    value: 20,
    offer: (count) =>
      sentenceOf(() => {
        const simulation = new Simulation({ seed: 1, limits: { events: 20 } })
        for (let i = 1; i <= count; i++) simulation.scheduler.at(i, () => {})
        while (simulation.runNext());
      }),
    refusal: /20 events were run/,
  },
  {
    limit: 'the events of a simulation that wait',
    value: 20,
    offer: (count) =>
      sentenceOf(() => {
        const simulation = new Simulation({ seed: 1, limits: { scheduled: 20 } })
        for (let i = 1; i <= count; i++) simulation.scheduler.at(i, () => {})
      }),
    refusal: /20 events wait/,
  },
  {
    limit: 'the numbers of a draw',
    value: 0x1_0000_0000,
    offer: (below) => sentenceOf(() => new RandomStream(1, 'edge').int(below)),
    refusal: /a draw below 4294967297 is not possible/,
  },
])

it('FAILURES_MAX: so many failures of a run are kept', () => {
  const simulation = new Simulation({ seed: 1 })
  simulation.watcher = { ready() {}, ended() {}, handed() {}, answered() {} }
  const life = { node: simulation.node('n') } as never
  for (let i = 0; i < FAILURES_MAX + 5; i++) simulation.threw(life, new Error(`${i}`))
  expect(simulation.failures).toHaveLength(FAILURES_MAX)
})

timeEdges([
  {
    limit: 'OS_PAGE_CACHE_BUSY_TIMEOUT_MS, and one more',
    value: OS_PAGE_CACHE_BUSY_TIMEOUT_MS + 1,
    hasHappened(ms) {
      const hand = new HandHost()
      const watch = new PageCacheWatch(hand.host.clock, OS_PAGE_CACHE_BUSY_TIMEOUT_MS)
      watch.measure(() => hand.pass(ms))
      expect(watch.lastSlowWriteMs).toBe(watch.isBusy() ? ms : 0)
      return watch.isBusy()
    },
  },
  {
    limit: 'OS_PAGE_CACHE_BUSY_REST_MS',
    value: OS_PAGE_CACHE_BUSY_REST_MS,
    hasHappened(ms) {
      const hand = new HandHost()
      const watch = new PageCacheWatch(hand.host.clock, 10)
      watch.measure(() => hand.pass(11))
      hand.pass(ms)
      return !watch.isBusy()
    },
  },
])

describe('texts', () => {
  it.each([
    ['', 0],
    ['a\u0001b', 0],
    ['a\u0001b\u0002', 1],
    ['a\u0001b\u0002c\u0001d', 1],
    ['a\u0001b\u0002c\u0001d\u0002', 2],
  ])('%j has %i properties with their end', (text, count) => expect(propertyCountOf(text)).toBe(count))

  it.each([
    ['"a\\\\"', 'a\\'],
    ['["a\\\\\\"[[[",1]', ['a\\"[[[', 1]],
  ])('%s is read through its escapes', (text, value) => expect(parseJson(text, { valuesMax: 2 })).toEqual(value))

  it('an empty body is no body', () => {
    const shape = (value: unknown) => value
    expect(decodeJsonBody('TEST', new Uint8Array(0), shape)).toBeUndefined()
    expect(decodeJsonBody('TEST', new Uint8Array([0x37]), shape)).toBe(7)
  })
})

it.each([
  [[], []],
  [[0], [1]],
  [[7], [0x80]],
  [[8], [0, 1]],
  [
    [0, 9, 15],
    [1, 0x82],
  ],
  [[31], [0, 0, 0, 0x80]],
])('the bits %j are the bytes %j', (bits, bytes) => {
  expect([...bytesOfBits(bits)]).toEqual(bytes)
  expect(bitsOf(Uint8Array.from(bytes))).toEqual(bits)
})
