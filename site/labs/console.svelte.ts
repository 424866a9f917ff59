/// <reference types="svelte" />
/**
 * What was asked of the cluster, and what came back: the lines of the admin console.
 *
 * `hasLooked` turns true with the first answer. Until then the picture of the cluster keeps back what an operator would
 * have to find out: addresses in a route, and addresses that nobody answers at.
 */

/** Lines kept; older ones go. */
const LINES_MAX = 400
/** Characters of one answer that are shown. */
const LINE_CHARACTERS_MAX = 20_000

export interface ConsoleLine {
  readonly id: number
  /** `note`: the workbench's own word about an answer. */
  readonly kind: 'asked' | 'answer' | 'error' | 'note'
  readonly text: string
}

export class LabConsole {
  lines = $state.raw<readonly ConsoleLine[]>([])
  hasLooked = $state(false)
  #next = 1
  readonly #speak: (text: string) => void

  /** @param speak says a text to people who cannot see it */
  constructor(speak: (text: string) => void) {
    this.#speak = speak
  }

  say(kind: ConsoleLine['kind'], text: string): void {
    const whole = text.replace(/\n+$/, '')
    const shown =
      whole.length > LINE_CHARACTERS_MAX
        ? `${whole.slice(0, LINE_CHARACTERS_MAX)}\n… ${whole.length - LINE_CHARACTERS_MAX} more characters are not shown`
        : whole
    this.lines = [...this.lines, { id: this.#next++, kind, text: shown }].slice(-LINES_MAX)
    if (kind !== 'asked') this.#speak(shown)
  }
}

/**
 * What to add to an answer that came before the cluster was in the state the learner asks about, or ''.
 * @param step the last thing that the story of the demo said
 */
export function tooEarlyNote(isTelling: boolean, step: string): string {
  if (!isTelling) return ''
  const soFar = step === '' ? 'the nodes are starting' : `the last thing that happened is: ${step}`
  return `Asked while the story is still being told (${soFar}). Brokers register when they start, and clients ask for routes every 30 s. Wait until the time bar says “running”, and ask again.`
}
