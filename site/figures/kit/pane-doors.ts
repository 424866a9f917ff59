/** Doors and links that lead into a pane, and the way back to where the reader was. */
import { isLinkTo, readDoor } from './door.ts'
import type { PaneController } from './pane.ts'
import { type Place, returnTo, takePlace } from './way-back.ts'

/** Where a pane was: its run and its moment. */
export interface PanePlace {
  readonly branch: number
  readonly cursor: PaneController['player']['cursor']
  readonly isWhole: boolean
}

/**
 * Goes to the moment that a fragment names in this pane; `leaving` hears where the pane was before it leaves. Returns whether
 * the fragment is of this pane. What a link cannot mean here is said in the pane.
 */
export async function followFragment(
  controller: PaneController,
  id: string,
  pane: string,
  hash: string,
  leaving: (before: PanePlace) => void,
): Promise<boolean> {
  const { shelf, player, isWhole } = controller
  const door = readDoor(id, pane, hash)
  const before = { branch: shelf.current.id, cursor: player.cursor, isWhole }
  if (door !== undefined) {
    leaving(before)
    shelf.reset()
    controller.goTo(door)
    return true
  }
  if (!isLinkTo(id, pane, hash)) return false
  const { link, fault } = (await import('./link.ts')).readLink(id, pane, shelf.spec.cast, hash)
  leaving(before)
  if (fault !== undefined) shelf.say(fault)
  else await controller.open(link)
  return true
}

/** How to go back to where the reader was before the last door: page, run and moment; undefined when there was none. */
export function wayBack(
  controller: PaneController,
  { branch, cursor, isWhole }: PanePlace,
  move: (work: (player: PaneController['player']) => void) => void,
): (() => void) | undefined {
  const place: Place | undefined = takePlace()
  if (place === undefined) return undefined
  return () => {
    controller.shelf.choose(branch)
    controller.showWhole(isWhole)
    move((player) => player.seekCursor(cursor))
    history.replaceState(history.state, '', location.pathname + location.search)
    returnTo(place)
  }
}

/** Goes through a door of a picture. A pane that is not live yet comes to life in view, and reads the fragment then. */
export function goThrough(fragment: string): void {
  location.hash = fragment
  const host = document.getElementById(fragment.replace(/^#|\?.*$/g, ''))
  if (host?.querySelector('.pane.waiting')) host.scrollIntoView({ block: 'center', behavior: 'instant' })
}
