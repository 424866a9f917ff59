/**
 * Our broker against the official one: the same Java client, the same settings, turn by turn, each from an empty store.
 */
import { readFileSync } from 'node:fs'
import { startServer, type TestServer } from '../interop/columns.ts'
import { javaMissing } from '../interop/java-toolchain.ts'
import { type JavaClient, javaClient } from '../interop/peers.ts'
import { type Bench, type Figure, median, short } from './figure.ts'

const ROUNDS = 3
const WARMUP_SECONDS = 2
const SECONDS = 5
const LINE = '5.3'
const SIDES = ['glassmq', LINE] as const
type Side = (typeof SIDES)[number]

interface Round {
  readonly perSecond: number
  readonly p99Ms: number
  readonly consumedPerSecond: number
}

export const brokerBench: Bench = {
  name: 'broker',
  about: `official client ${LINE}: 64 threads, sync sends of 1 KiB, then a push consumer; against the official broker`,
  missing: javaMissing,
  async run(say) {
    return [...(await compare('ASYNC_FLUSH', say)), ...(await compare('SYNC_FLUSH', say))]
  },
}

async function compare(flushDiskType: string, say: (line: string) => void): Promise<Figure[]> {
  const servers = new Map<Side, TestServer>()
  const clients = new Map<Side, JavaClient>()
  const rounds: Record<Side, Round[]> = { glassmq: [], [LINE]: [] }
  try {
    for (const side of SIDES) {
      const server = await startServer(side, undefined, 'full', { flushDiskType })
      servers.set(side, server)
      clients.set(side, await javaClient({ version: LINE, namesrv: server.namesrv, tuning: 'full' }))
    }
    const idle = (side: Side) => residentMiB(servers.get(side)!.broker.pid)
    const idleMiB = { ours: idle('glassmq'), theirs: idle(LINE) }
    for (let round = 1; round <= ROUNDS; round++) {
      for (const side of SIDES) {
        rounds[side].push(await oneRound(clients.get(side)!, servers.get(side)!, round))
        const { perSecond, consumedPerSecond } = rounds[side].at(-1)!
        say(
          `${flushDiskType} round ${round} of ${ROUNDS}, ${side}: sent ${short(perSecond)}/s, consumed ${short(consumedPerSecond)}/s`,
        )
      }
    }
    const figures = [
      ratio(`${flushDiskType}: sends, ratio to the official broker`, rounds, 'perSecond', 1.2, '/s'),
      p99(flushDiskType, rounds),
      ratio(`${flushDiskType}: consumed, ratio`, rounds, 'consumedPerSecond', 1, '/s'),
    ]
    if (flushDiskType === 'ASYNC_FLUSH') figures.push(...startFigures(servers, idleMiB))
    return figures
  } finally {
    for (const client of clients.values()) await client.kill()
    for (const server of servers.values()) await server.kill()
  }
}

async function oneRound(client: JavaClient, server: TestServer, round: number): Promise<Round> {
  const topic = `bench-${round}`
  await client.createTopic({ topic, queues: 8, brokers: [server.broker.address] })
  const options = { group: `bench-producer-${round}`, topic, warmupSeconds: WARMUP_SECONDS, seconds: SECONDS }
  const sent = await client.benchmarkProducer(options)
  if (sent.failed > 0) throw new Error(`${sent.failed} sends failed, the first with ${sent.firstFailure}`)
  const got = await client.benchmarkConsumer({ group: `bench-consumer-${round}`, topic, threads: 20 })
  return { perSecond: sent.perSecond, p99Ms: sent.p99Ms, consumedPerSecond: got.perSecond }
}

function ratio(
  what: string,
  rounds: Record<Side, Round[]>,
  of: 'perSecond' | 'consumedPerSecond',
  goal: number,
  unit: string,
): Figure {
  const ours = median(rounds.glassmq.map((round) => round[of]))
  const theirs = median(rounds[LINE].map((round) => round[of]))
  const value = ours / theirs
  return {
    what,
    value: `${value.toFixed(2)} ×`,
    goal: `at least ${goal} ×`,
    met: value >= goal,
    note: `${short(ours)}${unit} against ${short(theirs)}${unit}`,
  }
}

function p99(flushDiskType: string, rounds: Record<Side, Round[]>): Figure {
  const ours = median(rounds.glassmq.map((round) => round.p99Ms))
  const theirs = median(rounds[LINE].map((round) => round.p99Ms))
  return {
    what: `${flushDiskType}: p99 of a send`,
    value: `${short(ours)} ms`,
    goal: 'no worse',
    met: ours <= theirs,
    note: `official ${short(theirs)} ms`,
  }
}

function startFigures(servers: ReadonlyMap<Side, TestServer>, idleMiB: { ours: number; theirs: number }): Figure[] {
  const readyMs = servers.get('glassmq')!.broker.readyMs
  return [
    {
      what: 'broker: start to ready',
      value: `${readyMs} ms`,
      goal: 'under 200 ms',
      met: readyMs < 200,
      note: `official ${servers.get(LINE)!.broker.readyMs} ms`,
    },
    {
      what: 'broker: memory when idle',
      value: `${short(idleMiB.ours)} MiB`,
      goal: 'under 75 MiB',
      met: idleMiB.ours < 75,
      note: `official ${short(idleMiB.theirs)} MiB`,
    },
  ]
}

/** Resident memory as Linux tells it. */
function residentMiB(pid: number): number {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096) / 2 ** 20
  } catch {
    return Number.NaN
  }
}
