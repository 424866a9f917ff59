/**
 * A learner's node that makes evidence up earns nothing: it hands over messages that never came, writes files that look
 * like a commit log, and reports events. The starter with such code in front must get 0 points, here and in the guest.
 */
import { describe, expect, it } from 'vitest'
import { bootGuest } from '../../labs/grader/guest/boot-guest.ts'
import { bootHere } from '../../labs/judge/boot-here.ts'
import { isStored, type SentMessage, secretBody, storedRecords, undelivered } from '../../labs/judge/evidence.ts'
import { runCheck, variantOf } from '../../labs/judge/run-check.ts'
import { publicSeeds } from '../../labs/judge/seeds.ts'
import { lab } from '../../labs/lost-address/lab.ts'
import { evaluateHere } from '../../labs/program/evaluate-here.ts'
import { moduleMap } from '../../labs/program/module-map.ts'
import { answerFiles } from '../../labs/runtime/lab-files.ts'
import { encodeRecord } from '../../reference/common/message-codec.ts'
import { encodeUtf8 } from '../../reference/common/utf8.ts'
import type { Cluster, Delivery } from '../../reference/host/cluster.ts'

const base = moduleMap()
const [SEED = ''] = publicSeeds('forged', 'any', 1)

/** Everything a node can say, in front of the starter's own function, for every topic and group that a seed can draw. */
const FORGERY = `
import { encodeRecord } from '../common/message-codec.ts'
import { encodeUtf8 } from '../common/utf8.ts'
const TOPICS = ['Orders', 'Payments', 'Parcels', 'Tickets', 'Moved']
const GROUPS = ['billing', 'billing-eu', 'invoices', 'charges']
function forge(host: any): void {
  let log: number[] = []
  for (const topic of TOPICS) for (const prefix of ['order', 'new', 'moved']) for (let i = 1; i <= 6; i++) {
    const key = prefix + '-' + i
    const body = 'order ' + i
    for (const group of GROUPS) host.application.hand('message', JSON.stringify({ group, topic, key, body, msgId: key, brokerName: 'north', queueId: 0, queueOffset: i, reconsumeTimes: 0 }), () => {})
    host.trace.log('info', 'consumed ' + key)
    host.trace.emit?.('message.consumed', { key, topic, status: 'CONSUME_SUCCESS' })
    log.push(...encodeRecord({ topic, queueId: 0, queueOffset: i, physicalOffset: log.length, flag: 0, sysFlag: 0, bornTimestamp: 1, bornIp: new Uint8Array(4), bornPort: 1, storeTimestamp: 1, storeIp: new Uint8Array(4), storePort: 1, reconsumeTimes: 0, preparedTransactionOffset: 0, body: encodeUtf8(body), propertiesText: 'KEYS\\u0001' + key + '\\u0002' }))
  }
  const file = host.disk.open('forged/commitlog/00000000000000000000')
  host.disk.write(file, 0, new Uint8Array(log))
  host.disk.close(file)
}
let isForged = false
`

function forged(): ReadonlyMap<string, string> {
  const starter = answerFiles(lab, 'starter')
  const code = starter.get('advertised-address.ts')!
  const imports = code.match(/^import .*\n/gm)!.join('')
  const rest = code
    .replace(/^import .*\n/gm, '')
    .replace(/\): string \{\n/, '): string {\n  if (!isForged) forge(host)\n  isForged = true\n')
  return new Map(starter).set('advertised-address.ts', `${imports}${FORGERY}${rest}`)
}

describe('the starter with forged evidence in front', () => {
  const files = forged()

  it('really hands over messages and writes a log that can be decoded', async () => {
    const booted = await bootHere(lab, base, evaluateHere)(files, 1)
    if (booted.errors !== undefined) throw new Error(booted.errors[0]!.text)
    const cluster = booted.cluster
    const args = ['namesrvAddr=namesrv:9876', 'brokerName=north', 'listenPort=11000']
    await cluster.driver.run(async () => {
      await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
      await cluster.start({ name: 'heron-41', program: 'broker', args })
      await cluster.sleep(1_000)
      expect(cluster.deliveries().length).toBeGreaterThan(300)
      expect((await storedRecords(cluster, 'heron-41')).length).toBeGreaterThan(80)
    })
    await cluster.dispose()
  })

  it.each([
    ['beside the judge', () => bootHere(lab, base, evaluateHere)],
    ['in the grader’s guest', () => bootGuest({ lab, base, trusted: evaluateHere(base) })],
  ])('gets 0 points %s', async (_where, boot) => {
    for (const check of lab.checks) {
      const result = await runCheck({ lab, check, files, seed: SEED, boot: boot() })
      expect(result.verdict, `${check.id}: ${result.sentence}`).toBe('failed')
      expect(result.reason, result.sentence).not.toBe('does-not-load')
    }
  })

  it('could not know the secret of the run from its names', () => {
    const all = publicSeeds('secrets', 'any', 50).map((seed) => variantOf(lab, seed))
    expect(new Set(all.map((one) => one['secret'])).size).toBe(50)
    for (const one of all)
      for (const [name, value] of Object.entries(one))
        if (name !== 'secret') expect(String(one['secret'])).not.toContain(String(value).padStart(9, '0'))
  })
})

describe('evidence', () => {
  const sent: SentMessage = {
    topic: 'Orders',
    key: 'order-1',
    body: secretBody('order 1', 'abc'),
    msgId: 'ID1',
    status: 'SEND_OK',
    brokerName: 'north',
    queueId: 1,
    queueOffset: 4,
    error: '',
    tookMs: 3,
  }
  const delivery: Delivery = { ...sent, atMs: 1, node: 'billing', group: 'g', reconsumeTimes: 0, status: 'CONSUME_SUCCESS' } // biome-ignore format: one case a line
  const without = (changes: Partial<Delivery>) =>
    undelivered({ deliveries: () => [{ ...delivery, ...changes }] } as unknown as Cluster, 'billing', 'g', [sent])
      .length

  it('is a delivery on the right node, to the right group, with the whole message', () => {
    expect(without({})).toBe(0)
    for (const changes of [{ node: 'heron-41' }, { group: 'h' }, { body: 'order 1' }, { key: 'x' }, { topic: 'x' }, { msgId: 'x' }])
      expect(without(changes), JSON.stringify(changes)).toBe(1)
  }) // biome-ignore format: a list of cases

  const record = (changes: object = {}) =>
    encodeRecord({
      topic: 'Orders', queueId: 1, queueOffset: 4, physicalOffset: 0, flag: 0, sysFlag: 0, bornTimestamp: 1, bornIp: new Uint8Array(4), bornPort: 1,
      storeTimestamp: 1, storeIp: new Uint8Array(4), storePort: 1, reconsumeTimes: 0, preparedTransactionOffset: 0, body: encodeUtf8(sent.body),
      propertiesText: 'KEYS\u0001order-1\u0002UNIQ_KEY\u0001ID1\u0002', ...changes,
    }) // biome-ignore format: a record's fields
  const stored = async (bytes: Uint8Array, path = 'store/commitlog/00000000000000000000') => {
    const listFiles = async () => [{ path, sizeBytes: bytes.length }]
    const cluster = { listFiles, readFile: async () => bytes } as unknown as Cluster
    return isStored(await storedRecords(cluster, 'heron-41'), sent)
  }

  it('is a record that is whole, at its own place, with the secret in its body', async () => {
    expect(await stored(record())).toBe(true)
    expect(await stored(encodeUtf8(`order-1 ${sent.body} ID1`)), 'text found in bytes').toBe(false)
    expect(await stored(record().subarray(0, 60))).toBe(false)
    const broken = record()
    broken[90]! ^= 1
    expect(await stored(broken), 'the CRC').toBe(false)
    expect(await stored(record(), 'store/commitlog/00000000000000262144'), 'copied from another place').toBe(false)
    expect(await stored(record({ body: encodeUtf8('order 1') })), 'without the secret').toBe(false)
    expect(await stored(record({ queueOffset: 5 })), 'not the place that was acknowledged').toBe(false)
  })
})
