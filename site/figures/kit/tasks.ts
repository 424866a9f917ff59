/** Tasks of a pane in the page: each is asked of the run that is shown, ticked when it is done, and kept in this browser. */
import { readState, writeState } from '../../lib/reader-state.ts'
import { ask, holds } from './ask.ts'
import type { EventLog } from './log.ts'
import type { RunShelf } from './shelf.ts'

const KEPT = 'tasks'

/** Follows a shelf for the tasks of one pane. `say` speaks what has changed. Returns how to stop. */
export function watchTasks(host: HTMLElement, shelf: RunShelf, pane: string, say: (text: string) => void): () => void {
  const own = Object.entries(shelf.spec.tasks ?? {}).filter(([, task]) => task.pane === pane)
  let shown: EventLog | undefined
  const look = () => {
    if (shelf.log === shown || shelf.isBusy) return
    const isSilent = shown === undefined && shelf.current === shelf.pinned
    shown = shelf.log
    const words: string[] = []
    for (const [name, { goal, when, shows }] of own) {
      const item = host.querySelector<HTMLElement>(`[data-task="${CSS.escape(name)}"]`)
      if (item === null) continue
      const key = `${shelf.spec.id}/${name}`
      const isNow = holds(shelf.log, when)
      const wasDone = readState(KEPT)?.[key] === true
      if (isNow && !wasDone) writeState(KEPT, { ...readState(KEPT), [key]: true })
      item.classList.toggle('done', isNow || wasDone)
      const value = shows === undefined ? '' : `In this run: ${ask(shelf.log, shows.ask)} ${shows.unit}.`
      const state = isNow ? 'Done in this run.' : wasDone ? 'You have done it.' : ''
      item.querySelector('.now')!.textContent = [state, value].filter((one) => one !== '').join(' ')
      if (isNow) words.push(`Done: ${goal}`)
      else if (value !== '') words.push(value)
    }
    if (!isSilent && words.length > 0) say(words.join(' '))
  }
  look()
  return shelf.watch(look)
}
