/**
 * Batches, transactions and delayed messages: the official client's producers, 64 threads, against our broker and the
 * official one. With `--rounds 1`, one round of three seconds.
 */
import { javaMissing } from '../interop/java-toolchain.ts'
import { type JavaClient, javaClient } from '../interop/peers.ts'
import type { Bench, Figure } from './figure.ts'
import { alternate, figuresOf, LINE, type Measured, type OfSides, SIDES, textOf, withBoth, withCpu } from './versus.ts'

const ROUNDS = 3
/** Java compiles for some seconds before it is at its best. */
const WARMUP_SECONDS = 4
const SECONDS = 4
const SHORT_SECONDS = 3
const BATCH = 16

interface Kind {
  readonly name: string
  readonly kind: 'batch' | 'delayed' | 'transaction'
  readonly bodyBytes: number
  readonly goal: number
}

/** The bodies are those of the official benchmark programs. */
const KINDS: readonly Kind[] = [
  { name: `batches of ${BATCH}, 128 B`, kind: 'batch', bodyBytes: 128, goal: 1.3 },
  { name: 'transactions, 1 KiB', kind: 'transaction', bodyBytes: 1024, goal: 1.5 },
  { name: 'delayed by 1 s, 1 KiB', kind: 'delayed', bodyBytes: 1024, goal: 1.5 },
]

export const kindsBench: Bench = {
  name: 'kinds',
  about: `official client ${LINE}: batches, transactions and delayed messages, 64 threads; against the official broker`,
  missing: javaMissing,
  run(say, { rounds = ROUNDS } = {}) {
    return withBoth({ fileReservedTime: 1 }, async (servers) => {
      const started = SIDES.map((side) => javaClient({ version: LINE, namesrv: servers[side].namesrv, tuning: 'full' }))
      const [ours, theirs] = await Promise.all(started)
      const clients: OfSides<JavaClient> = { glassmq: ours!, [LINE]: theirs! }
      try {
        const figures: Figure[] = []
        for (const kind of KINDS) {
          const seconds = rounds === 1 ? SHORT_SECONDS : SECONDS
          for (const side of SIDES) {
            await clients[side].createTopic({ topic: kind.kind, queues: 8, brokers: [servers[side].broker.address] })
            await send(clients[side], kind, WARMUP_SECONDS)
          }
          const seen = await alternate(rounds, async (side, round) => {
            const measured = await measure(clients[side], servers[side].broker.pid, kind, seconds)
            say(`${kind.name}, round ${round} of ${rounds}, ${side}: ${textOf(measured)}`)
            return measured
          })
          figures.push(...figuresOf(kind.name, seen, kind.goal, 'messages'))
        }
        return figures
      } finally {
        for (const client of Object.values(clients)) await client.kill()
      }
    })
  },
}

async function measure(client: JavaClient, pid: number, kind: Kind, seconds: number): Promise<Measured> {
  const { result, cpuSeconds } = await withCpu(pid, () => send(client, kind, seconds))
  const { perSecond, p99Ms, sent } = result
  return { perSecond, p99Ms, cpuSeconds: (cpuSeconds / sent) * 100_000 }
}

async function send(client: JavaClient, { kind, bodyBytes }: Kind, seconds: number) {
  const options = { group: `kinds-${kind}`, topic: kind, kind, bodyBytes, batch: BATCH, warmupSeconds: 0, seconds }
  const sent = await client.benchmarkProducer(options)
  if (sent.failed > 0) throw new Error(`${sent.failed} sends failed, the first with ${sent.firstFailure}`)
  return sent
}
