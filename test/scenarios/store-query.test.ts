/** Messages of a running cluster are found by key and by id, whatever happened to the broker in between. */
import { expect, it } from 'vitest'
import { decodeRecords } from '../../reference/common/message-codec.ts'
import { decodeUtf8 } from '../../reference/common/utf8.ts'
import type { Cluster } from '../../reference/host/cluster.ts'
import type { Program } from '../../reference/host/program.ts'
import { SimCluster } from '../../reference/host/sim/cluster.ts'
import { RemotingClient } from '../../reference/remoting/remoting-client.ts'
import { queryMessage } from '../../reference/remoting/requests/query-message.ts'
import { watchRun } from '../support/pinned-run.ts'
import { PROGRAMS, sendMany, startCluster, startProducer } from '../support/sim.ts'

/** A client that asks a broker for a key: its application calls `find` with the request's fields, as JSON. */
const finder: Program = (host, _args, signals) => {
  const client = new RemotingClient(host)
  host.application.serve((_name, text, answer) => {
    const extFields = queryMessage.encode(JSON.parse(text))
    client.invoke('broker-a:10911', { code: queryMessage.code, extFields }, 3_000, (result) => {
      if (result.error !== undefined) return answer('', result.error.message)
      const { code, remark, body, extFields: fields } = result.response
      const bodies = decodeRecords(body ?? new Uint8Array()).messages.map((one) => decodeUtf8(one.body))
      answer(JSON.stringify({ code, remark, bodies, fields }))
    })
  })
  host.clock.after(0, () => signals.ready())
  return { stop: (done) => host.clock.after(0, done) }
}

interface Found {
  readonly code: number
  readonly remark?: string
  readonly bodies: readonly string[]
  readonly fields: { readonly indexLastUpdatePhyoffset: string; readonly indexLastUpdateTimestamp: string }
}

async function inCluster(script: (cluster: Cluster) => Promise<void>): Promise<void> {
  const programs = { ...PROGRAMS, finder: { program: finder, usesPromises: false } }
  const cluster = new SimCluster({ seed: 7, programs, record: false })
  const ended = watchRun(cluster)
  try {
    await cluster.driver.run(script)
    ended()
  } finally {
    await cluster.dispose()
  }
}

async function find(cluster: Cluster, key: string, more: object = {}): Promise<Found> {
  const whole = { topic: 'Orders', key, maxNum: 32, beginTimestamp: 0, endTimestamp: Number.MAX_SAFE_INTEGER, ...more }
  return JSON.parse(await cluster.call('finder', 'find', JSON.stringify(whole)))
}

it('by key: while it runs, after a stop, a kill and a power cut', () =>
  inCluster(async (cluster) => {
    await startCluster(cluster, { brokers: ['broker-a'], settings: ['flushDiskType=SYNC_FLUSH'] })
    await startProducer(cluster)
    await cluster.start({ name: 'finder', program: 'finder', args: [] })
    const sent: string[] = []
    for (const how of ['stop', 'kill', 'powerCut'] as const) {
      sent.push(...(await sendMany(cluster, `before-${how}`, 20)))
      for (const key of sent)
        expect((await find(cluster, key)).bodies, `${key} before ${how}`).toEqual([`body of ${key}`])
      await cluster[how]('broker-a')
      await cluster.restart('broker-a')
      for (const key of sent)
        expect((await find(cluster, key)).bodies, `${key} after ${how}`).toEqual([`body of ${key}`])
    }
    expect(sent).toHaveLength(60)
  }))

it('nothing is an answer with code 22 and a sentence; times and numbers are kept to', () =>
  inCluster(async (cluster) => {
    await startCluster(cluster, { brokers: ['broker-a'] })
    await startProducer(cluster)
    await cluster.start({ name: 'finder', program: 'finder', args: [] })
    const startMs = 1_704_067_200_000 + cluster.nowMs()
    for (let i = 0; i < 3; i++) await cluster.produce('shop', { topic: 'Orders', key: 'same', body: `${i}` })
    expect((await find(cluster, 'same')).bodies).toEqual(['0', '1', '2'])
    expect((await find(cluster, 'same', { maxNum: 1 })).bodies).toEqual(['2'])
    expect((await find(cluster, 'same', { maxNum: 1, isUniqueKey: true })).bodies).toHaveLength(3)
    const none = await find(cluster, 'other')
    expect([none.code, none.remark, none.fields]).toEqual([
      22,
      'can not find message, maybe time range not correct',
      { indexLastUpdatePhyoffset: '0', indexLastUpdateTimestamp: '0' },
    ])
    expect((await find(cluster, 'same', { endTimestamp: startMs - 60_000 })).code).toBe(22)
  }))
