/**
 * Reads a commit log straight from the disk, by its own rules and with nothing of the store: the other opinion.
 *
 * A record is its sizes, its magic, its own position; a blank says exactly what is left of its file; the first thing that
 * is neither ends the log, and after the end there are only zeros. Spoiled records are stepped over.
 */
import { readI32, readI64 } from '../../../../reference/common/bytes.ts'
import {
  BLANK_MAGIC,
  MESSAGE_MAGIC_V1,
  MESSAGE_MAGIC_V2,
  RECORD_AT,
} from '../../../../reference/common/message-codec.ts'
import type { SimDisk } from '../../../../reference/host/sim/disk.ts'
import { demand } from '../violation.ts'
import { DIRECTORY } from './machine.ts'

/** One record where it lies. */
export interface FoundRecord {
  readonly physicalOffset: number
  readonly bytes: Uint8Array
}

export interface FoundLog {
  readonly startsAt: number
  readonly endsAt: number
  readonly records: readonly FoundRecord[]
}

const LOG = `${DIRECTORY}commitlog/`

/** Names of the log's files, first to last. */
export function logFiles(disk: SimDisk): readonly string[] {
  return disk.list(LOG).filter((name) => /^\d{20}$/.test(name))
}

/** The whole log. `spoiled` gives the size of a record that was spoiled by hand, by where it begins. */
export function readLog(disk: SimDisk, fileBytes: number, spoiled: ReadonlyMap<number, number>): FoundLog {
  const names = logFiles(disk)
  const records: FoundRecord[] = []
  const startsAt = Number(names[0] ?? 0)
  let endsAt = startsAt
  let isOver = false
  for (const [i, name] of names.entries()) {
    const fileStart = startsAt + i * fileBytes
    demand(Number(name) === fileStart, 'derived', () => `log file ${name} lies where ${fileStart} should`)
    const file = disk.file(LOG + name)!
    demand(file.sizeBytes === fileBytes, 'derived', () => `log file ${name} has ${file.sizeBytes} bytes`)
    const bytes = file.read(0, fileBytes)
    let at = 0
    while (!isOver && at < fileBytes) {
      const size = spoiled.get(fileStart + at) ?? recordAt(bytes, at, fileStart)
      if (size === 0) isOver = true
      else if (size < 0) {
        demand(
          readI32(bytes, at) === fileBytes - at,
          'derived',
          () => `the blank at ${fileStart + at} says ${readI32(bytes, at)} bytes, ${fileBytes - at} are left`,
        )
        endsAt = fileStart + fileBytes
        if (i < names.length - 1) break
        isOver = true
        at += 8
      } else {
        records.push({ physicalOffset: fileStart + at, bytes: bytes.subarray(at, at + size) })
        at += size
        endsAt = fileStart + at
      }
    }
    if (isOver) requireZeros(bytes, at, `log file ${name}`)
  }
  return { startsAt, endsAt, records }
}

/** Size of the record at `at`; 0 when there is none, -1 for a blank. */
function recordAt(bytes: Uint8Array, at: number, fileStart: number): number {
  const left = bytes.length - at
  if (left < 8) return 0
  const size = readI32(bytes, at)
  const magic = readI32(bytes, at + RECORD_AT.magic)
  if (magic === BLANK_MAGIC) return -1
  if (magic !== MESSAGE_MAGIC_V1 && magic !== MESSAGE_MAGIC_V2) return 0
  if (size < 91 || size > left || readI64(bytes, at + RECORD_AT.physicalOffset) !== fileStart + at) return 0
  return size
}

/** What lies behind the end could be taken for something by a later recovery. */
export function requireZeros(bytes: Uint8Array, from: number, where: string): void {
  for (let i = from; i < bytes.length; i++)
    demand(bytes[i] === 0, 'zombie', () => `${where}: byte ${i} is ${bytes[i]}, behind the end at ${from}`)
}
