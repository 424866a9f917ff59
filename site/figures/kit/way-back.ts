/**
 * Where the reader was when he followed a door: how far the page was scrolled, and what had the focus. A pane that a door leads to
 * offers the way back.
 */

/** A place in the page. */
export interface Place {
  readonly scrollY: number
  readonly focus: HTMLElement | undefined
}

let left: Place | undefined

/** Notes the place, for the door that is followed next. */
export function leave(link: HTMLElement): void {
  left = { scrollY, focus: link }
}

/** The place that was left for the door that is open now; once. Undefined when the page was opened by that door. */
export function takePlace(): Place | undefined {
  const place = left
  left = undefined
  return place
}

/** Back to a place; what the page did meanwhile is no matter. */
export function returnTo({ scrollY: top, focus }: Place): void {
  scrollTo({ top, behavior: 'instant' })
  focus?.focus({ preventScroll: true })
}
