/** The limits of a NameServer at their edges. */
import { expect, it } from 'vitest'
import { SETTINGS_BODY_BYTES_MAX } from '../../../reference/common/limits.ts'
import { Settings } from '../../../reference/common/properties-file.ts'
import { encodeUtf8 } from '../../../reference/common/utf8.ts'
import { minBrokerIdChange } from '../../../reference/namesrv/acting-master.ts'
import { KVConfigManager } from '../../../reference/namesrv/kv-config-manager.ts'
import * as limits from '../../../reference/namesrv/limits.ts'
import { MinBrokerIdNotices } from '../../../reference/namesrv/min-broker-id-notices.ts'
import { namesrvConfig, updateConfig } from '../../../reference/namesrv/namesrv-config.ts'
import { type BrokerIdentity, RouteInfoManager } from '../../../reference/namesrv/route-info-manager.ts'
import { TopicQueues } from '../../../reference/namesrv/topic-queues.ts'
import type { RegisterBrokerBody } from '../../../reference/remoting/bodies/topic-config.ts'
import type { Channel } from '../../../reference/remoting/channel.ts'
import { SimHost } from '../../support/sim-host.ts'
import { amountEdges, sentenceOf, timeEdges } from './edge.ts'

const broker = (n: number, brokerId = 0): BrokerIdentity => ({
  clusterName: 'one',
  brokerName: `broker-${n}`,
  brokerId,
  brokerAddr: `10.0.0.${n}:${10_911 + brokerId}`,
})
const topic = { readQueueNums: 4, writeQueueNums: 4, perm: 6, topicSysFlag: 0 }
const bodyOf = (names: Iterable<string>, stateVersion = 0) =>
  ({
    dataVersion: { stateVersion, timestamp: 1, counter: 1 },
    topicConfigTable: new Map([...names].map((name) => [name, topic])),
  }) as unknown as RegisterBrokerBody
const from = (heartbeatTimeoutMs = 0) => ({ channel: {} as Channel, haServerAddr: '', heartbeatTimeoutMs })
const names = (count: number) => Array.from({ length: count }, (_, i) => `t${i}`)

function registered(count: number): RouteInfoManager {
  const routes = new RouteInfoManager()
  for (let n = 1; n <= count; n++) routes.registerBroker(broker(n), from(), bodyOf([]), 0)
  return routes
}

/** A table in which one broker has `count` topics. */
const withTopics = (count: number) => {
  const routes = registered(1)
  routes.registerBroker(broker(1), from(), bodyOf(names(count), 1), 0)
  return routes
}

function kvWith(count: number, chars = 1): KVConfigManager {
  // the file is not looked at here, and writing it again for each entry would be slow
  const host = { disk: { open: () => 1, write() {}, resize() {}, sync() {}, close() {} }, trace: { log() {} } }
  const kv = new KVConfigManager(host as never)
  for (let i = 0; i < count; i++) kv.put('n', `${i}`.padStart(chars - 2, '0'), 'v')
  return kv
}

/** Expires a broker that was heard at 0, after `ms`. */
const isExpired = (timeoutMs: number) => (ms: number) => {
  const routes = new RouteInfoManager()
  routes.registerBroker(broker(1), from(timeoutMs), bodyOf([]), 0)
  return routes.expiredBrokers(ms).length > 0
}

amountEdges([
  {
    limit: 'BROKERS_MAX',
    value: limits.BROKERS_MAX,
    offer(amount) {
      return registered(amount - 1).refusalOf(broker(amount), bodyOf([]))?.message ?? ''
    },
    refusal: /^10000 brokers are registered already$/,
  },
  {
    limit: 'BROKER_TOPICS_MAX in a registration',
    value: limits.BROKER_TOPICS_MAX,
    offer: (amount) => registered(1).refusalOf(broker(1), bodyOf(names(amount), 1))?.message ?? '',
    refusal: /^broker-1 would have 100001 topics; a broker may have 100000$/,
  },
  {
    limit: 'BROKER_TOPICS_MAX by an operator',
    value: limits.BROKER_TOPICS_MAX,
    offer: (amount) =>
      withTopics(amount - 1).registerTopic('new', [{ ...topic, brokerName: 'broker-1' }]) ? '' : 'full',
  },
  {
    limit: 'ROUTE_ENTRIES_MAX',
    value: limits.ROUTE_ENTRIES_MAX,
    offer(amount) {
      const queues = new TopicQueues()
      for (const name of ['a', 'b']) queues.set(name, { ...topic, brokerName: 'broker-1' })
      return queues.hasRoom(amount - 2, 0) ? '' : 'full'
    },
  },
  {
    limit: 'ROUTE_NAME_CHARS_MAX',
    value: limits.ROUTE_NAME_CHARS_MAX,
    offer(amount) {
      const queues = new TopicQueues()
      for (const name of ['three', 'names', 'are 3'])
        for (const brokerName of ['broker-1', 'broker-2']) queues.set(name, { ...topic, brokerName })
      queues.delete('names', 'broker-1')
      queues.delete('are 3', 'broker-1')
      queues.delete('are 3', 'broker-2')
      return queues.hasRoom(0, amount - 'threenames'.length) ? '' : 'full'
    },
  },
  {
    limit: 'KV_ENTRIES_MAX',
    value: limits.KV_ENTRIES_MAX,
    offer: (amount) => (kvWith(amount - 1).put('n', 'more', 'v') ? '' : 'full'),
  },
  {
    limit: 'KV_CHARS_MAX with a new text',
    value: limits.KV_CHARS_MAX,
    offer(amount) {
      const kv = kvWith(3, 20)
      kv.delete('n', `${2}`.padStart(18, '0'))
      return kv.put('namespace', 'key', 'v'.repeat(amount - 12 - 2 * 20)) ? '' : 'full'
    },
  },
  {
    limit: 'KV_CHARS_MAX with another value',
    value: limits.KV_CHARS_MAX,
    offer(amount) {
      const kv = kvWith(2, 20)
      kv.put('namespace', 'key', 'former')
      return kv.put('namespace', 'key', 'v'.repeat(amount - 12 - 2 * 20)) ? '' : 'full'
    },
  },
  {
    limit: 'SETTINGS_BODY_BYTES_MAX',
    value: SETTINGS_BODY_BYTES_MAX,
    offer(amount) {
      const host = { name: 'namesrv', network: { resolve: () => '10.0.0.1' } } as never
      const config = namesrvConfig(host, new Settings(new Map(), 'test'))
      const text = `supportActingMaster=true\n#${'x'.repeat(amount)}`.slice(0, amount)
      return sentenceOf(() => updateConfig(host, config, encodeUtf8(text)))
    },
    refusal: /the body has 65537 bytes; at most 65536 are read/,
  },
])

timeEdges([
  // a broker is removed when it has been silent for longer than its time
  { limit: 'BROKER_EXPIRY_MS', value: limits.BROKER_EXPIRY_MS + 1, hasHappened: isExpired(0) },
  { limit: 'BROKER_EXPIRY_MS of a broker', value: 1_000 + 1, hasHappened: isExpired(1_000) },
])

it('NOTICES_MAX: so many brokers are notified at once, each later one is a line in the log, and places become free', () => {
  const machine = new SimHost()
  const logged: string[] = []
  const connected: string[] = []
  const closed: (() => void)[] = []
  const given = machine.start()
  const host = {
    ...given,
    network: {
      ...given.network,
      connect: (address: string, handler: { onClosed(id: number, reason: string): void }) => {
        connected.push(address)
        closed.push(() => handler.onClosed(connected.length, 'host unreachable'))
        return connected.length
      },
    },
    trace: { log: (_: string, text: string) => logged.push(text) },
  }
  const notices = new MinBrokerIdNotices(host as never)
  const send = (first: number, count: number) => {
    const addrs = new Map(Array.from({ length: count }, (_, i) => [i + 1, `10.1.0.0:${first + i}`]))
    notices.send(minBrokerIdChange(addrs, { offlineBrokerAddr: '10.0.0.1:1' })!)
  }
  send(1, limits.NOTICES_MAX)
  expect([connected.length, logged.length]).toEqual([1_000, 0])
  send(2_000, 2)
  expect([connected.length, logged.length]).toEqual([1_000, 2])
  expect(logged[0]).toMatch(/^10\.1\.0\.0:2000 is not notified of its group: 1000 other notices are under way$/)
  closed[0]!()
  send(3_000, 2)
  expect(connected.slice(1_000), 'one place was free').toEqual(['10.1.0.0:3000'])
  notices.close()
})
