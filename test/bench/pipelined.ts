/**
 * Single sends over plain sockets: our broker, the official one, and the floor (`pipelined-floor.ts`), turn by turn.
 *
 * The machine is shared, so rates vary; what holds is the CPU time of the server for 100,000 messages, and the ratio of
 * medians. `--rounds 1` is enough while one works.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startServer, type TestServer } from '../interop/columns.ts'
import { javaMissing } from '../interop/java-toolchain.ts'
import { type Bench, type Figure, median, short } from './figure.ts'
import type { LoadResult } from './send-load.ts'

const ROUNDS = 3
const WARMUP_MS = 1_000
/** Java compiles for some seconds before it is at its best. */
const FIRST_WARMUP_MS = 5_000
const MEASURED_MS = 3_000
const LINE = '5.3'
const SIDES = ['glassmq', LINE, 'floor'] as const
type Side = (typeof SIDES)[number]

interface Shape {
  readonly connections: number
  readonly underWay: number
  readonly bodyBytes: number
  /** The ratio to the official broker that is to be reached. */
  readonly goal: number
}

const SHAPES: readonly Shape[] = [
  { connections: 64, underWay: 1, bodyBytes: 128, goal: 2 },
  { connections: 64, underWay: 1, bodyBytes: 1024, goal: 2 },
  { connections: 4, underWay: 64, bodyBytes: 128, goal: 1.5 },
  { connections: 4, underWay: 64, bodyBytes: 1024, goal: 1.5 },
]
/** The part of the floor that is to be reached with many sends under way. */
const FLOOR_SHARE = 1 / 3

/** A server that is measured. */
interface Measured {
  readonly address: string
  readonly pid: number
}

export const pipelinedBench: Bench = {
  name: 'pipelined',
  about: 'single sends over plain sockets, one or 64 under way; against the official broker and the floor',
  missing: javaMissing,
  async run(say, options) {
    const rounds = options?.rounds ?? ROUNDS
    const brokers: TestServer[] = []
    let floor: { readonly child: ChildProcess; readonly server: Measured } | undefined
    try {
      const servers = new Map<Side, Measured>()
      for (const side of ['glassmq', LINE] as const) {
        const server = await startServer(side, undefined, 'full', { fileReservedTime: 1 })
        brokers.push(server)
        servers.set(side, server.broker)
      }
      floor = await startFloor()
      servers.set('floor', floor.server)
      return await compare(servers, rounds, say)
    } finally {
      floor?.child.kill('SIGKILL')
      for (const broker of brokers) await broker.kill()
    }
  },
}

async function compare(
  servers: ReadonlyMap<Side, Measured>,
  rounds: number,
  say: (line: string) => void,
): Promise<Figure[]> {
  for (const side of SIDES) await oneLoad(servers.get(side)!, SHAPES.at(-1)!, FIRST_WARMUP_MS, 100)
  const figures: Figure[] = []
  for (const shape of SHAPES) {
    const seen: Record<Side, LoadResult[]> = { glassmq: [], [LINE]: [], floor: [] }
    for (let round = 1; round <= rounds; round++)
      for (const side of SIDES) {
        const result = await oneLoad(servers.get(side)!, shape, WARMUP_MS, MEASURED_MS)
        seen[side].push(result)
        say(`${nameOf(shape)}, round ${round} of ${rounds}, ${side}: ${textOf(result)}`)
      }
    figures.push(...figuresOf(shape, seen))
  }
  return figures
}

function figuresOf(shape: Shape, seen: Record<Side, LoadResult[]>): Figure[] {
  const of = (side: Side, what: keyof LoadResult) => median(seen[side].map((result) => result[what]))
  const ratio = of('glassmq', 'perSecond') / of(LINE, 'perSecond')
  const share = of('glassmq', 'perSecond') / of('floor', 'perSecond')
  const cpu = (side: Side) => of(side, 'cpuSeconds')
  const name = nameOf(shape)
  return [
    {
      what: `${name}: ratio to the official broker`,
      value: `${ratio.toFixed(2)} ×`,
      goal: `at least ${shape.goal} ×`,
      met: ratio >= shape.goal,
      note: `${short(of('glassmq', 'perSecond'))}/s against ${short(of(LINE, 'perSecond'))}/s`,
    },
    {
      what: `${name}: p99`,
      value: `${short(of('glassmq', 'p99Ms'))} ms`,
      goal: 'no worse',
      met: of('glassmq', 'p99Ms') <= of(LINE, 'p99Ms'),
      note: `official ${short(of(LINE, 'p99Ms'))} ms`,
    },
    {
      what: `${name}: CPU for 100,000 sends`,
      value: `${cpu('glassmq').toFixed(2)} s`,
      goal: '',
      note: `official ${cpu(LINE).toFixed(2)} s, floor ${cpu('floor').toFixed(2)} s`,
    },
    {
      what: `${name}: part of the floor`,
      value: share.toFixed(2),
      goal: shape.underWay > 1 ? `at least ${FLOOR_SHARE.toFixed(2)}` : '',
      ...(shape.underWay > 1 ? { met: share >= FLOOR_SHARE } : {}),
      note: `floor ${short(of('floor', 'perSecond'))}/s`,
    },
  ]
}

/** Sends from a process of its own, and returns what that process saw. */
async function oneLoad(
  { address, pid }: Measured,
  shape: Shape,
  warmupMs: number,
  measuredMs: number,
): Promise<LoadResult> {
  const { connections, underWay, bodyBytes } = shape
  const sender = fileURLToPath(new URL('./pipelined-sender.ts', import.meta.url))
  const args = [sender, address, ...[pid, connections, underWay, bodyBytes, warmupMs, measuredMs].map(String)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout) as LoadResult
}

async function startFloor(): Promise<{ readonly child: ChildProcess; readonly server: Measured }> {
  const program = fileURLToPath(new URL('./pipelined-floor.ts', import.meta.url))
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the floor ended with ${code}`)))
    child.stdout!.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()))
  })
  return { child, server: { address: `127.0.0.1:${port}`, pid: child.pid! } }
}

const nameOf = ({ connections, underWay, bodyBytes }: Shape) =>
  `${connections} × ${underWay}, ${bodyBytes === 1024 ? '1 KiB' : `${bodyBytes} B`}`

const textOf = ({ perSecond, p99Ms, cpuSeconds }: LoadResult) =>
  `${short(perSecond)}/s, p99 ${short(p99Ms)} ms, ${cpuSeconds.toFixed(2)} s of CPU for 100,000`
