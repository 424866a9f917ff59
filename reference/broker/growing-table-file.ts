/**
 * The file of a table that clients can make grow: topics, groups. One change costs the same at ten entries and at fifty
 * thousand.
 *
 * | the table has              | a change is                                                                           |
 * | -------------------------- | -------------------------------------------------------------------------------------- |
 * | up to 256 entries          | the whole file, as in RocketMQ                                                          |
 * | more                       | one line in `….changes.N` (`table-changes.ts`); ten seconds later the whole, in pieces  |
 *
 * Each change raises the table's counter, which stands in the file and in every line. A line whose counter is not above the
 * file's is older than the file and is skipped: it may have outlived its removal.
 *
 * After an orderly stop only RocketMQ's file exists. After a crash this broker reads the lines too; the official broker would
 * not, and would lack the changes of the last ten seconds.
 *
 * RocketMQ: `ConfigManager`. Decision 8.
 */
import type { Shape } from '../common/shape.ts'
import type { Host, TimerId } from '../host/host.ts'
import { ConfigFile } from './config-file.ts'
import { GATHER_CHANGES_MS, WHOLE_TABLE_ENTRIES_MAX } from './limits.ts'
import { TableChanges } from './table-changes.ts'

/** What the file is made of. */
export interface GrowingTable<Whole, Change> {
  readonly path: string
  readonly shape: Shape<Whole>
  readonly changeShape: Shape<Change>
  /** The whole table; its large parts are `Map`s. */
  content(): object
  /** How many entries the table has. */
  size(): number
  /** The counter of a file or of a change. */
  counterOf(stored: Whole | Change): number
}

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

  /** Reads the whole file, if it exists, and then every later change in order. */
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
  /** Writes the change of one entry. `done`: it is durable, or the disk has refused it for now. */
  changed(change: object, done: (isStored: boolean) => void = () => {}): void {
    if (this.#table.size() <= WHOLE_TABLE_ENTRIES_MAX) return this.persist(done)
    this.#changes.append(change, (isStored) => {
      if (!isStored) this.persist() // it is written again until the disk takes it
      done(isStored)
    })
    this.#persistLater()
  }
  // #endregion growing-change

  /** Writes the whole table; `done` as above. */
  persist(done: (isStored: boolean) => void = () => {}): void {
    const generation = this.#changes.rotate()
    this.#file.persist((isStored) => {
      if (isStored) this.#changes.prune(generation)
      done(isStored)
    })
  }

  #persistLater(): void {
    this.#timer ??= this.#host.clock.after(GATHER_CHANGES_MS, () => {
      this.#timer = undefined
      this.persist()
    })
  }

  /** True when the file lacks changes that stand in lines beside it. */
  get isBehind(): boolean {
    return this.#timer !== undefined
  }

  /** Writes the whole table for the last time. */
  close(done: () => void): void {
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
    this.persist(done)
  }
}
