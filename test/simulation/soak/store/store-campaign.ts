/** The store alone on a simulated disk: thousands of crashes a second. */
import type { Campaign } from '../campaign.ts'
import { shrink } from '../shrink.ts'
import type { MakeStore } from './machine.ts'
import { drawScript, type PutShape, type StoreOp, type StoreScript } from './ops.ts'
import { runStore } from './run-store.ts'

/** The campaign over the real store, or over one with a mistake planted in it. */
export function storeCampaign(makeStore?: MakeStore): Campaign {
  return {
    name: 'store',
    about: 'one store: puts, power cuts, kills, stops, disk faults, spoiled files; it is opened again after each',
    run(seed) {
      const run = runStore(drawScript(seed), makeStore)
      const { violation, virtualMs, powerCuts, kills, puts, acknowledged } = run
      return {
        violation,
        virtualMs,
        counts: { 'power cuts': powerCuts, kills, puts, acknowledged, starts: run.recovered },
      }
    },
    minimise(seed, violation) {
      return linesOf(shortest(drawScript(seed), violation.invariant, makeStore), makeStore)
    },
  }
}

/** The script with as few operations as still break the invariant. */
export function shortest(script: StoreScript, invariant: string, makeStore?: MakeStore): StoreScript {
  const fails = (ops: readonly StoreOp[]) => runStore({ ...script, ops }, makeStore).violation?.invariant === invariant
  return { ...script, ops: shrink(script.ops, fails) }
}

function linesOf(script: StoreScript, makeStore?: MakeStore): readonly string[] {
  const { flushDiskType, commitLogFileBytes, consumeQueueFileBytes, indexEntries, syncMs, traced } = script.settings
  const { violation, atOp } = runStore(script, makeStore)
  return [
    `${flushDiskType}, log files of ${commitLogFileBytes} bytes, queue files of ${consumeQueueFileBytes}, index files of ${indexEntries} entries, ` +
      `a sync takes ${syncMs.min} to ${syncMs.max} ms${traced ? ', traced' : ''}`,
    ...script.ops.map((op, i) => `${String(i + 1).padStart(3)}  ${inWords(op)}`),
    `     ${atOp >= script.ops.length ? 'then healed, killed, left alone for 12 s, stopped, the power cut' : `broken by ${atOp + 1}`}`,
    `     ${violation?.message ?? ''}`,
  ]
}

/** One operation as people read it. */
export function inWords(op: StoreOp): string {
  if (op.op === 'put') return `put ${op.shapes.map(shapeInWords).join(', ')}`
  if (op.op === 'fit') return `put ${shapeInWords(op.shape)}, so long that ${op.leaves} bytes of the file are left`
  if (op.op === 'pass') return `${op.ms} ms pass`
  if (op.op === 'events') return `${op.count} events`
  if (op.op === 'powercut') return `power cut, off for ${op.downMs} ms`
  if (op.op === 'kill') return `kill, down for ${op.downMs} ms`
  if (op.op === 'stop') return `clean stop${op.cut ? ', then the power goes' : ''}`
  if (op.op === 'fault') return `the disk fails: ${op.fails}${op.delayMs > 0 ? ` ${op.delayMs} ms` : ''}`
  if (op.op === 'damage') return `kill, then ${op.what} at ${op.at} (bit ${op.bit})`
  if (op.op === 'clock') return `the clock jumps by ${op.skewMs} ms`
  return op.op
}

function shapeInWords({ topic, queueId, bodyBytes, wait, transaction, isV6 }: PutShape): string {
  const extras = [wait ? '' : 'WAIT=false', transaction === 'none' ? '' : transaction, isV6 ? 'IPv6' : '']
  return [`${topic}/${queueId} ${bodyBytes} B`, ...extras.filter((extra) => extra !== '')].join(' ')
}
