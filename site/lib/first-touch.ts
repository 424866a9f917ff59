/**
 * The first touch of a page: a mouse that moves, a press, a key, a focus by a tool. What nobody needs before it is fetched then,
 * so a page that does much starts with little script.
 */

const TOUCHES = ['pointermove', 'pointerdown', 'keydown', 'click'] as const

/**
 * Calls `load` at the first touch. When `load` answers false, the next touch calls it again. Returns how to stop listening.
 */
export function firstTouch(load: () => Promise<boolean>): () => void {
  let isLoading = false
  const stop = () => {
    for (const touch of TOUCHES) removeEventListener(touch, hear, true)
  }
  const hear = async (event: Event) => {
    // a browser says "move" as well when the page moves below a mouse that stands still
    if (event instanceof MouseEvent && event.type === 'pointermove' && event.movementX === 0 && event.movementY === 0)
      return
    if (isLoading) return
    isLoading = true
    if (await load()) stop()
    isLoading = false
  }
  for (const touch of TOUCHES) addEventListener(touch, hear, true)
  return stop
}
