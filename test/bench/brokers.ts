/**
 * More brokers on the same machine: the same sends, spread over one, two and four brokers of a kind. Says what a second core
 * gives, and what a broker more than there are cores costs. With `--rounds 1`, one short round.
 */
import { glassmqBroker, glassmqNameServer } from '../interop/glassmq.ts'
import { javaMissing } from '../interop/java-toolchain.ts'
import { type BrokerProcess, officialBroker, officialNameServer } from '../interop/peers.ts'
import { type Bench, type Figure, median, short } from './figure.ts'
import { runLoad } from './load-process.ts'
import type { LoadResult } from './send-load.ts'
import { alternate, figuresOf, LINE, type Measured, type OfSides, SIDES, type Side, textOf } from './versus.ts'

const ROUNDS = 3
const COUNTS = [1, 2, 4] as const
/** All brokers together have so many connections, with so many sends under way on each. */
const CONNECTIONS = 4
const UNDER_WAY = 64
const BODY_BYTES = 1024
const FIRST_WARMUP_MS = 5_000
const WARMUP_MS = 1_000
const MEASURED_MS = 3_000
const GOAL = 1

export const brokersBench: Bench = {
  name: 'brokers',
  about: `sends of 1 KiB to ${COUNTS.join(', ')} brokers on this machine; against official ${LINE}`,
  missing: javaMissing,
  async run(say, { rounds = ROUNDS } = {}) {
    const figures: Figure[] = []
    const medians: number[] = []
    for (const count of COUNTS) {
      const seen = await withBrokers(count, async (brokers) => {
        for (const side of SIDES) await load(brokers[side], FIRST_WARMUP_MS)
        return alternate(rounds, async (side, round) => {
          const measured = await load(brokers[side], WARMUP_MS)
          say(`${nameOf(count)}, round ${round} of ${rounds}, ${side}: ${textOf(measured)}`)
          return measured
        })
      })
      figures.push(...figuresOf(nameOf(count), seen, GOAL, 'sends'))
      medians.push(median(seen.glassmq.map(({ perSecond }) => perSecond)))
    }
    const gains = medians.map((one) => (one / medians[0]!).toFixed(2))
    return [
      ...figures,
      {
        what: 'sends with more brokers, of those with one',
        value: gains.map((gain) => `${gain} ×`).join(', '),
        goal: '',
        note: `${COUNTS.join(', ')} brokers: ${medians.map(short).join(', ')} sends a second; the senders need a core, too`,
      },
    ]
  },
}

const nameOf = (count: number) => (count === 1 ? '1 broker' : `${count} brokers`)

/** Starts brokers of both sides, calls `use`, and ends them. */
async function withBrokers<T>(count: number, use: (brokers: OfSides<BrokerProcess[]>) => Promise<T>): Promise<T> {
  const ends: (() => Promise<void>)[] = []
  const start = async (side: Side): Promise<BrokerProcess[]> => {
    const isOurs = side === 'glassmq'
    const nameServer = isOurs ? await glassmqNameServer() : await officialNameServer({ version: LINE, tuning: 'full' })
    ends.push(() => nameServer.kill())
    const brokers: BrokerProcess[] = []
    for (let i = 0; i < count; i++) {
      const config = { brokerName: `broker-${i}`, fileReservedTime: 1 }
      const options = { namesrv: nameServer.address, config }
      const broker = isOurs
        ? await glassmqBroker(options)
        : await officialBroker({ version: LINE, tuning: 'full', ...options })
      ends.push(() => broker.kill())
      brokers.push(broker)
    }
    return brokers
  }
  try {
    return await use({ glassmq: await start('glassmq'), [LINE]: await start(LINE) })
  } finally {
    for (const end of ends) await end()
  }
}

/** Sends to all brokers at the same time, from one process for each broker. */
async function load(brokers: readonly BrokerProcess[], warmupMs: number): Promise<Measured> {
  const connections = CONNECTIONS / brokers.length
  const results = await Promise.all(
    brokers.map(({ address, pid }) =>
      runLoad<LoadResult>(
        './pipelined-sender.ts',
        address,
        pid,
        connections,
        UNDER_WAY,
        BODY_BYTES,
        warmupMs,
        MEASURED_MS,
      ),
    ),
  )
  const answers = results.reduce((sum, one) => sum + one.answers, 0)
  return {
    perSecond: results.reduce((sum, one) => sum + one.perSecond, 0),
    p99Ms: Math.max(...results.map(({ p99Ms }) => p99Ms)),
    cpuSeconds: results.reduce((sum, one) => sum + (one.cpuSeconds * one.answers) / answers, 0),
  }
}
