/**
 * The code that draws a pane, fetched when the reader takes hold of the pane. Until then the still of the build stands in the
 * picture's place: it shows the same moment, and a page of ten panes that nobody touches costs no drawing.
 */
import type { ViewName } from './types.ts'
import { type View, viewNamed } from './view.ts'

export class LivePicture {
  /** The pane's view; undefined while the still stands. */
  draw: View | undefined
  #isAsked = false
  #pressed: { readonly x: number; readonly y: number; readonly canvas: Element | null } | undefined
  readonly #drawn: () => Promise<void>
  readonly #pick: (thing: string) => void

  /** `drawn` is called when the view is here, and resolves when the page shows it; `pick` is called with what was pressed on. */
  constructor(drawn: () => Promise<void>, pick: (thing: string) => void) {
    this.#drawn = drawn
    this.#pick = pick
  }

  /** Sees to it that the view with this name draws the pane. Without a network the still stays; the next call tries once more. */
  async begin(name: ViewName): Promise<void> {
    if (this.#isAsked) return
    this.#isAsked = true
    try {
      this.draw = await viewNamed(name)
    } catch {
      this.#isAsked = false
      this.#pressed = undefined
      return
    }
    await this.#drawn()
    if (this.#pressed === undefined) return
    const { x, y, canvas } = this.#pressed
    const thing = document.elementFromPoint(x, y)?.closest('[data-thing]')
    // the page may have been scrolled meanwhile
    if (thing && canvas?.contains(thing)) this.#pick(thing.getAttribute('data-thing')!)
  }

  /** The reader has pressed on the still: what stands there in the live picture is meant. */
  press({ clientX: x, clientY: y, currentTarget }: MouseEvent): void {
    this.#pressed = { x, y, canvas: (currentTarget as Element).parentElement }
  }
}
