/**
 * Shows a glossary card beside the word that has the pointer or the focus. One card at a time; Esc closes it; on touch the
 * first tap opens the card and the second follows the link.
 */

/** Long enough to cross the page without cards flying open. */
const OPEN_AFTER_MS = 120
/** Long enough to move from the word onto its card, to read on or to select. */
const CLOSE_AFTER_MS = 200

let shown: HTMLElement | undefined
let opening: ReturnType<typeof setTimeout> | undefined
let closing: ReturnType<typeof setTimeout> | undefined

let isAsked = false

function show(link: HTMLAnchorElement): void {
  if (!isAsked) void import('./chinese.ts').then((chinese) => chinese.hideChineseWithoutFont())
  isAsked = true
  const card = document.getElementById(link.dataset['card']!)
  if (card === null || card === shown) return
  hide()
  card.showPopover()
  shown = card
  const word = link.getClientRects()[0] ?? link.getBoundingClientRect()
  const room = innerHeight - word.bottom
  const left = Math.min(Math.max(16, word.left - 16), document.documentElement.clientWidth - card.offsetWidth - 16)
  const isBelow = room > card.offsetHeight + 24 || word.top < card.offsetHeight + 24
  card.style.left = `${left}px`
  card.style.top = `${isBelow ? word.bottom + 8 : word.top - card.offsetHeight - 8}px`
}

function hideSoon(): void {
  clearTimeout(opening)
  closing = setTimeout(hide, CLOSE_AFTER_MS)
}

function hide(): void {
  clearTimeout(opening)
  clearTimeout(closing)
  shown?.hidePopover()
  shown = undefined
}

for (const link of document.querySelectorAll<HTMLAnchorElement>('.gmq-term')) {
  link.addEventListener('pointerenter', (event) => {
    if (event.pointerType === 'touch') return
    clearTimeout(opening)
    if (shown?.id === link.dataset['card']) clearTimeout(closing)
    else opening = setTimeout(() => show(link), OPEN_AFTER_MS)
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
    if (!isTouch || shown?.id === link.dataset['card']) return
    event.preventDefault()
    show(link)
  })
}
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') hide()
})
addEventListener('scroll', hide, { passive: true })
