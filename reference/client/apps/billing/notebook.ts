/** Notes that survive the billing: lines of a file on its own disk. */
import { concatBytes } from '../../../common/bytes.ts'
import { decodeUtf8, encodeUtf8 } from '../../../common/utf8.ts'
import { attempt } from '../../../host/disk-attempt.ts'
import type { FileId, Host } from '../../../host/host.ts'

const PATH = 'billing/notes.txt'
/** The max number of bytes of the file. A billing that runs for years must remove old notes; this one refuses new ones. */
const NOTES_BYTES_MAX = 64 * 1024 * 1024

/** A set of lines. A line that was added is there after a restart, also after a power cut. */
export class Notebook {
  readonly #host: Host
  readonly #file: FileId
  readonly #lines: Set<string>
  #sizeBytes: number

  constructor(host: Host) {
    this.#host = host
    this.#file = host.disk.open(PATH)
    const bytes = host.disk.read(this.#file, 0, Math.min(NOTES_BYTES_MAX, host.disk.sizeBytes(PATH)))
    // a line that a crash has cut off ends in no line feed, and does not count
    const whole = bytes.subarray(0, bytes.lastIndexOf(10) + 1)
    this.#lines = new Set(decodeUtf8(whole).split('\n'))
    this.#sizeBytes = whole.length
  }

  has(line: string): boolean {
    return this.#lines.has(line)
  }

  /** Adds a line. Resolves when the line is on the disk. Rejects when the disk fails. */
  add(line: string): Promise<void> {
    const bytes = concatBytes([encodeUtf8(line), encodeUtf8('\n')])
    return new Promise((resolve, reject) => {
      const isFull = this.#sizeBytes + bytes.length > NOTES_BYTES_MAX
      const refused = isFull
        ? `${PATH} is full: ${NOTES_BYTES_MAX} bytes are the limit`
        : attempt(() => this.#host.disk.write(this.#file, this.#sizeBytes, bytes))
      if (refused !== '') return reject(new Error(refused))
      this.#sizeBytes += bytes.length
      this.#lines.add(line)
      this.#host.disk.sync(this.#file, (error) => (error === '' ? resolve() : reject(new Error(error))))
    })
  }
}
