/** Notes that a billing still has after a restart. Each note is a line of a file on the disk of the billing. */
import { concatBytes } from '../../../common/bytes.ts'
import { decodeUtf8, encodeUtf8 } from '../../../common/utf8.ts'
import { attempt } from '../../../host/disk-attempt.ts'
import type { FileId, Host } from '../../../host/host.ts'

const DIRECTORY = 'billing'
const PATH = `${DIRECTORY}/notes.txt`
/** The max size of the file in bytes. When the file is full, new notes are refused. Old notes are never removed. */
const NOTES_BYTES_MAX = 64 * 1024 * 1024

/** A set of lines. When `add` has resolved, the line is still in the set after a restart or a power cut. */
export class Notebook {
  readonly #host: Host
  readonly #file: FileId
  readonly #lines: Set<string>
  #sizeBytes: number
  /** True when the name of the file is durable, too. Without its name, a file is lost in a power cut. */
  #isNameDurable = false

  constructor(host: Host) {
    this.#host = host
    this.#file = host.disk.open(PATH)
    const bytes = host.disk.read(this.#file, 0, Math.min(NOTES_BYTES_MAX, host.disk.sizeBytes(PATH)))
    // after a crash, the last line may be incomplete: a line without a line feed at its end does not count
    const whole = bytes.subarray(0, bytes.lastIndexOf(10) + 1)
    this.#lines = new Set(decodeUtf8(whole).split('\n'))
    this.#sizeBytes = whole.length
  }

  has(line: string): boolean {
    return this.#lines.has(line)
  }

  /** Adds a line. Resolves when the line is durable. Rejects when the file is full, or when the disk fails. */
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
      this.#sync((error) => (error === '' ? resolve() : reject(new Error(error))))
    })
  }

  #sync(done: (error: string) => void): void {
    const { disk } = this.#host
    disk.sync(this.#file, (error) => {
      if (error !== '' || this.#isNameDurable) return done(error)
      disk.syncDirectory(DIRECTORY, (nameError) => {
        this.#isNameDurable = nameError === ''
        done(nameError)
      })
    })
  }
}
