/**
 * Files of a commit log that Apache RocketMQ 4.9.8 wrote, read with the code of this book when the page is built: how each of them
 * ends, and one record with the blank behind it, field by field.
 *
 * The files were recorded (`test/fixtures/README.md`); nothing of them is changed.
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { readI32 } from '#reference/common/bytes.ts'
import { BLANK_BYTES, BLANK_MAGIC, decodeRecord } from '#reference/common/message-codec.ts'
import { type ByteField, recordFields } from '#site/figures/kit/bytes.ts'

const FIXTURE = 'test/fixtures/rocketmq-4.9.8/store-clean.json.gz'

/** How a recorded file ends. */
export interface RecordedFile {
  readonly name: string
  readonly records: number
  /** Position in the file behind its last record, and how many bytes are left there. */
  readonly end: number
  readonly restBytes: number
  /** The size in the blank; undefined where there is none, in the file that was being written. */
  readonly blankSays: number | undefined
}

/** A record and the blank behind it. */
export interface RecordedEnd {
  readonly file: string
  /** Position of the record in its file. */
  readonly at: number
  readonly bytes: Uint8Array
  /** The record's fields, then the blank's two. */
  readonly fields: readonly ByteField[]
}

/** The files of the log, by name. Throws a sentence when one cannot be read: the page must not be built without them. */
export function recordedFiles(): ReadonlyMap<string, Uint8Array> {
  const { files } = JSON.parse(gunzipSync(readFileSync(FIXTURE)).toString('utf8')) as { files: Record<string, string> }
  const logs = Object.entries(files).filter(([path]) => path.startsWith('commitlog/'))
  return new Map(
    logs
      .map(([path, text]): [string, Uint8Array] => [path.slice('commitlog/'.length), Buffer.from(text, 'base64')])
      .sort(),
  )
}

/** How each file ends. */
export function howTheyEnd(files: ReadonlyMap<string, Uint8Array>): readonly RecordedFile[] {
  return [...files].map(([name, bytes]) => {
    const starts = startsOf(bytes)
    const last = starts.at(-1)
    if (last === undefined) throw new Error(`The recorded file ${name} has no record.`)
    const end = last + readI32(bytes, last)
    const hasBlank = end + BLANK_BYTES <= bytes.length && readI32(bytes, end + 4) === BLANK_MAGIC
    const blankSays = hasBlank ? readI32(bytes, end) : undefined
    return { name, records: starts.length, end, restBytes: bytes.length - end, blankSays }
  })
}

/** The last record of a file, and its blank. Throws a sentence when the file has no blank. */
export function lastRecord(files: ReadonlyMap<string, Uint8Array>, name: string): RecordedEnd {
  const file = files.get(name)
  const at = file === undefined ? undefined : startsOf(file).at(-1)
  if (file === undefined || at === undefined) throw new Error(`There is no recorded file ${name} with a record.`)
  const size = readI32(file, at)
  if (readI32(file, at + size + 4) !== BLANK_MAGIC) throw new Error(`The recorded file ${name} ends without a blank.`)
  const bytes = file.subarray(at, at + size + BLANK_BYTES)
  const blank = [
    { name: 'blank: size', at: size, size: 4, value: `${readI32(file, at + size)} bytes up to the end of the file` },
    { name: 'blank: magic', at: size + 4, size: 4, value: '0xcbd43194' },
  ]
  return { file: name, at, bytes, fields: [...recordFields(bytes.subarray(0, size)), ...blank] }
}

/** Where the records of a file begin, as far as they are good ones. */
function startsOf(bytes: Uint8Array): readonly number[] {
  const starts: number[] = []
  for (let at = 0; ; ) {
    const decoded = decodeRecord(bytes, at, true)
    if ('fault' in decoded) return starts
    starts.push(at)
    at += decoded.message.storeSize
  }
}
