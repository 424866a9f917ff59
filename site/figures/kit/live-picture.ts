/**
 * The code that draws a pane, fetched when the reader takes hold of the pane. Until then the still of the build stands in the
 * picture's place: it shows the same moment, and a page of ten panes that nobody touches costs no drawing.
 */
import type { Drawing } from './marks.ts'
import type { ViewName } from './types.ts'
import { type View, type ViewContext, viewNamed } from './view.ts'

export class LivePicture {
  /** The pane's view; undefined while the still stands. */
  #view: View | undefined
  #last: { readonly of: readonly unknown[]; readonly drawing: Drawing } | undefined
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
      this.#view = await viewNamed(name)
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

  /**
   * The picture of a moment; undefined while the still stands. The same drawing as before when nothing in it has changed: what
   * is opened over a picture, and the progress of a run that is being made, cost no drawing.
   */
  readonly draw = (context: ViewContext): Drawing | undefined => {
    if (this.#view === undefined) return undefined
    const { log, passage, count, atMs, width, height, fromMs, toMs, selected, followed, isStill, ghost } = context
    const shown = [log, passage, count, atMs, width, height, fromMs, toMs, selected, followed, isStill]
    const of = [...shown, ghost?.log, ghost?.count]
    if (this.#last === undefined || of.some((one, i) => one !== this.#last!.of[i]))
      this.#last = { of, drawing: this.#view(context) }
    return this.#last.drawing
  }

  /** The reader has pressed on the still: what stands there in the live picture is meant. */
  press({ clientX: x, clientY: y, currentTarget }: MouseEvent): void {
    this.#pressed = { x, y, canvas: (currentTarget as Element).parentElement }
  }
}
