/**
 * What may happen to a store in one run, as plain data: a list that can be printed, shortened and run again.
 *
 * Everything random is drawn here, once, from the seed; running the list draws nothing but latencies and what a power cut
 * takes. So a list with one operation less is still a run, and the minimiser needs no knowledge of any of it.
 */
import { RandomStream } from '../../../../reference/host/sim/random.ts'

/** Settings of one run. Files are tiny, so that the log rolls over all the time. */
export interface StoreSettings {
  readonly flushDiskType: 'SYNC_FLUSH' | 'ASYNC_FLUSH'
  readonly commitLogFileBytes: number
  readonly consumeQueueFileBytes: number
  /** Entries of one index file; 0 for no index. */
  readonly indexEntries: number
  readonly syncMs: { readonly min: number; readonly max: number }
  readonly topics: number
  readonly queues: number
  /** The event log is on: the store then also does what only figures need. */
  readonly traced: boolean
}

/** One message of a put. */
export interface PutShape {
  readonly topic: number
  readonly queueId: number
  readonly bodyBytes: number
  readonly tag: number
  /** `WAIT=false`: answered before the disk has it, and promised nothing. */
  readonly wait: boolean
  readonly transaction: 'none' | 'prepared' | 'commit' | 'rollback'
  readonly isV6: boolean
}

export type StoreOp =
  | { readonly op: 'put'; readonly shapes: readonly PutShape[] }
  /** One message, as long as leaves exactly `leaves` bytes in the log's file. */
  | { readonly op: 'fit'; readonly shape: PutShape; readonly leaves: number }
  | { readonly op: 'pass'; readonly ms: number }
  | { readonly op: 'events'; readonly count: number }
  | { readonly op: 'powercut' | 'kill'; readonly downMs: number }
  /** A clean stop; with `cut` the power goes right after it. */
  | { readonly op: 'stop'; readonly cut: boolean }
  | { readonly op: 'fault'; readonly fails: 'EIO' | 'ENOSPC' | 'slowSync' | 'syncError'; readonly delayMs: number }
  | { readonly op: 'heal' }
  | { readonly op: 'clock'; readonly skewMs: number }
  /** Between two runs: something happens to the files themselves. `at` is a share of the used bytes. */
  | { readonly op: 'damage'; readonly what: Damage; readonly at: number; readonly bit: number }
  | { readonly op: 'audit' }

/** What may happen to files while nobody runs. */
export type Damage = (typeof DAMAGES)[number]
export const DAMAGES = [
  'logBit',
  'logTail',
  'checkpointBit',
  'noCheckpoint',
  'queueTail',
  'queueFile',
  'extraFile',
] as const

/** One run: settings and what happens. */
export interface StoreScript {
  readonly seed: number
  readonly settings: StoreSettings
  readonly ops: readonly StoreOp[]
}

const OPS_MOST = 60
const LOG_FILE_BYTES = [2_048, 4_096, 8_192, 16_384] as const
const QUEUE_FILE_BYTES = [60, 200, 1_000, 6_000] as const
/** Each class of trouble is on or off for a whole run: runs that differ find different mistakes. */
const CLASSES = [
  'faults',
  'damage',
  'clock',
  'stops',
  'slow',
  'transactions',
  'wait',
  'large',
  'patient',
  'bursts',
] as const
/** Most happens within milliseconds; checkpoints and flushes take seconds. */
const SHORT_MS = [1, 3, 10, 60, 700, 1_500, 4_500, 12_000] as const
const LONG_MS = [10, 1_100, 1_500, 4_500] as const
type Class = (typeof CLASSES)[number]

/** The run of a seed. */
export function drawScript(seed: number): StoreScript {
  const chance = new RandomStream(seed, 'soak: store')
  const on = new Set<Class>(CLASSES.filter((name) => chance.int(name === 'damage' || name === 'faults' ? 4 : 3) === 0))
  const settings = drawSettings(chance, on)
  const count = 12 + chance.int(OPS_MOST - 12)
  const ops: StoreOp[] = []
  while (ops.length < count) ops.push(...drawStep(chance, on, settings))
  return { seed, settings, ops }
}

function drawSettings(chance: RandomStream, on: ReadonlySet<Class>): StoreSettings {
  const minSyncMs = chance.int(3)
  return {
    flushDiskType: chance.int(5) < 3 ? 'SYNC_FLUSH' : 'ASYNC_FLUSH',
    commitLogFileBytes: pick(chance, LOG_FILE_BYTES),
    consumeQueueFileBytes: pick(chance, QUEUE_FILE_BYTES),
    indexEntries: pick(chance, [0, 5, 20, 200]),
    syncMs: { min: minSyncMs, max: minSyncMs + (on.has('slow') ? 200 : 8) },
    topics: 1 + chance.int(3),
    queues: 1 + chance.int(3),
    traced: chance.int(4) === 0,
  }
}

function drawStep(chance: RandomStream, on: ReadonlySet<Class>, settings: StoreSettings): StoreOp[] {
  if (on.has('patient') && chance.int(8) === 0) return drawAgeing(chance, on, settings)
  if (on.has('bursts') && chance.int(6) === 0) return drawBurst(chance, on, settings)
  if (on.has('faults') && on.has('stops') && chance.int(8) === 0) return drawFailingStop(chance, on, settings)
  const draw = chance.int(100)
  if (draw < 28) return [drawPut(chance, on, settings)]
  if (draw < 34) return [{ op: 'fit', shape: drawShape(chance, on, settings), leaves: chance.int(20) }]
  if (draw < 49) return [{ op: 'pass', ms: pick(chance, on.has('patient') ? LONG_MS : SHORT_MS) }]
  if (draw < 63) return [{ op: 'events', count: 1 + chance.int(8) }]
  if (draw < 77) return [{ op: 'powercut', downMs: chance.int(3) === 0 ? chance.int(20_000) : 0 }]
  if (draw < 83) return [{ op: 'kill', downMs: chance.int(2_000) }]
  if (draw < 88) return on.has('stops') ? [{ op: 'stop', cut: chance.int(2) === 0 }] : []
  if (draw < 90) return on.has('clock') ? [{ op: 'clock', skewMs: chance.int(40_000) - 20_000 }] : []
  if (draw < 94) return on.has('damage') ? [drawDamage(chance)] : []
  if (draw < 99) return on.has('faults') ? [drawFault(chance)] : []
  return [{ op: 'audit' }]
}

/** Messages of different ages, so that a checkpoint vouches for some of them, and then the power goes. */
function drawAgeing(chance: RandomStream, on: ReadonlySet<Class>, settings: StoreSettings): StoreOp[] {
  const shapes = Array.from({ length: 6 + chance.int(16) }, () => drawShape(chance, on, { ...settings, queues: 1 }))
  const old: StoreOp = { op: 'put', shapes }
  const young = drawPut(chance, on, settings)
  const pass = (ms: number): StoreOp => ({ op: 'pass', ms })
  return [old, pass(4_500), young, pass(1_100 + chance.int(1_000)), { op: 'powercut', downMs: 0 }]
}

/** Puts that come while a sync is under way, and then the power goes at one of the next events. */
function drawBurst(chance: RandomStream, on: ReadonlySet<Class>, settings: StoreSettings): StoreOp[] {
  const ops: StoreOp[] = []
  for (let i = 2 + chance.int(3); i > 0; i--)
    ops.push(drawPut(chance, on, settings), { op: 'events', count: 1 + chance.int(4) })
  return [...ops, { op: 'powercut', downMs: 0 }]
}

/** Syncs begin to fail while something is under way, and then somebody stops the store and pulls the plug. */
function drawFailingStop(chance: RandomStream, on: ReadonlySet<Class>, settings: StoreSettings): StoreOp[] {
  const events = (): StoreOp => ({ op: 'events', count: 1 + chance.int(8) })
  const put = drawPut(chance, on, settings)
  return [put, events(), { op: 'fault', fails: 'syncError', delayMs: 0 }, events(), { op: 'stop', cut: true }]
}

function drawPut(chance: RandomStream, on: ReadonlySet<Class>, settings: StoreSettings): StoreOp {
  const count = chance.int(3) === 0 ? 1 + chance.int(8) : 1
  return { op: 'put', shapes: Array.from({ length: count }, () => drawShape(chance, on, settings)) }
}

function drawShape(chance: RandomStream, on: ReadonlySet<Class>, settings: StoreSettings): PutShape {
  const most = chance.int(4) === 0 ? settings.commitLogFileBytes + 200 : 400
  return {
    topic: chance.int(settings.topics),
    queueId: chance.int(settings.queues),
    bodyBytes: chance.int(on.has('large') ? most : 300),
    tag: chance.int(4),
    wait: !(on.has('wait') && chance.int(4) === 0),
    transaction: on.has('transactions') ? pick(chance, ['none', 'prepared', 'commit', 'rollback'] as const) : 'none',
    isV6: chance.int(8) === 0,
  }
}

function drawFault(chance: RandomStream): StoreOp {
  if (chance.int(2) === 0) return { op: 'heal' }
  const fails = pick(chance, ['EIO', 'ENOSPC', 'slowSync', 'syncError'] as const)
  return { op: 'fault', fails, delayMs: fails === 'slowSync' ? chance.int(8_000) : 0 }
}

function drawDamage(chance: RandomStream): StoreOp {
  return { op: 'damage', what: pick(chance, DAMAGES), at: chance.int(1_000) / 1_000, bit: chance.int(8) }
}

function pick<T>(chance: RandomStream, choices: readonly T[]): T {
  return choices[chance.int(choices.length)]!
}
