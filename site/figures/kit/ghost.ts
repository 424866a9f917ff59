/** The text's run at the time of another one: what a view draws faintly behind the reader's run. */
import type { EventLog } from './log.ts'
import { apply, emptyScene, type Scene } from './scene.ts'
import type { CastMember } from './types.ts'
import type { ViewContext } from './view.ts'

interface Kept {
  count: number
  scene: Scene
}

const kept = new WeakMap<EventLog, Kept>()

/** How a run stands at a virtual time. The scene is read at once and not kept: the next call goes on with it. */
export function ghostAt(log: EventLog, cast: readonly CastMember[], atMs: number): NonNullable<ViewContext['ghost']> {
  let it = kept.get(log)
  if (it === undefined || (it.count > 0 && log.events[it.count - 1]!.atMs > atMs))
    it = { count: 0, scene: emptyScene(cast) }
  kept.set(log, it)
  for (; it.count < log.events.length && log.events[it.count]!.atMs <= atMs; it.count++)
    apply(it.scene, log.events[it.count]!, log)
  return { log, scene: it.scene, count: it.count }
}
