/**
 * Almost-right requests to a running NameServer and broker, while others work with them: no node ends, and the others notice
 * nothing, and no round of the attack takes more than the work limit of a frame.
 *
 * The recorded frames know other brokers, topics and groups than the ones at work, so whatever a server does for them is its
 * right; operators' orders are switched off.
 */

import { fromHex, toHex } from '../../../../reference/common/message-id.ts'
import type { Program } from '../../../../reference/host/program.ts'
import { SimCluster } from '../../../../reference/host/sim/cluster.ts'
import { KeyedRandom } from '../../../../reference/host/sim/random.ts'
import { NAMESRV, PROGRAMS, SMALL_FILES } from '../../../support/sim.ts'
import type { Campaign, SeedResult } from '../campaign.ts'
import { demand, Violation } from '../violation.ts'
import { CPU_MS_MAX, corpus, cpuMsSince } from './decoders.ts'
import { mutatedFrame, repetitiveFrame } from './mutate.ts'

const FRAMES_PER_SEED = 600
const FRAMES_PER_CONNECTION = 20
const GAP_MS = 10

/** Sends each list of frames over a connection of its own, and reads nothing into what comes back. */
const attacker: Program = (host, _args, signals) => {
  host.application.serve((_name, text, answer) => {
    const { address, frames } = JSON.parse(text) as { address: string; frames: string[] }
    host.network.connect(address, {
      onOpened(id) {
        frames.forEach((hex, i) => {
          host.clock.after(i * GAP_MS, () => host.network.send(id, fromHex(hex)!))
        })
        host.clock.after(frames.length * GAP_MS + 1_000, () => host.network.close(id))
      },
      onBytes() {},
      onClosed() {},
    })
    answer('{}')
  })
  host.clock.after(0, () => signals.ready())
  return { stop: (done) => host.clock.after(0, done) }
}

export function serverCampaign(): Campaign {
  const frames = corpus()
  const run = async (seed: number): Promise<SeedResult> => {
    const counts = { inputs: 0, messages: 0 }
    const cluster = new SimCluster({ seed, programs: { ...PROGRAMS, attacker }, record: true })
    try {
      await cluster.driver.run(async () => {
        const random = new KeyedRandom(seed).stream('fuzz')
        await cluster.start({
          name: 'namesrv',
          program: 'namesrv',
          args: ['listenPort=9876', 'adminWriteEnable=false'],
        })
        const args = [NAMESRV, 'listenPort=10911', 'adminWriteEnable=false', ...SMALL_FILES]
        await cluster.start({
          name: 'safe',
          program: 'broker',
          args: [...args, 'brokerName=safe', 'brokerClusterName=Safe'],
        })
        await cluster.start({ name: 'shop', program: 'producer', args: [NAMESRV, 'group=safe-shop'] })
        const sent: string[] = []
        const send = async () => {
          const key = `m${sent.length}`
          const { status, error } = await cluster.produce('shop', { topic: 'SafeTopic', key, body: key })
          demand(status === 'SEND_OK', 'hostile', () => `a send beside the attack failed: ${status} ${error}`)
          sent.push(key)
        }
        await send()
        await cluster.start({
          name: 'desk',
          program: 'consumer',
          args: [NAMESRV, 'group=safe-desk', 'topic=SafeTopic', 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'],
        })
        await cluster.start({ name: 'attacker', program: 'attacker', args: [] })
        for (let i = 0; i < FRAMES_PER_SEED; i += FRAMES_PER_CONNECTION) {
          const before = process.threadCpuUsage()
          const list = Array.from({ length: FRAMES_PER_CONNECTION }, () => toHex(mutatedFrame(random, frames)))
          // one large frame on one connection in ten; a reader worse than linear takes minutes for it
          if (random.int(10) === 0) list.push(toHex(repetitiveFrame(random, frames)))
          const address = random.int(4) === 0 ? 'namesrv:9876' : 'safe:10911'
          await cluster.call('attacker', 'attack', JSON.stringify({ address, frames: list }))
          counts.inputs += list.length
          await cluster.sleep(50)
          await send()
          // what one round of the attack costs all nodes together: a list of frames is due in it
          const spentMs = cpuMsSince(before)
          demand(spentMs < CPU_MS_MAX, 'hostile', () => `a round of the attack took ${spentMs} ms of the processor`)
        }
        await cluster.sleep(60_000)
        for (const node of ['namesrv', 'safe'])
          demand(cluster.isRunning(node), 'hostile', () => `${node} has ended: ${JSON.stringify(cluster.failures)}`)
        await send()
        await cluster.sleep(10_000)
        const got = cluster.deliveries().filter(({ topic }) => topic === 'SafeTopic')
        const missing = sent.filter((key) => !got.some((delivery) => delivery.key === key))
        demand(missing.length === 0, 'atLeastOnce', () => `beside the attack ${missing.join(', ')} did not come`)
        demand(got.length === sent.length, 'twice', () => `${got.length} deliveries of ${sent.length} messages`)
        counts.messages = sent.length
      })
      return { violation: undefined, virtualMs: cluster.nowMs(), counts }
    } catch (error) {
      if (error instanceof Violation) return { violation: error, virtualMs: cluster.nowMs(), counts }
      throw error
    } finally {
      await cluster.dispose()
    }
  }
  return {
    name: 'servers',
    about: `${FRAMES_PER_SEED} hostile requests a seed to a NameServer and a broker at work`,
    run,
    minimise: async (seed) => [`seed ${seed}: run it again with a trace to see which request it was`],
  }
}
