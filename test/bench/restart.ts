/**
 * What a dead master costs in the shapes without failover: it must be started again. In real processes, ours and the official
 * ones of 5.3: kill -9 of the master, started again at once, until it has stored a message with the answer SEND_OK.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { glassmqBroker, glassmqNameServer } from '../interop/glassmq.ts'
import { javaMissing } from '../interop/java-toolchain.ts'
import { type BrokerProcess, officialBroker, officialNameServer, type Properties } from '../interop/peers.ts'
import { freePort } from '../support/ports.ts'
import { type Bench, type Figure, median } from './figure.ts'
import { Probe } from './probe.ts'

const NAME = 'restart-broker'
const ROUNDS = 5
const SERVES_WITHIN_MS = 90_000

interface Shape {
  readonly name: string
  readonly master: Properties
  readonly slaves: number
}

/** Of two masters, the other one goes on: for the dead one, the time is that of the shape `single`. */
const SHAPES: readonly Shape[] = [
  { name: 'single, multi-master', master: {}, slaves: 0 },
  { name: 'async-slaves', master: { brokerRole: 'ASYNC_MASTER' }, slaves: 1 },
  { name: 'sync-slaves', master: { brokerRole: 'SYNC_MASTER', inSyncReplicas: 2 }, slaves: 1 },
]

const MAKES = ['glassmq', '5.3'] as const

export const restartBench: Bench = {
  name: 'restart',
  about: 'shapes without failover: a master is killed and started again; against official brokers (five minutes)',
  isLong: true,
  missing: javaMissing,
  async run(say, { rounds = ROUNDS } = {}) {
    const figures: Figure[] = []
    for (const shape of SHAPES) {
      const took = new Map<string, number[]>()
      for (const make of MAKES) {
        say(`${shape.name}, ${make}`)
        took.set(make, await restarts(make, shape, rounds))
      }
      const [ours, theirs] = MAKES.map((make) => took.get(make)!)
      figures.push({
        what: `${shape.name}: seconds until the master serves again`,
        value: seconds(ours!),
        goal: `at most ${seconds(theirs!)}`,
        met: median(ours!) <= median(theirs!),
        note: `official ${seconds(theirs!)}; kill -9, started again at once, ${rounds} rounds`,
      })
    }
    return figures
  },
}

async function restarts(make: (typeof MAKES)[number], shape: Shape, rounds: number): Promise<number[]> {
  const isOurs = make === 'glassmq'
  const nameServer = isOurs ? await glassmqNameServer() : await officialNameServer({ version: make, tuning: 'full' })
  const namesrv = nameServer.address
  const brokers: BrokerProcess[] = []
  const probe = new Probe()
  const start = async (more: Properties) => {
    const config = { brokerName: NAME, haListenPort: await freePort(), ...more }
    const broker = isOurs
      ? await glassmqBroker({ namesrv, config })
      : await officialBroker({ version: make, namesrv, config, tuning: 'full' })
    brokers.push(broker)
    return broker
  }
  const served = async (address: string) => {
    if (!(await probe.untilStored(address, NAME, SERVES_WITHIN_MS)))
      throw new Error(`${make}, ${shape.name}: the master does not serve within ${SERVES_WITHIN_MS} ms`)
  }
  try {
    let master = await start(shape.master)
    for (let id = 1; id <= shape.slaves; id++) await start({ brokerRole: 'SLAVE', brokerId: id })
    await served(master.address)
    const times: number[] = []
    for (let round = 0; round < rounds; round++) {
      await sleep(2_000)
      const startedMs = performance.now()
      await master.kill()
      const again = master.startAgain()
      const isServed = served(master.address)
      master = await again
      brokers[0] = master
      await isServed
      times.push(performance.now() - startedMs)
    }
    return times
  } finally {
    probe.close()
    await Promise.all([...brokers, nameServer].map((server) => server.kill()))
  }
}

const seconds = (times: readonly number[]) =>
  `${(median(times) / 1_000).toFixed(2)} s (${(Math.min(...times) / 1_000).toFixed(2)} to ${(Math.max(...times) / 1_000).toFixed(2)})`
