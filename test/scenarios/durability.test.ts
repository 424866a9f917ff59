/** What "stored" means under each setting, and what recovery makes of a log that was cut anywhere. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeRecords } from '../../reference/common/message-codec.ts'
import type { Cluster } from '../../reference/host/cluster.ts'
import { inSimulation, keysOf, sendMany, startCluster, startConsumer, startProducer } from '../support/sim.ts'

const ONE = { brokers: ['broker-a'], queues: 3 }
const LOG = 'store/commitlog/00000000000000000000'

async function deliveredAfter(cluster: Cluster, wanted: number): Promise<string[]> {
  await startConsumer(cluster, 'audit-1', 'audit')
  await cluster.sleep(40_000)
  const keys = keysOf(cluster, 'audit')
  if (keys.length < wanted) await cluster.sleep(60_000)
  return keysOf(cluster, 'audit').sort()
}

it('SYNC_FLUSH: whatever was acknowledged is there after a power cut, at twelve different moments', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    await inSimulation(seed, async (cluster) => {
      await startCluster(cluster, { ...ONE, settings: ['flushDiskType=SYNC_FLUSH'] })
      await startProducer(cluster)
      const sent: string[] = []
      const sending = sendMany(cluster, 'order', 200).then((keys) => sent.push(...keys))
      await cluster.sleep(700 + 37 * seed)
      const acknowledged = cluster.events.filter(
        (event) => event.kind === 'app.answered' && event.name === 'send' && event.text.includes('SEND_OK'),
      ).length
      await cluster.powerCut('broker-a')
      await cluster.restart('broker-a')
      await sending
      const delivered = await deliveredAfter(cluster, sent.length)
      expect(acknowledged, `seed ${seed}`).toBeGreaterThan(0)
      expect(
        sent.filter((key) => !delivered.includes(key)),
        `seed ${seed}: acknowledged and lost`,
      ).toEqual([])
    })
  }
})

it('ASYNC_FLUSH: a kill loses nothing, a power cut loses only the end', async () => {
  await inSimulation(31, async (cluster) => {
    await startCluster(cluster, ONE)
    await startProducer(cluster)
    const before = await sendMany(cluster, 'kept', 30)
    await cluster.kill('broker-a')
    await cluster.restart('broker-a')
    await cluster.sleep(15_000) // flushed by now
    const after = await sendMany(cluster, 'late', 30)
    await cluster.powerCut('broker-a')
    await cluster.restart('broker-a')
    const delivered = await deliveredAfter(cluster, before.length)
    expect(
      before.filter((key) => !delivered.includes(key)),
      'flushed and lost',
    ).toEqual([])
    const kept = after.filter((key) => delivered.includes(key))
    expect(kept.length, 'some of the last ones are lost').toBeLessThan(after.length)
    expect(kept, 'and they are the last ones').toEqual(after.slice(0, kept.length))
  })
})

it('a log cut or spoiled at any byte keeps every record before it, loses the rest, and goes on', async () => {
  const damage = fc.record({
    seed: fc.integer({ min: 1, max: 1_000 }),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    how: fc.constantFrom('zeros', 'garbage', 'one byte'),
  })
  await fc.assert(
    fc.asyncProperty(damage, async ({ seed, at, how }) => {
      await inSimulation(seed, async (cluster) => {
        await startCluster(cluster, ONE)
        await startProducer(cluster)
        await sendMany(cluster, 'order', 25)
        await cluster.kill('broker-a')
        const log = (await cluster.readFile('broker-a', LOG))!
        const records = decodeRecords(log.subarray(0, endOf(log))).messages
        const cut = Math.floor(at * (endOf(log) - 1))
        const spoiled = log.slice()
        if (how === 'one byte') spoiled[cut]! ^= 0x55
        else for (let i = cut; i < spoiled.length; i++) spoiled[i] = how === 'zeros' ? 0 : (i * 131 + 7) & 0xff
        await cluster.writeFile('broker-a', LOG, spoiled)
        await cluster.restart('broker-a')
        const after = await sendMany(cluster, 'after', 5)
        const delivered = await deliveredAfter(cluster, 0)
        const whole = records.filter((message) => message.physicalOffset + message.storeSize <= cut)
        expect(after).toHaveLength(5)
        for (const message of whole) expect(delivered, `${how} at ${cut}`).toContain(keyOf(message))
        for (const key of after) expect(delivered, `${how} at ${cut}`).toContain(key)
        expect(new Set(delivered).size, 'nothing comes twice').toBe(delivered.length)
      })
    }),
    { numRuns: 25, seed: 20_260 },
  )
})

function keyOf(message: { readonly properties: ReadonlyMap<string, string> }): string {
  return message.properties.get('KEYS')!
}

/** Where the records of a preallocated file end. */
function endOf(log: Uint8Array): number {
  let end = log.length
  while (end > 0 && log[end - 1] === 0) end--
  return end
}
