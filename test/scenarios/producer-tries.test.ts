/** How often a producer tries, where, and for how long. */
import { describe, expect, it } from 'vitest'
import type { Cluster, ProduceResult } from '../../reference/host/cluster.ts'
import type { TraceEventOf } from '../../reference/host/trace.ts'
import { inSimulation, NAMESRV, startCluster } from '../support/sim.ts'

const startShop = (cluster: Cluster, settings: readonly string[] = []) =>
  cluster.start({ name: 'shop', program: 'producer', args: [NAMESRV, ...settings] })

/** The tries of one message: when, and at which broker. */
const triesOf = (cluster: Cluster, key: string) =>
  cluster.events.filter(
    (event): event is TraceEventOf<'message.sending'> => event.kind === 'message.sending' && event.key === key,
  )

/** Sends one message; gives the result, its tries, and how long it took. */
async function send(cluster: Cluster, key: string) {
  const beganMs = cluster.nowMs()
  const result: ProduceResult = await cluster.produce('shop', { topic: 'Orders', key, body: 'b' })
  return { result, tries: triesOf(cluster, key), tookMs: cluster.nowMs() - beganMs }
}

/** Connections to a broker stay, and it says nothing. */
const silence = (cluster: Cluster, ...nodes: string[]) =>
  Promise.all(nodes.map((node) => cluster.inject({ kind: 'pause', node })))

describe('a send', () => {
  it('is tried once when all is well, three times on brokers in turn when none can be reached', () =>
    inSimulation(1, async (cluster) => {
      await startCluster(cluster)
      await startShop(cluster)
      expect((await send(cluster, 'well')).tries).toHaveLength(1)
      await cluster.kill('broker-a')
      await cluster.kill('broker-b')
      const { result, tries, tookMs } = await send(cluster, 'alone')
      expect(result.status).toBe('FAILED')
      expect(tries.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
      const [first, second, third] = tries.map(({ brokerName }) => brokerName)
      expect(second).not.toBe(first)
      expect(third).toBe(first)
      expect(tookMs, 'a refused connection costs no time').toBeLessThan(100)
    }))

  it('retryTimesWhenSendFailed=0: once; =4: five times', () =>
    inSimulation(2, async (cluster) => {
      for (const [retries, wanted] of [
        [0, 1],
        [4, 5],
      ] as const) {
        if (retries === 0) await startCluster(cluster)
        await startShop(cluster, [`retryTimesWhenSendFailed=${retries}`])
        if (retries === 0) {
          expect((await send(cluster, 'well')).result.status).toBe('SEND_OK')
          await cluster.kill('broker-a')
          await cluster.kill('broker-b')
          await cluster.stop('shop')
          await startShop(cluster, ['retryTimesWhenSendFailed=0'])
        }
        const { tries, result } = await send(cluster, `retries-${retries}`)
        expect(result.status).toBe('FAILED')
        // a producer that begins now finds no route, and does not try at all
        expect(tries.length === 0 || tries.length === wanted, `${tries.length} tries`).toBe(true)
        await cluster.stop('shop')
      }
    }))

  it('takes its whole time at a broker that says nothing: there is none left for another', () =>
    inSimulation(3, async (cluster) => {
      await startCluster(cluster)
      await startShop(cluster)
      await send(cluster, 'well')
      await silence(cluster, 'broker-a', 'broker-b')
      const { result, tries, tookMs } = await send(cluster, 'lost')
      expect(result.status).toBe('FAILED')
      expect(tries).toHaveLength(1)
      expect(tookMs).toBe(3_000)
    }))

  it('sendMsgTimeout=800: no longer than that', () =>
    inSimulation(4, async (cluster) => {
      await startCluster(cluster)
      await startShop(cluster, ['sendMsgTimeout=800'])
      await send(cluster, 'well')
      await silence(cluster, 'broker-a', 'broker-b')
      const { tries, tookMs } = await send(cluster, 'lost')
      expect(tries).toHaveLength(1)
      expect(tookMs).toBe(800)
    }))

  it('sendMsgMaxTimeoutPerRequest=500: a silent broker costs half a second, and the other one takes it', () =>
    inSimulation(5, async (cluster) => {
      await startCluster(cluster)
      await startShop(cluster, ['sendMsgMaxTimeoutPerRequest=500'])
      for (const key of ['well-1', 'well-2', 'well-3', 'well-4', 'well-5']) await send(cluster, key)
      await silence(cluster, 'broker-a')
      let silent = 0
      for (let i = 0; i < 6; i++) {
        const { result, tries, tookMs } = await send(cluster, `m${i}`)
        expect(result).toMatchObject({ status: 'SEND_OK', brokerName: 'broker-b' })
        if (tries.length === 1) continue
        silent++
        expect(tries.map(({ brokerName }) => brokerName)).toEqual(['broker-a', 'broker-b'])
        expect(tries[1]!.atMs - tries[0]!.atMs).toBe(500)
        expect(tookMs).toBeLessThan(600)
      }
      expect(silent).toBeGreaterThan(0)
    }))

  it('the last try has all the time that is left', () =>
    inSimulation(6, async (cluster) => {
      await startCluster(cluster)
      await startShop(cluster, ['sendMsgMaxTimeoutPerRequest=500'])
      await send(cluster, 'well')
      await silence(cluster, 'broker-a', 'broker-b')
      const { tries, tookMs } = await send(cluster, 'lost')
      const beganMs = tries[0]!.atMs
      expect(tries.map(({ atMs }) => atMs - beganMs)).toEqual([0, 500, 1_000])
      expect(tookMs).toBe(3_000)
    }))

  it('an answer that another broker could better is tried again, one that is for good is not', () =>
    inSimulation(7, async (cluster) => {
      await startCluster(cluster)
      await startShop(cluster)
      const forbidden = await cluster.produce('shop', { topic: 'SCHEDULE_TOPIC_XXXX', key: 'forbidden', body: 'b' })
      expect(forbidden.error).toMatch(/forbidden/)
      expect(triesOf(cluster, 'forbidden'), 'NO_PERMISSION is on RocketMQ’s list').toHaveLength(3)
      const call = { topic: 'Orders', key: 'illegal', body: 'b', delayTimeMs: 10 * 86_400_000 }
      const illegal = JSON.parse(await cluster.call('shop', 'send', JSON.stringify(call))) as ProduceResult
      expect(illegal.error).toMatch(/timer message illegal/)
      expect(triesOf(cluster, 'illegal'), 'MESSAGE_ILLEGAL is not').toHaveLength(1)
    }))
})
