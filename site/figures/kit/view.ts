/**
 * What a view is: a pure function from a run and a cursor to marks.
 *
 * Each of `kit/views/` exports one, under the name of its file. A view never looks ahead of the cursor, and draws the same
 * marks in the page, in a still of the build and in a test.
 */
import type { EventLog } from './log.ts'
import type { Drawing } from './marks.ts'
import type { Scene } from './scene.ts'
import type { CastMember, FigureSpec, Passage, ViewName } from './types.ts'

/** All that a view may draw from. */
export interface ViewContext {
  readonly spec: FigureSpec
  readonly passage: Passage
  /** The cast of the passage. */
  readonly cast: readonly CastMember[]
  readonly log: EventLog
  /** Events that have happened. */
  readonly count: number
  /** Virtual time, not before the last of them. */
  readonly atMs: number
  readonly scene: Scene
  /** The box to draw in, in pixels; the drawing may be lower, never higher. */
  readonly width: number
  readonly height: number
  /** The time the passage covers: for views with a time axis. */
  readonly fromMs: number
  readonly toMs: number
  /** What the inspector has open: `node:…`, `frame:…`, `record:…`, `message:…` or ''. */
  readonly selected: string
  /** The key of the followed message: all else is dimmed. '' when none is followed. */
  readonly followed: string
  /** With reduced motion: what travels stands still and carries numbers. */
  readonly isStill: boolean
  /** Another run at the same time, drawn faintly behind this one: what would have been. */
  readonly ghost?: { readonly log: EventLog; readonly scene: Scene; readonly count: number }
}

/** Draws a run at a cursor. */
export type View = (context: ViewContext) => Drawing

/** Every view by name, each fetched when a pane first needs it. */
export const VIEWS: Readonly<Partial<Record<ViewName, () => Promise<View>>>> = {
  stage: async () => (await import('./views/stage.ts')).stage,
  log: async () => (await import('./views/log.ts')).log,
  lanes: async () => (await import('./views/lanes.ts')).lanes,
  owners: async () => (await import('./views/owners.ts')).owners,
  grid: async () => (await import('./views/grid.ts')).grid,
  plot: async () => (await import('./views/plot.ts')).plot,
  bytes: async () => (await import('./views/bytes.ts')).bytes,
  'space-time': async () => (await import('./views/space-time.ts')).spaceTime,
}

/** The view with this name. Throws a sentence when there is none. */
export function viewNamed(name: ViewName): Promise<View> {
  const load = VIEWS[name]
  if (load === undefined) throw new Error(`there is no view "${name}"; there are ${Object.keys(VIEWS).join(', ')}`)
  return load()
}
