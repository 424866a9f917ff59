/**
 * Brings a pane into view when a door or a link leads to it: by scrolling, or, on a small screen and far away, as a sheet over
 * the foot of the page (a peek), so that the reader keeps his place in the text.
 */

/** From this width of the window on, panes stand beside the text and need no peek. */
const BESIDE_FROM = 1180

/** Shows a pane's host. Returns how to end its peek, or undefined when the pane is seen where it stands. */
export function arriveAt(host: HTMLElement, ended: () => void): (() => void) | undefined {
  const { top, bottom } = host.getBoundingClientRect()
  const isInView = bottom > 120 && top < innerHeight - 120
  if (innerWidth < BESIDE_FROM && !isInView) return peek(host, ended)
  showWhole(host)
  return undefined
}

/** Scrolls so that the pane is whole in the window, as far as the window has room for it. */
function showWhole(host: HTMLElement): void {
  const { top, bottom } = host.getBoundingClientRect()
  const header = document.querySelector('.page > .header')?.getBoundingClientRect().bottom ?? 0
  const by = bottom > innerHeight - 4 ? bottom - innerHeight + 4 : top < header + 4 ? top - header - 4 : 0
  if (by !== 0) scrollBy({ top: by, behavior: 'instant' })
}

/** Ends the peek of another pane, and begins this one's; the place of the pane in the text stays as high as it was. */
function peek(host: HTMLElement, ended: () => void): () => void {
  for (const other of document.querySelectorAll('.gmq-pane-host.peek')) other.dispatchEvent(new Event('unpeek'))
  const place = host.parentElement!
  place.style.minHeight = `${host.offsetHeight}px`
  host.classList.add('peek')
  const end = () => {
    host.removeEventListener('unpeek', end)
    host.classList.remove('peek')
    place.style.removeProperty('min-height')
    ended()
  }
  host.addEventListener('unpeek', end)
  return end
}
