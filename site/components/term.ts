/**
 * Shows a glossary card beside the word that has the pointer or the focus. One card at a time; Esc closes it; on touch the
 * first tap opens the card and the second follows the link.
 */

/** Long enough to cross the page without cards flying open. */
const OPEN_AFTER_MS = 120
/** Long enough to move from the word onto its card, to read on or to select. */
const CLOSE_AFTER_MS = 200

let shown: { readonly card: HTMLElement; readonly link: HTMLAnchorElement } | undefined
/** The word that the pointer came to rest on, whose card opens soon. */
let awaited: HTMLAnchorElement | undefined
let opening: ReturnType<typeof setTimeout> | undefined
let closing: ReturnType<typeof setTimeout> | undefined

let isAsked = false

function show(link: HTMLAnchorElement): void {
  if (!isAsked) void import('./chinese.ts').then((chinese) => chinese.hideChineseWithoutFont())
  isAsked = true
  giveUpOpening()
  const card = document.getElementById(link.dataset['card']!)
  if (card === null || card === shown?.card) return
  hide()
  card.showPopover()
  shown = { card, link }
  place(card, link)
}

function place(card: HTMLElement, link: HTMLAnchorElement): void {
  const word = link.getClientRects()[0] ?? link.getBoundingClientRect()
  const room = innerHeight - word.bottom
  const left = Math.min(Math.max(16, word.left - 16), document.documentElement.clientWidth - card.offsetWidth - 16)
  const isBelow = room > card.offsetHeight + 24 || word.top < card.offsetHeight + 24
  card.style.left = `${left}px`
  card.style.top = `${isBelow ? word.bottom + 8 : word.top - card.offsetHeight - 8}px`
}

function showSoon(link: HTMLAnchorElement): void {
  clearTimeout(opening)
  awaited = link
  opening = setTimeout(() => show(link), OPEN_AFTER_MS)
}

function hideSoon(): void {
  giveUpOpening()
  closing = setTimeout(hide, CLOSE_AFTER_MS)
}

function giveUpOpening(): void {
  clearTimeout(opening)
  awaited = undefined
}

function hide(): void {
  giveUpOpening()
  clearTimeout(closing)
  shown?.card.hidePopover()
  shown = undefined
}

/**
 * The page scrolls also by itself: to a word that the keyboard reached, or by a few pixels when something above it has
 * grown. The card of a word that keeps the focus or the pointer goes with its word; one that was to open waits a little longer.
 */
function afterScroll(): void {
  if (awaited !== undefined) showSoon(awaited)
  if (shown === undefined) return
  const { card, link } = shown
  if (link.matches(':hover, :focus-visible') && isInWindow(link)) place(card, link)
  else hide()
}

function isInWindow(link: HTMLAnchorElement): boolean {
  const { top, bottom } = link.getBoundingClientRect()
  return bottom > 0 && top < innerHeight
}

for (const link of document.querySelectorAll<HTMLAnchorElement>('.gmq-term')) {
  link.addEventListener('pointerenter', (event) => {
    if (event.pointerType === 'touch') return
    giveUpOpening()
    if (shown?.link === link) clearTimeout(closing)
    else showSoon(link)
  })
  link.addEventListener('pointerleave', hideSoon)
  const card = document.getElementById(link.dataset['card']!)
  card?.addEventListener('pointerenter', () => clearTimeout(closing))
  card?.addEventListener('pointerleave', hideSoon)
  link.addEventListener('focus', () => {
    if (link.matches(':focus-visible')) show(link)
  })
  link.addEventListener('blur', hide)
  link.addEventListener('click', (event) => {
    const isTouch = (event as PointerEvent).pointerType === 'touch'
    if (!isTouch || shown?.link === link) return
    event.preventDefault()
    show(link)
  })
}
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') hide()
})
addEventListener('scroll', afterScroll, { passive: true })
