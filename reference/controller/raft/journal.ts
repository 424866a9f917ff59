/**
 * The file of a controller: the term, the vote, the snapshot and the entries of its log, as lines. Lines are appended, and
 * from time to time the whole file is replaced by a new one.
 *
 * ```
 *   5f0c1a22 {"kind":"head","group":"g","self":"n0","lines":3}     the first lines are written as a whole,
 *   9a31bb07 {"kind":"snapshot","index":4,"term":2,"state":"…"}    under another name, and then renamed
 *   03bd9e51 {"kind":"term","term":3,"vote":"n1"}
 *   c2ee7d90 {"kind":"entry","index":5,"term":2,"command":"…"}
 *   77d01f3a {"kind":"entry","index":6,"term":3,"command":"…"}     from here on, lines are appended
 *   e4a9f0b8 {"kind":"entry","index":5,"term":4,"command":"…"}     replaces entry 5, and removes entry 6
 * ```
 *
 * Each line begins with the CRC-32 of its JSON. An entry whose index is in the log already replaces the entry with this
 * index and removes all later entries. So no byte of a file is ever changed, and after a crash only the end of the file may
 * be damaged. Reading stops at the first damaged line. All lines from this one on were never reported as durable, because
 * `sync` had not ended. The field `lines` of the head is the number of lines that were written together with the head. These
 * lines must be undamaged, because they were durable before the file got its name.
 *
 * At each start, and when many lines were appended, the whole file is written again, shorter. The lines that an earlier
 * process wrote may be in the page cache only. So no answer may rest on a line that this process has not synced.
 *
 * In RocketMQ, DLedger keeps a log of segment files, an index and a file with term and vote; jRaft keeps RocksDB.
 */
import { crc32 } from '../../common/crc32.ts'
import { type Json, JsonSyntaxError, parseJson } from '../../common/lax-json.ts'
import { ConfigError } from '../../common/properties-file.ts'
import { record, ShapeError, text, whole } from '../../common/shape.ts'
import { decodeUtf8, encodeUtf8 } from '../../common/utf8.ts'
import { attempt } from '../../host/disk-attempt.ts'
import type { FileId, Host } from '../../host/host.ts'
import { replaceFile } from '../../host/replace-file.ts'
import { JOURNAL_BYTES_MAX } from './limits.ts'
import type { Entry } from './raft-log.ts'

/** One line of the journal, apart from its head. */
export type JournalLine =
  | { readonly kind: 'term'; readonly term: number; readonly vote: string }
  | ({ readonly kind: 'entry' } & Entry)
  | { readonly kind: 'snapshot'; readonly index: number; readonly term: number; readonly state: string }

/** The identity of a journal: a controller does not read the journal of another one. */
export interface JournalOwner {
  readonly group: string
  readonly self: string
}

/** The path of the file. */
export const JOURNAL_PATH = 'raft.journal'

const lineShape = record<{
  kind: string
  term: number
  index: number
  vote: string
  command: string
  state: string
  group: string
  self: string
  lines: number
}>({
  kind: text(),
  term: whole(),
  index: whole(),
  vote: text(),
  command: text(),
  state: text(),
  group: text(),
  self: text(),
  lines: whole(),
})

/** The journal of one controller. */
export class Journal {
  readonly #host: Host
  readonly #owner: JournalOwner
  readonly #broken: (sentence: string) => void
  #file: FileId | undefined
  #sizeBytes = 0
  #lines: string[] = []
  /** The lines of a new file, by which the next write replaces the whole file. */
  #replacement: readonly JournalLine[] | undefined
  /** The numbers of the last added line, and of the last durable one, in this life of the process. */
  #added = 0
  #durable = 0
  #waiting: { readonly upTo: number; readonly then: () => void }[] = []
  #isWriting = false
  #isScheduled = false
  #isBroken = false
  /** Set by `close`: closes the file when no write is under way. */
  #closed: (() => void) | undefined
  /** The number of lines that were appended since the last call of `replace`. */
  linesAppended = 0

  /**
   * `broken` is called once, with a sentence, when the disk has refused a call. After that, the journal writes nothing more.
   */
  constructor(host: Host, owner: JournalOwner, broken: (sentence: string) => void) {
    this.#host = host
    this.#owner = owner
    this.#broken = broken
  }

  /**
   * Returns the lines of the file in their order, without a damaged end. Returns an empty list when the file is missing.
   * Throws `ConfigError` with one sentence when the file is too large, belongs to another controller or is damaged at its
   * start.
   */
  load(): readonly JournalLine[] {
    const { disk } = this.#host
    const sizeBytes = disk.sizeBytes(JOURNAL_PATH)
    if (sizeBytes < 0) return []
    if (sizeBytes > JOURNAL_BYTES_MAX)
      throw new ConfigError(`${JOURNAL_PATH} has ${sizeBytes} bytes; at most ${JOURNAL_BYTES_MAX} are read`)
    const file = disk.open(JOURNAL_PATH)
    const bytes = disk.read(file, 0, sizeBytes)
    disk.close(file)
    return readJournal(bytes, this.#owner)
  }

  /** Adds a line. The line is written in the next write, together with other lines that arrived meanwhile. */
  append(line: JournalLine): void {
    this.#lines.push(lineText(line))
    this.#added++
    this.linesAppended++
    this.#writeSoon()
  }

  /** Replaces the whole file. `lines` must contain everything that was added before. */
  replace(lines: readonly JournalLine[]): void {
    this.#replacement = lines
    this.#lines = []
    this.#added++
    this.linesAppended = 0
    this.#writeSoon()
  }

  /**
   * Calls `then` when all lines that were added so far are durable: now, or after the sync. A controller sends its answers to
   * other controllers in `then`. So after a crash, it still has the lines on which these answers are based. `then` is never
   * called when the disk has refused a line.
   */
  whenDurable(then: () => void): void {
    if (this.#isBroken) return
    if (this.#durable === this.#added) then()
    else this.#waiting.push({ upTo: this.#added, then })
  }

  /** Begins a write when the current callback has ended, so that all lines of this callback share one sync. */
  #writeSoon(): void {
    if (this.#isWriting || this.#isScheduled) return
    this.#isScheduled = true
    this.#host.clock.after(0, () => {
      this.#isScheduled = false
      this.#writeNext()
    })
  }

  #writeNext(): void {
    if (this.#isWriting || this.#isBroken || this.#durable === this.#added) return
    this.#isWriting = true
    const upTo = this.#added
    const end = (fault: string) => this.#written(upTo, fault)
    if (this.#replacement !== undefined) this.#writeWhole(this.#replacement, end)
    else this.#writeLines(end)
  }

  #writeWhole(lines: readonly JournalLine[], end: (fault: string) => void): void {
    const content = encodeUtf8(journalText(lines, this.#owner) + this.#lines.join(''))
    this.#replacement = undefined
    this.#lines = []
    const { disk } = this.#host
    if (this.#file !== undefined) disk.close(this.#file)
    this.#file = undefined
    replaceFile(disk, JOURNAL_PATH, content, false, (fault) => {
      if (fault !== '') return end(fault)
      const refused = attempt(() => {
        this.#file = disk.open(JOURNAL_PATH)
        this.#sizeBytes = content.length
      })
      end(refused)
    })
  }

  #writeLines(end: (fault: string) => void): void {
    const content = encodeUtf8(this.#lines.join(''))
    this.#lines = []
    const { disk } = this.#host
    const file = this.#file!
    const refused = attempt(() => disk.write(file, this.#sizeBytes, content))
    if (refused !== '') return end(refused)
    this.#sizeBytes += content.length
    disk.sync(file, end)
  }

  #written(upTo: number, fault: string): void {
    this.#isWriting = false
    if (this.#closed !== undefined) return this.#closed()
    if (fault !== '') {
      // after a failed sync it is not known what the disk has, and a second sync may report success: see host/host.ts
      this.#isBroken = true
      this.#waiting = []
      return this.#broken(`${JOURNAL_PATH} cannot be written (${fault}): mend the disk and restart this controller`)
    }
    this.#durable = upTo
    const ready = this.#waiting.filter((each) => each.upTo <= upTo)
    this.#waiting = this.#waiting.filter((each) => each.upTo > upTo)
    this.#writeNext()
    for (const { then } of ready) then()
  }

  /** Begins no further write, and calls `done` when the present write has ended and the file is closed. */
  close(done: () => void): void {
    this.#isBroken = true
    this.#closed = () => {
      if (this.#file !== undefined) this.#host.disk.close(this.#file)
      this.#file = undefined
      done()
    }
    if (!this.#isWriting) this.#closed()
  }
}

function lineText(line: object): string {
  const json = JSON.stringify(line)
  return `${crc32(encodeUtf8(json)).toString(16).padStart(8, '0')} ${json}\n`
}

/** Returns the text of a whole journal. */
export function journalText(lines: readonly JournalLine[], owner: JournalOwner): string {
  const { group, self } = owner
  return lineText({ kind: 'head', group, self, lines: lines.length }) + lines.map(lineText).join('')
}

/**
 * Returns the lines in the bytes of a journal, up to the first damaged one. Throws `ConfigError` with one sentence when the
 * head or a line that the head counts is damaged, or when the journal belongs to another controller.
 */
export function readJournal(bytes: Uint8Array, owner: JournalOwner): readonly JournalLine[] {
  const found = linesIn(bytes)
  const [head, ...lines] = found
  if (head?.kind !== 'head' || lines.length < head.lines)
    throw new ConfigError(
      `${JOURNAL_PATH} is damaged at its start: remove the file only if the other controllers still have the data`,
    )
  if (head.group !== owner.group || head.self !== owner.self)
    throw new ConfigError(
      `${JOURNAL_PATH} belongs to the controller ${head.self} of the group ${head.group}, not to ${owner.self} of ${owner.group}: choose another directory`,
    )
  return lines as unknown as readonly JournalLine[]
}

function linesIn(bytes: Uint8Array) {
  const found: ReturnType<typeof lineShape>[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0x0a, at)
    const line = end < 0 ? undefined : parsedLine(bytes.subarray(at, end))
    if (line === undefined) break
    found.push(line)
    at = end + 1
  }
  return found
}

function parsedLine(bytes: Uint8Array): ReturnType<typeof lineShape> | undefined {
  const crc = decodeUtf8(bytes, 0, Math.min(8, bytes.length))
  const isWhole = bytes[8] === 0x20 && crc === crc32(bytes, 9).toString(16).padStart(8, '0')
  if (!isWhole) return undefined
  try {
    return lineShape(parseJson(decodeUtf8(bytes, 9)) as Json, '')
  } catch (error) {
    if (error instanceof JsonSyntaxError || error instanceof ShapeError) return undefined
    throw error
  }
}
