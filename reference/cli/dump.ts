/**
 * Runs `mq dump FILE|DIR`: prints the decoded content of store files (commit log, consume queue, index, checkpoint).
 *
 * The folder of a file shows the kind of the file, because the names of RocketMQ's store files are only positions. The
 * command reads the store of any broker, even of a running broker, and changes nothing. RocketMQ: `mqadmin` has only
 * `dumpCompactionLog`, `exportMetadata` and `queryCq`.
 */
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { Command } from 'commander'
import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { BLANK_MAGIC, decodeRecord, RECORD_AT } from '../common/message-codec.ts'
import { MIB } from '../common/units.ts'
import { decodeUtf8 } from '../common/utf8.ts'
import { SUMMARY_AT as CHECKPOINT_SUMMARY_AT } from '../store/checkpoint.ts'
import { ENTRY_BYTES } from '../store/queue-entry.ts'
import { SentenceError } from './sentence-error.ts'

const RECORD_BYTES_MAX = 8 * MIB
const PREVIEW_CHARACTERS = 48
const HEX_BYTES_A_LINE = 16
const INDEX_HEADER_BYTES = 40
const INDEX_SLOTS_DEFAULT = 5_000_000
/**
 * The max number of slot counts that `findSlotCount` tries for an index file. A wrong number usually needs one or two
 * reads.
 */
const SLOTS_TRIED_MAX = 100_000
const ENTRIES_TRIED = 20

interface DumpOptions {
  readonly hex: boolean
  readonly limit: number
  /** The number of slots of an index file (`maxHashSlotNum`). Without this option, `findSlotCount` finds the number. */
  readonly slots?: number
  readonly print: (line: string) => void
}

/** Returns the command `mq dump`. */
export function dumpCommand(): Command {
  return new Command('dump')
    .description('print what is in a store file, or in all files of a store')
    .argument('<path>', 'a file of a store, or a folder of them')
    .option('--hex', 'the bytes of each record or entry too', false)
    .option('-l, --limit <n>', 'records or entries of each file, at most', '1000')
    .option('--slots <n>', 'slots of an index file: maxHashSlotNum of the broker that wrote it')
    .action((path: string, options: { hex: boolean; limit: string; slots?: string }) => {
      const limit = wholeNumber('--limit', options.limit)
      const slots = options.slots === undefined ? undefined : wholeNumber('--slots', options.slots)
      if (!existsSync(path)) throw new SentenceError(`there is no ${path}: give a store's folder, or a file in one`)
      const files = filesOf(resolve(path))
      if (files.length === 0)
        throw new SentenceError(`${path} holds no store file: files lie below commitlog/, consumequeue/ and index/`)
      const print = (line: string) => console.log(line)
      for (const file of files)
        dumpFile(file, { hex: options.hex, limit, ...(slots === undefined ? {} : { slots }), print })
    })
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1)
    throw new SentenceError(`${option} is "${text}"; it must be a whole number from 1`)
  return number
}

function filesOf(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) {
    if (kindOf(path) === undefined)
      throw new SentenceError(
        `${path} is no store file by its place: expected commitlog/<20 digits>, consumequeue/<topic>/<queue>/<20 digits>, index/<17 digits> or checkpoint`,
      )
    return [path]
  }
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => kindOf(file) !== undefined)
    .sort()
}

type Kind = 'commit log' | 'consume queue' | 'index' | 'checkpoint'

/**
 * Returns the kind of a file. The name and the folders of the file decide the kind. Returns undefined for a file that is not
 * a store file.
 */
export function kindOf(path: string): Kind | undefined {
  const name = basename(path)
  const folder = basename(dirname(path))
  if (name === 'checkpoint') return 'checkpoint'
  if (/^\d{17}$/.test(name) && folder === 'index') return 'index'
  if (!/^\d{20}$/.test(name)) return undefined
  if (basename(dirname(dirname(dirname(path)))) === 'consumequeue') return 'consume queue'
  return folder === 'commitlog' ? 'commit log' : undefined
}

/** Prints one store file. Exported for tests. */
export function dumpFile(path: string, options: DumpOptions): void {
  const kind = kindOf(path)!
  const file = openSync(path, 'r')
  try {
    options.print(`# ${kind} ${path}, ${fstatSync(file).size} bytes`)
    const read = (at: number, lengthBytes: number) => {
      const bytes = new Uint8Array(lengthBytes)
      return bytes.subarray(0, readSync(file, bytes, 0, lengthBytes, at))
    }
    const dump = { 'commit log': dumpLog, 'consume queue': dumpQueue, index: dumpIndex, checkpoint: dumpCheckpoint }[
      kind
    ]
    dump(read, path, options)
  } finally {
    closeSync(file)
  }
}

type Read = (at: number, lengthBytes: number) => Uint8Array

function dumpLog(read: Read, path: string, { hex, limit, print }: DumpOptions): void {
  const startsAt = Number(basename(path))
  let at = 0
  for (let records = 0; ; records++) {
    const head = read(at, 8)
    if (head.length < 8) return print(`end of the file after ${records} records`)
    const sizeBytes = readI32(head, 0)
    if (readI32(head, RECORD_AT.magic) === BLANK_MAGIC)
      return print(`${startsAt + at}  blank of ${sizeBytes} bytes: the next record did not fit`)
    if (sizeBytes === 0) return print(`${startsAt + at}  nothing written from here on, after ${records} records`)
    if (sizeBytes < 0 || sizeBytes > RECORD_BYTES_MAX)
      return print(`${startsAt + at}  no record: it claims ${sizeBytes} bytes`)
    if (records === limit) return print(`… and more: --limit ${limit} reached at ${startsAt + at}`)
    const bytes = read(at, sizeBytes)
    const decoded = decodeRecord(bytes, 0, true)
    if ('fault' in decoded) return print(`${startsAt + at}  broken record of ${sizeBytes} bytes: ${decoded.fault}`)
    print(recordLine(decoded.message))
    if (hex) printHex(bytes, print)
    at += sizeBytes
  }
}

function recordLine(message: MessageExt): string {
  const { physicalOffset, storeSize, topic, queueId, queueOffset, storeTimestamp, properties, body } = message
  const words = [`${physicalOffset}`, `${storeSize} bytes`, `${topic}[${queueId}]@${queueOffset}`, time(storeTimestamp)]
  for (const [name, value] of properties) words.push(`${name}=${shortText(value)}`)
  words.push(`body ${body.length} bytes "${shortText(decodeUtf8(body.subarray(0, PREVIEW_CHARACTERS * 4)))}"`)
  return words.join('  ')
}

function dumpQueue(read: Read, path: string, { hex, limit, print }: DumpOptions): void {
  const firstOffset = Number(basename(path)) / ENTRY_BYTES
  for (let i = 0; ; i++) {
    const entry = read(i * ENTRY_BYTES, ENTRY_BYTES)
    if (entry.length < ENTRY_BYTES) return print(`end of the file after ${i} entries`)
    const sizeBytes = readI32(entry, 8)
    if (sizeBytes === 0) return print(`${firstOffset + i}  nothing written from here on`)
    if (i === limit) return print(`… and more: --limit ${limit} reached`)
    print(`${firstOffset + i}  at ${int64(entry, 0)}, ${sizeBytes} bytes, tags code ${int64(entry, 12)}`)
    if (hex) printHex(entry, print)
  }
}

function dumpIndex(read: Read, _path: string, { hex, limit, slots, print }: DumpOptions): void {
  const header = read(0, INDEX_HEADER_BYTES)
  if (header.length < INDEX_HEADER_BYTES) return print('shorter than its header')
  const count = readI32(header, 36)
  const begin = int64(header, 0)
  print(
    `from ${time(begin)} to ${time(int64(header, 8))}, log ${int64(header, 16)} to ${int64(header, 24)}, ${readI32(header, 32)} slots in use, ${Math.max(0, count - 1)} entries`,
  )
  if (hex) printHex(header, print)
  const slotCount = slots ?? findSlotCount(read, count)
  if (slotCount === undefined) return print('how many slots it has cannot be seen: say it with --slots')
  const entriesAt = INDEX_HEADER_BYTES + slotCount * 4
  for (let i = 1; i < count; i++) {
    if (i > limit) return print(`… and more: --limit ${limit} reached`)
    const entry = read(entriesAt + i * ENTRY_BYTES, ENTRY_BYTES)
    if (entry.length < ENTRY_BYTES) return print('the file ends before its entries do')
    const keyHash = readI32(entry, 0)
    print(
      `${i}  hash ${keyHash} in slot ${keyHash % slotCount}, record at ${int64(entry, 4)}, ${time(begin + BigInt(readI32(entry, 12)) * 1_000n)}, before it in its slot: ${readI32(entry, 16)}`,
    )
    if (hex) printHex(entry, print)
  }
}

/**
 * Finds the number of slots of an index file. The file itself does not contain this number. The function tries one number
 * after the other. With each number, the function reads the newest entries of the index. With the right number, these
 * entries point to the part of the log that the header describes, and each entry can be reached from its slot. The function
 * first tries the usual numbers. Returns undefined when no number up to `SLOTS_TRIED_MAX` is right.
 */
function findSlotCount(read: Read, count: number): number | undefined {
  if (count <= 1) return INDEX_SLOTS_DEFAULT
  const header = read(0, INDEX_HEADER_BYTES)
  const fits = (slots: number) => {
    for (let i = count - 1; i >= Math.max(1, count - ENTRIES_TRIED); i--) {
      const entry = read(INDEX_HEADER_BYTES + slots * 4 + i * ENTRY_BYTES, ENTRY_BYTES)
      if (entry.length < ENTRY_BYTES || readI32(entry, 0) < 0 || readI32(entry, 16) >= i) return false
      if (readI32(entry, 4) !== 0 && readI32(entry, 4) > readI32(header, 24)) return false
      if (int64(entry, 4) < int64(header, 16) || int64(entry, 4) > int64(header, 24)) return false
      const newest = readI32(read(INDEX_HEADER_BYTES + (readI32(entry, 0) % slots) * 4, 4), 0)
      if (newest < i || newest >= count) return false
    }
    return true
  }
  for (const slots of [INDEX_SLOTS_DEFAULT, 500_000]) if (fits(slots)) return slots
  for (let slots = 1; slots <= SLOTS_TRIED_MAX; slots++) if (fits(slots)) return slots
  return undefined
}

function dumpCheckpoint(read: Read, _path: string, { hex, print }: DumpOptions): void {
  const bytes = read(0, 40)
  const names = [
    'physicMsgTimestamp',
    'logicsMsgTimestamp',
    'indexMsgTimestamp',
    'masterFlushedOffset',
    'confirmPhyOffset',
  ]
  for (const [i, name] of names.entries()) {
    if (bytes.length < i * 8 + 8) return print('the file ends here: a broker takes such a checkpoint for missing')
    const value = int64(bytes, i * 8)
    print(`${name}  ${i < 3 ? time(value) : value}`)
  }
  const noted = read(CHECKPOINT_SUMMARY_AT, 32)
  if (noted.length === 32 && noted.some((byte) => byte !== 0)) {
    const [from, before, queues, entries] = [0, 8, 16, 24].map((at) => int64(noted, at))
    print(`durable: the log from ${from} to ${before}, with ${entries} messages in ${queues} queues (noted by GlassMQ)`)
  }
  if (hex) printHex(bytes, print)
}

function printHex(bytes: Uint8Array, print: (line: string) => void): void {
  for (let at = 0; at < bytes.length; at += HEX_BYTES_A_LINE) {
    const line = bytes.subarray(at, at + HEX_BYTES_A_LINE)
    const hex = [...line].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const text = [...line].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    print(`    ${at.toString(16).padStart(6, '0')}  ${hex.padEnd(HEX_BYTES_A_LINE * 3)} ${text}`)
  }
}

/** Reads a 64-bit number as a bigint, because a damaged file may contain any number. */
function int64(bytes: Uint8Array, at: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(at)
}

function time(ms: bigint | number): string {
  return ms > 0 && ms < 253_402_300_800_000 ? new Date(Number(ms)).toISOString() : String(ms)
}

function shortText(text: string): string {
  const plain = text.replace(/[\u0000-\u001f\u007f]/g, '.')
  return plain.length > PREVIEW_CHARACTERS ? `${plain.slice(0, PREVIEW_CHARACTERS)}…` : plain
}
