/** All that a pane shows at one moment, read from its controller: one plain object, so that the markup asks nothing else. */
import { ghostAt } from './ghost.ts'
import { ledgerAt, toldCount } from './ledger.ts'
import { STILL_SIZES } from './limits.ts'
import type { Drawing } from './marks.ts'
import type { PaneController } from './pane.ts'
import type { ViewContext } from './view.ts'
import { sentence } from './words/en.ts'

/** What the page adds to what the controller knows. */
export interface PaneFrame {
  /** Draws the passage; answers undefined until the reader takes hold of the pane, for the still shows the same moment. */
  readonly draw: (context: ViewContext) => Drawing | undefined
  /** Room for the picture, in pixels. */
  readonly width: number
  readonly height: number
  /** The reader asked for less motion. */
  readonly isStill: boolean
}

export type PaneView = ReturnType<typeof paneView>

/** What the pane shows now. */
export function paneView({ player, log, shelf, cast, passage, isWhole, speed }: PaneController, frame: PaneFrame) {
  const { count, atMs } = player.cursor
  const event = log.events[count - 1]
  const { fromPlayMs, toPlayMs } = player.bounds
  const isPinned = shelf.current === shelf.pinned
  const { draw, width, height, isStill } = frame
  const drawing = draw({
    spec: shelf.spec,
    passage,
    cast,
    log,
    count,
    atMs,
    scene: player.scene,
    width: Math.min(width, STILL_SIZES.wide.width),
    height: Math.min(height, STILL_SIZES.wide.height),
    fromMs: player.pace.atMs(fromPlayMs),
    toMs: player.pace.atMs(toPlayMs),
    selected: shelf.selected,
    followed: shelf.followed,
    isStill,
    ...(isPinned ? {} : { ghost: ghostAt(shelf.pinned.log, shelf.spec.cast, atMs) }),
  })
  const { steps, fromCount } = player.stretch
  return {
    player,
    log,
    shelf,
    scene: player.scene,
    count,
    atMs,
    text: event === undefined ? 'Nothing has happened yet.' : sentence(event, log),
    drawing,
    cells: ledgerAt(log, toldCount(log, count)),
    playMs: player.playMs,
    momentIndex: player.momentIndex,
    isPlaying: player.isPlaying,
    isPinned,
    /** Whose run it is, in words: what the reader did. */
    runLabel: shelf.current.label,
    forkMs: isPinned ? undefined : player.pace.playMs(log.events[shelf.current.sharedCount]?.atMs ?? 0),
    selected: shelf.selected,
    followed: shelf.followed,
    notice: shelf.notice,
    isBusy: shelf.isBusy,
    progress: shelf.progress,
    isWhole,
    speed,
    /** The step of the passage that the cursor is at, from 1. */
    step: player.stepIndex - steps.findIndex((index) => index + 1 >= fromCount) + 1,
  }
}
