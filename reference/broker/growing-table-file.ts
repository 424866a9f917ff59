/**
 * The file of a table that can grow large because of requests, for example the table of topics or the table of groups. When
 * a table has more than 256 entries, a request that changes it waits only until one line is written. So a larger table does
 * not make the request slower.
 *
 * | size of the table          | what a change writes                                                                   |
 * | -------------------------- | -------------------------------------------------------------------------------------- |
 * | up to 256 entries          | the whole file, as in RocketMQ                                                          |
 * | more than 256 entries   | one line in the newest file of changes, `….changes.N` (`table-changes.ts`). At most ten seconds later, the broker writes the whole table to its file (`config-file.ts`) |
 *
 * Each change raises the counter of the table by one. The file and every line contain the counter. When the counter of a
 * line is not above the counter of the file, the line is older than the file and is skipped. Such a line exists when an old
 * file of changes was not removed.
 *
 * After an orderly stop in which the disk has accepted the whole file, only this file and its `.bak` exist, as in RocketMQ.
 * After a crash, this broker also reads the lines. When RocketMQ is started on the same store directory after a crash, it
 * does not read the lines. So it misses the changes since the last write of the whole file: those of ten seconds and of the
 * write, or more when the disk has refused a write.
 *
 * RocketMQ: `ConfigManager`. Decision 8 in `reference/decisions/` has the reasons.
 */
import type { Shape } from '../common/shape.ts'
import type { Host, TimerId } from '../host/host.ts'
import { ConfigFile } from './config-file.ts'
import { GATHER_CHANGES_MS, WHOLE_TABLE_ENTRIES_MAX } from './limits.ts'
import { TableChanges } from './table-changes.ts'

/** Describes the table and its file. */
export interface GrowingTable<Whole, Change> {
  readonly path: string
  readonly shape: Shape<Whole>
  readonly changeShape: Shape<Change>
  /** Returns the whole table. The large parts of the table are `Map`s. */
  content(): object
  /** Returns the number of entries in the table. */
  size(): number
  /** Returns the counter in the content of a stored file or of a change. */
  counterOf(stored: Whole | Change): number
}

/** The file of one table, together with the files of its changes. */
export class GrowingTableFile<Whole, Change> {
  readonly #host: Host
  readonly #table: GrowingTable<Whole, Change>
  readonly #file: ConfigFile<Whole>
  readonly #changes: TableChanges
  #timer: TimerId | undefined

  constructor(host: Host, table: GrowingTable<Whole, Change>) {
    this.#host = host
    this.#table = table
    this.#file = new ConfigFile(host, table.path, table.shape, () => table.content())
    this.#changes = new TableChanges(host, table.path)
  }

  /** Reads the whole file, if it exists. Then reads every later change, in order. */
  load(whole: (table: Whole) => void, change: (change: Change) => void): void {
    const { changeShape, counterOf } = this.#table
    const stored = this.#file.load()
    if (stored !== undefined) whole(stored)
    const counter = stored === undefined ? -1 : counterOf(stored)
    const isAny = this.#changes.load(changeShape, (each) => {
      if (counterOf(each) > counter) change(each)
    })
    if (isAny) this.#persistLater()
  }

  // #region growing-change
  /**
   * Writes the change of one entry. `done(true)` is called when the change is durable, and `done(false)` when the disk has
   * refused the change.
   */
  changed(change: object, done: (isStored: boolean) => void = () => {}): void {
    if (this.#table.size() <= WHOLE_TABLE_ENTRIES_MAX) return this.persist(done)
    this.#changes.append(change, (isStored) => {
      if (!isStored) this.persist() // the whole table is written again until the disk accepts it
      done(isStored)
    })
    this.#persistLater()
  }
  // #endregion growing-change

  /**
   * Writes the whole table. `done(true)` is called when the table is durable, and `done(false)` when the disk has refused
   * the table.
   */
  persist(done: (isStored: boolean) => void = () => {}): void {
    this.#file.persist(this.#pruned(done))
  }

  /** Begins a new file of changes. Returns the callback of a write: it removes the older files, and then calls `done`. */
  #pruned(done: (isStored: boolean) => void): (isStored: boolean) => void {
    const generation = this.#changes.rotate()
    return (isStored) => {
      if (isStored) this.#changes.prune(generation)
      done(isStored)
    }
  }

  #persistLater(): void {
    this.#timer ??= this.#host.clock.after(GATHER_CHANGES_MS, () => {
      this.#timer = undefined
      this.persist()
    })
  }

  /** True while the file with the whole table may lack a change on the disk. */
  get isBehind(): boolean {
    return this.#timer !== undefined || this.#file.isBehind
  }

  /**
   * Called when the broker stops. Writes the whole table for the last time. Calls `done` when the disk has stored or refused
   * the table.
   */
  close(done: () => void): void {
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
    this.#file.close(this.#pruned(done))
  }
}
