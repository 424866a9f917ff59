/**
 * No action loses the focus: when the control that has it goes away or is switched off, the focus goes to the next one near
 * it, and back when the control is switched on again.
 */
const CONTROLS = 'button:enabled, a[href], input:enabled, select:enabled, summary, [tabindex="0"]'

/** Watches everything under `root`; returns what ends it. */
export function keepFocus(root: HTMLElement): () => void {
  let last: HTMLElement | undefined
  /** Where the last one stood, from near to far. */
  let around: readonly HTMLElement[] = []
  /** Was switched off while it had the focus, and what has it instead. */
  let waiting: { readonly control: HTMLElement; readonly instead: HTMLElement } | undefined

  const remember = (event: FocusEvent) => {
    last = event.target as HTMLElement
    around = ancestors(last, root)
  }
  const look = () => {
    if (waiting?.control.isConnected && !waiting.control.matches(':disabled')) {
      const { control, instead } = waiting
      waiting = undefined
      if (document.activeElement === instead) control.focus()
      return
    }
    const isLost =
      document.activeElement === null ||
      document.activeElement === document.body ||
      document.activeElement.matches(':disabled')
    if (!isLost || last === undefined || (last.isConnected && !last.matches(':disabled'))) return
    const control = last
    for (const place of around) {
      if (!place.isConnected) continue
      const instead = place.querySelector<HTMLElement>(CONTROLS) ?? (place.matches('[tabindex]') ? place : undefined)
      if (instead === undefined) continue
      instead.focus()
      if (control.isConnected) waiting = { control, instead }
      return
    }
  }
  root.addEventListener('focusin', remember)
  const observer = new MutationObserver(look)
  observer.observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ['disabled'] })
  return () => {
    root.removeEventListener('focusin', remember)
    observer.disconnect()
  }
}

function ancestors(element: HTMLElement, root: HTMLElement): readonly HTMLElement[] {
  const found: HTMLElement[] = []
  for (let one = element.parentElement; one !== null; one = one.parentElement) {
    found.push(one)
    if (one === root) break
  }
  return found
}
