/**
 * What the comparisons with the official servers share: both sides are started, each round measures one after the other, and
 * the figures are ratios of medians. The machine is shared, so each figure of speed has the CPU time of the server beside it.
 */
import { startServer, type TestServer } from '../interop/columns.ts'
import type { Properties } from '../interop/peers.ts'
import { type Figure, median, short } from './figure.ts'
import { cpuTicks, TICKS_PER_SECOND } from './send-load.ts'

/** The line of RocketMQ that is compared. */
export const LINE = '5.3'
export const SIDES = ['glassmq', LINE] as const
export type Side = (typeof SIDES)[number]

/** One value of each side. */
export type OfSides<T> = Readonly<Record<Side, T>>

/** Starts a name server and a broker of each side, calls `use`, and ends all of them. */
export async function withBoth<T>(config: Properties, use: (servers: OfSides<TestServer>) => Promise<T>): Promise<T> {
  const started: TestServer[] = []
  const start = async (side: Side) => {
    const server = await startServer(side, undefined, 'full', config)
    started.push(server)
    return server
  }
  try {
    return await use({ glassmq: await start('glassmq'), [LINE]: await start(LINE) })
  } finally {
    for (const server of started) await server.kill()
  }
}

/** What one round measured on one side. */
export interface Measured {
  readonly perSecond: number
  readonly p99Ms: number
  /** Seconds of CPU time of the server for 100,000 of what is counted. */
  readonly cpuSeconds: number
}

/** Measures each side once a round. Returns the results of each side. */
export async function alternate<T>(
  rounds: number,
  measure: (side: Side, round: number) => Promise<T>,
): Promise<OfSides<T[]>> {
  const seen: OfSides<T[]> = { glassmq: [], [LINE]: [] }
  for (let round = 1; round <= rounds; round++) for (const side of SIDES) seen[side].push(await measure(side, round))
  return seen
}

/** Calls `work`, and returns its result with the seconds of CPU time that a process took meanwhile. */
export async function withCpu<T>(pid: number, work: () => Promise<T>): Promise<{ result: T; cpuSeconds: number }> {
  const before = cpuTicks(pid)
  const result = await work()
  return { result, cpuSeconds: (cpuTicks(pid) - before) / TICKS_PER_SECOND }
}

/** The figures of one comparison: the ratio of the rates, the 99th percentile, and the CPU time. */
export function figuresOf(what: string, seen: OfSides<Measured[]>, goal: number, unit: string): Figure[] {
  const of = (side: Side, field: keyof Measured) => median(seen[side].map((one) => one[field]))
  const ratio = of('glassmq', 'perSecond') / of(LINE, 'perSecond')
  return [
    {
      what: `${what}: ratio to the official one`,
      value: `${ratio.toFixed(2)} ×`,
      goal: `at least ${goal} ×`,
      met: ratio >= goal,
      note: `${short(of('glassmq', 'perSecond'))} against ${short(of(LINE, 'perSecond'))} ${unit} a second`,
    },
    {
      what: `${what}: p99`,
      value: `${short(of('glassmq', 'p99Ms'))} ms`,
      goal: 'no worse',
      met: of('glassmq', 'p99Ms') <= of(LINE, 'p99Ms'),
      note: `official ${short(of(LINE, 'p99Ms'))} ms`,
    },
    {
      what: `${what}: CPU of the server for 100,000`,
      value: `${of('glassmq', 'cpuSeconds').toFixed(2)} s`,
      goal: '',
      note: `official ${of(LINE, 'cpuSeconds').toFixed(2)} s`,
    },
  ]
}

/** One line about one round. */
export function textOf({ perSecond, p99Ms, cpuSeconds }: Measured): string {
  return `${short(perSecond)}/s, p99 ${short(p99Ms)} ms, ${cpuSeconds.toFixed(2)} s of CPU for 100,000`
}
