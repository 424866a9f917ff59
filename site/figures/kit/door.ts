/**
 * Doors: links of the text into a pane, as `#fig-roles-journey-kept-e412`. A fragment with state behind it is a link of a reader
 * (`link.ts`), which a page reads only when it meets one.
 */

/** The id of a pane's element. */
export function paneId(id: string, pane: string): string {
  return `fig-${id}-${pane}`
}

/** The id of a door into a pane: the moment after event `n` of the text's run. */
export function doorId(id: string, pane: string, n: number): string {
  return `${paneId(id, pane)}-e${n}`
}

/** The event that a door's fragment names; undefined when it is not a door into this pane. */
export function readDoor(id: string, pane: string, fragment: string): number | undefined {
  const start = `#${paneId(id, pane)}-e`
  const digits = fragment.startsWith(start) ? fragment.slice(start.length) : ''
  return /^\d{1,7}$/.test(digits) ? Number(digits) : undefined
}

/** True when a fragment wants to be a link with state to a pane. */
export function isLinkTo(id: string, pane: string, fragment: string): boolean {
  return fragment.startsWith(`#${paneId(id, pane)}?`)
}
