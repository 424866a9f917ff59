/**
 * One pane: a passage of a shared run, and a cursor of its own in it.
 *
 * A pane shows the branch that the reader is in. For each branch it keeps where it stood, so that going back and forth
 * between runs loses no place.
 */
import type { FigureLink } from './link.ts'
import type { EventLog } from './log.ts'
import { castOf, openingCount, stretchOf } from './passage.ts'
import { Player, wholeOf } from './player.ts'
import { afterLastAction, type Branch, type RunShelf } from './shelf.ts'
import type { ActionName, CastMember, Passage } from './types.ts'

const LATER_EVENTS = 'The later events of this run could not be loaded; try again'

export class PaneController {
  readonly shelf: RunShelf
  readonly name: string
  readonly passage: Passage
  readonly cast: readonly CastMember[]
  readonly #players = new Map<number, Player>()
  readonly #changed: (isArrival?: boolean) => void
  readonly #unwatch: () => void
  /** The branch that was shown last, for the moment at which another one opens. */
  #shown: Branch
  /** True when the pane moves in the whole run instead of its passage. */
  isWhole = false
  #speed = 1

  /**
   * `changed` is called whenever anything shown has changed, with true when only later events of the text's run have come. Throws a
   * sentence for a passage that the figure lacks.
   */
  constructor(shelf: RunShelf, name: string, changed: (isArrival?: boolean) => void) {
    const passage = shelf.spec.passages[name]
    if (passage === undefined)
      throw new Error(
        `${shelf.spec.id} has no passage "${name}"; it has ${Object.keys(shelf.spec.passages).join(', ')}`,
      )
    this.shelf = shelf
    this.name = name
    this.passage = passage
    this.cast = castOf(shelf.spec, passage)
    this.#changed = changed
    this.#shown = shelf.current
    this.#unwatch = shelf.watch(() => this.#shelfChanged())
  }

  /** The player in the branch that is shown. */
  get player(): Player {
    return this.#playerOf(this.shelf.current)
  }

  get log(): EventLog {
    return this.shelf.log
  }

  /** Changes the speed of playing, in every branch. */
  set speed(speed: number) {
    this.#speed = speed
    for (const player of this.#players.values()) player.speed = speed
    this.#changed()
  }

  get speed(): number {
    return this.#speed
  }

  /** Shows the whole run, or the passage again. The later events of a long run come when they are here. */
  showWhole(isWhole: boolean): void {
    this.isWhole = isWhole
    if (isWhole) void this.shelf.whole().catch((error: Error) => this.shelf.say(`${LATER_EVENTS} (${error.message}).`))
    for (const [id, player] of this.#players) {
      const branch = this.shelf.branches.find((one) => one.id === id)
      if (branch !== undefined) player.moveIn(this.#stretchOf(branch))
    }
    this.#changed()
  }

  /** Does something to the cluster at the cursor, and shows what came of it. */
  async act(does: ActionName, on: string): Promise<void> {
    const before = this.shelf.current
    this.player.pause()
    await this.shelf.act(does, on, this.player.cursor.atMs)
    if (this.shelf.current === before) return
    const count = afterLastAction(this.log.run)
    this.#reach(count)
    this.player.seekCount(count)
    this.#changed()
  }

  /** Goes to the event numbered `n`, out of the passage if it lies there. */
  goTo(n: number): void {
    const index = this.log.indexOf(n)
    if (index < 0) return
    this.#reach(index + 1)
    this.player.seekCount(index + 1)
    this.#changed()
  }

  /** Opens the moment of a link or a door. */
  async open(link: FigureLink): Promise<void> {
    await this.shelf.open(link)
    this.#reach(link.events)
    this.player.seekCursor({ count: link.events, atMs: link.atMs })
    this.#changed()
  }

  /** The fragment that opens this very moment again. */
  async link(): Promise<string> {
    const { count, atMs } = this.player.cursor
    const { seed, actions } = this.shelf.current
    const { id } = this.shelf.spec
    const { writeLink } = await import('./link.ts')
    return writeLink({ id, pane: this.name, run: this.shelf.edition, seed, actions, atMs, events: count })
  }

  dispose(): void {
    this.#unwatch()
  }

  /** Leaves the passage when a moment lies outside of it. */
  #reach(count: number): void {
    const { fromCount, toCount } = this.player.stretch
    if ((count < fromCount || count > toCount) && !this.isWhole) this.showWhole(true)
  }

  #playerOf(branch: Branch): Player {
    let player = this.#players.get(branch.id)
    if (player === undefined) {
      player = new Player(branch.log, this.shelf.spec.cast, this.#stretchOf(branch))
      player.speed = this.#speed
      player.seekCount(openingCount(this.passage, player.stretch, branch.log, this.shelf.pinned.log))
      this.#players.set(branch.id, player)
    }
    return player
  }

  /** The later events of the text's run have come: its player goes on from where it stood. */
  #continue(known: Player, pinned: Branch): void {
    this.#players.delete(pinned.id)
    const { cursor } = known
    this.#playerOf(pinned).seekCursor(cursor)
  }

  #stretchOf(branch: Branch) {
    return this.isWhole ? wholeOf(branch.log) : stretchOf(branch.log, this.passage, this.shelf.pinned.log)
  }

  /** Another branch opens at the same virtual time. */
  #shelfChanged(): void {
    const { current, pinned } = this.shelf
    const known = this.#players.get(pinned.id)
    const isArrival = known !== undefined && known.log !== pinned.log
    if (isArrival) this.#continue(known, pinned)
    if (this.#shown.id === current.id) this.#shown = current
    if (current !== this.#shown) {
      const old = this.#playerOf(this.#shown)
      old.pause()
      const isNew = !this.#players.has(current.id)
      const player = this.#playerOf(current)
      player.pause()
      if (isNew) player.seekPlay(player.pace.playMs(old.cursor.atMs))
      this.#shown = current
    }
    this.#changed(isArrival)
  }
}
