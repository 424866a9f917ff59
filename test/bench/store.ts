/**
 * The store by itself: appends under both flush settings, sequential reads, and the start after a crash, with its memory.
 * Where Java is, the official broker opens a copy of the very same store.
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type PeerKind, startServer } from '../interop/columns.ts'
import { javaMissing } from '../interop/java-toolchain.ts'
import { temporaryFolder } from '../support/temp.ts'
import { type Bench, type Figure, median, short } from './figure.ts'

const WORKER = fileURLToPath(new URL('./store-worker.ts', import.meta.url))
const ROUNDS = 3
const LONG_MIB = 1_000
const SHORT_MIB = 400
const SYNC_MIB = 100
const LINE = '5.3'
/** Sizes of a real broker, on both sides. */
const REAL_SIZES = {
  mappedFileSizeCommitLog: 1024 * 1024 * 1024,
  mappedFileSizeConsumeQueue: 6_000_000,
  maxHashSlotNum: 5_000_000,
  maxIndexNum: 20_000_000,
}
/** So much more may the longer log take. */
const MEMORY_GROWTH_MIB = 32

export const storeBench: Bench = {
  name: 'store',
  about: `messages of 1 KiB with keys: appends, reads, and the start after kill -9 over ${LONG_MIB} MiB of log`,
  missing: () => Promise.resolve(''),
  async run(say) {
    const folder = temporaryFolder('store-bench')
    try {
      return await measure(folder.path, say)
    } finally {
      folder.remove()
    }
  },
}

async function measure(folder: string, say: (line: string) => void): Promise<Figure[]> {
  const long = join(folder, 'long')
  const small = join(folder, 'short')
  const async = await worker<Throughput>('fill', long, LONG_MIB, 'ASYNC_FLUSH')
  say(`${short(async.messages)} messages appended under ASYNC_FLUSH`)
  const sync = await worker<Throughput>('fill', join(folder, 'sync'), SYNC_MIB, 'SYNC_FLUSH')
  await worker('fill', small, SHORT_MIB, 'ASYNC_FLUSH')
  const opened: Opened[] = []
  for (let round = 1; round <= ROUNDS; round++) {
    opened.push(await worker<Opened>('open', copy(long, `open-${round}`)))
    say(`start ${round} of ${ROUNDS} after a crash: ${short(opened.at(-1)!.seconds)} s`)
  }
  const openedShort = await worker<Opened>('open', copy(small, 'open-short'))
  const reads = await worker<Throughput>('read', copy(long, 'read'))
  const peak = median(opened.map((one) => one.peakMiB))
  const figures: Figure[] = [
    throughput('appends, ASYNC_FLUSH', async, '512 puts under way'),
    throughput('appends, SYNC_FLUSH', sync, '64 puts under way, group commit by fdatasync'),
    throughput('sequential reads, 32 messages each', reads, 'eight queues one after the other'),
    figure(
      'start after kill -9, a GiB of log',
      `${short(median(opened.map(({ seconds, gib }) => seconds / gib)))} s`,
      `log, 8 queues and two keys a message checked or made again`,
    ),
    {
      what: `memory: ${LONG_MIB} MiB of log against ${SHORT_MIB} MiB`,
      value: `${Math.round(peak - openedShort.peakMiB)} MiB more`,
      goal: `at most ${MEMORY_GROWTH_MIB} MiB more`,
      met: peak - openedShort.peakMiB <= MEMORY_GROWTH_MIB,
      note: `peak ${short(peak)} against ${short(openedShort.peakMiB)} MiB; ${short(opened[0]!.beforeMiB)} MiB before`,
    },
  ]
  const java = await javaMissing()
  if (java !== '') say(`not compared with the official broker: ${java}`)
  else figures.push(await againstOfficial(long, say))
  return figures

  function copy(from: string, name: string): string {
    const to = join(folder, name)
    cpSync(from, to, { recursive: true })
    return to
  }

  async function againstOfficial(store: string, tell: (line: string) => void): Promise<Figure> {
    const seconds: Record<string, { full: number; empty: number }[]> = { glassmq: [], [LINE]: [] }
    for (let round = 1; round <= ROUNDS; round++) {
      for (const kind of ['glassmq', LINE] as const) {
        const empty = await readySeconds(kind, join(folder, `empty-${kind}-${round}`))
        const full = await readySeconds(kind, copy(store, `full-${kind}-${round}`))
        seconds[kind]!.push({ full, empty })
        tell(
          `broker ${kind}, round ${round} of ${ROUNDS}: ${short(full)} s to ready, ${short(empty)} s with an empty store`,
        )
      }
    }
    const of = (kind: string, value: (one: { full: number; empty: number }) => number) =>
      median(seconds[kind]!.map(value))
    const [ours, theirs] = [of('glassmq', ({ full }) => full), of(LINE, ({ full }) => full)]
    const net = (kind: string) => short(of(kind, ({ full, empty }) => full - empty))
    return {
      what: 'start after kill -9, ratio to the official broker',
      value: `${(ours / theirs).toFixed(2)} ×`,
      goal: 'at most 0.4 ×',
      met: ours / theirs <= 0.4,
      note: `${short(ours)} s against ${short(theirs)} s to ready; less an empty start ${net('glassmq')} against ${net(LINE)} s`,
    }
  }
}

interface Throughput {
  readonly perSecond: number
  readonly mibPerSecond: number
  readonly messages: number
}

interface Opened {
  readonly seconds: number
  readonly gib: number
  readonly peakMiB: number
  readonly beforeMiB: number
}

function throughput(what: string, { perSecond, mibPerSecond }: Throughput, note: string): Figure {
  return figure(what, `${short(perSecond)}/s`, `${short(mibPerSecond)} MiB/s; ${note}`)
}

function figure(what: string, value: string, note: string): Figure {
  return { what, value, goal: '', note }
}

/** How long a broker takes from its start to "boot success". */
async function readySeconds(kind: PeerKind, storeDir: string): Promise<number> {
  const server = await startServer(kind, storeDir, 'full', REAL_SIZES)
  try {
    return server.broker.readyMs / 1000
  } finally {
    await server.kill()
  }
}

function worker<T>(job: string, folder: string, ...args: readonly (string | number)[]): Promise<T> {
  mkdirSync(folder, { recursive: true })
  const child = spawn(process.execPath, [WORKER, job, folder, ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (bytes: Buffer) => {
      text += bytes.toString()
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(text) as T)
      else reject(new Error(`the worker that should ${job} ended with ${code}`))
    })
  })
}
