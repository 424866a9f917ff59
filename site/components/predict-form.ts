/**
 * A prediction's behaviour, fetched when the reader comes near one: takes the guess, asks the reader's own run, says what is true, and leads to the moment that decides.
 *
 * The run and the vocabulary of questions are fetched when a guess is made, not before. A guess is kept in this browser.
 */
import type { Guess, Outcome } from '../figures/kit/predict.ts'
import { readState, writeState } from '../lib/reader-state.ts'

const KEPT = 'predictions'
const [WIDTH, HEIGHT] = [600, 180]

/** What the page says of a prediction. */
interface Prediction {
  readonly id: string
  readonly figure: string
  readonly pane: string
  readonly at: string
  readonly runUrl: string
  readonly guess: Guess
}

type Guessed = number | string | readonly number[]

/** Brings one prediction of the page to life. */
export class PredictForm {
  readonly #root: HTMLElement
  readonly #prediction: Prediction
  readonly #form: HTMLFormElement

  constructor(root: HTMLElement) {
    this.#root = root
    this.#prediction = JSON.parse(root.dataset['prediction']!) as Prediction
    this.#form = root.querySelector('form')!
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#answer()
    })
    for (const button of this.#root.querySelectorAll<HTMLButtonElement>('[data-by]'))
      button.addEventListener('click', () => this.#moveItem(button))
    const draw = this.#root.querySelector<HTMLElement>('.draw')
    if (draw !== null) this.#drawable(draw)
    const known = readState(KEPT)?.[this.#prediction.id]
    if (typeof known === 'string' || typeof known === 'number' || Array.isArray(known)) this.#fill(known as Guessed)
  }

  /** Asks the run, shows what came of it, and opens the moment. */
  async #answer(): Promise<void> {
    const { id, figure, pane, at, runUrl, guess } = this.#prediction
    const guessed = this.#guessed()
    if (guessed === undefined) return this.#say('', 'Make a guess first.')
    writeState(KEPT, { ...readState(KEPT), [id]: guessed })
    try {
      const [{ sharedShelf }, { outcomeOf }, { linkToMoment }] = await Promise.all([
        import('../figures/kit/shared.ts'),
        import('../figures/kit/predict.ts'),
        import('../figures/kit/moment-link.ts'),
      ])
      const shelf = await sharedShelf(figure, runUrl)
      await shelf.whole()
      const outcome = outcomeOf(guess, guessed, shelf.spec, pane, shelf.log)
      this.#show(outcome, guessed, shelf.current === shelf.pinned)
      const href = await linkToMoment(shelf, pane, at)
      if (href !== '') this.#addDoor(href)
    } catch (error) {
      this.#say('', `The run could not be loaded (${error instanceof Error ? error.message : error}). Try again.`)
    }
  }

  #show({ isRight, truth, curve }: Outcome, guessed: Guessed, isText: boolean): void {
    this.#form.dataset['result'] = isRight ? 'right' : 'wrong'
    if (curve.length > 0) this.#line('.truth', curve)
    const where = isText ? '' : 'In your run: '
    const what = curve.length > 0 ? 'The solid line is what happened; the dashed one is yours.' : `${where}${truth}.`
    this.#say(isRight ? 'As it was.' : 'It was not so.', what)
    for (const one of this.#root.querySelectorAll<HTMLElement>('.because'))
      one.hidden = !(one.classList.contains('all') || one.dataset['choice'] === String(guessed))
  }

  #say(verdict: string, text: string): void {
    const bold = document.createElement('b')
    bold.textContent = verdict
    this.#root.querySelector('[role=status]')!.replaceChildren(...(verdict === '' ? [] : [bold, ' ']), text)
  }

  #addDoor(href: string): void {
    const door = document.createElement('a')
    door.className = 'gmq-door'
    door.href = href
    door.textContent = 'See it in the run.'
    this.#root.querySelector('[role=status]')!.append(' ', door)
  }

  #guessed(): Guessed | undefined {
    const { guess } = this.#prediction
    if (guess.of === 'order')
      return [...this.#root.querySelectorAll<HTMLElement>('[data-item]')].map((item) => Number(item.dataset['item']))
    if (guess.of === 'curve') return this.#points()
    const picked = new FormData(this.#form).values().next().value
    if (typeof picked !== 'string' || picked === '') return undefined
    return guess.of === 'node' ? picked : Number(picked)
  }

  #fill(known: Guessed): void {
    const { guess } = this.#prediction
    if (guess.of === 'curve' && Array.isArray(known)) {
      for (const [i, value] of known.entries()) this.#setPoint(i, Number(value))
      this.#line('.own', this.#points())
    } else if (guess.of === 'order' && Array.isArray(known)) {
      const list = this.#root.querySelector('.order')!
      for (const index of known) {
        const item = list.querySelector(`[data-item="${Number(index)}"]`)
        if (item !== null) list.append(item)
      }
    } else if (guess.of === 'number')
      this.#root.querySelector<HTMLInputElement>('input[type=number]')!.value = String(known)
    else {
      const input = this.#root.querySelector<HTMLInputElement>(`input[value="${CSS.escape(String(known))}"]`)
      if (input !== null) input.checked = true
    }
  }

  /** Moves an item of an order up or down; the focus stays on its button. */
  #moveItem(button: HTMLButtonElement): void {
    const item = button.closest('li')!
    const other = button.dataset['by'] === '1' ? item.nextElementSibling : item.previousElementSibling
    if (other === null) return
    if (button.dataset['by'] === '1') other.after(item)
    else other.before(item)
    button.focus()
  }

  // ---- the curve ----

  #drawable(draw: HTMLElement): void {
    const { guess } = this.#prediction
    if (guess.of !== 'curve') return
    const put = (event: PointerEvent) => {
      const { left, top, width, height } = draw.getBoundingClientRect()
      const points = draw.querySelectorAll('input').length
      const index = Math.max(0, Math.min(points - 1, Math.floor(((event.clientX - left) / width) * points)))
      this.#setPoint(index, Math.max(0, Math.min(1, 1 - (event.clientY - top) / height)) * guess.most)
      this.#line('.own', this.#points())
    }
    draw.addEventListener('pointerdown', (event) => {
      draw.setPointerCapture(event.pointerId)
      put(event)
    })
    draw.addEventListener('pointermove', (event) => (event.buttons & 1) === 1 && put(event))
    draw.addEventListener('input', () => this.#line('.own', this.#points()))
    this.#line('.own', this.#points())
  }

  #points(): number[] {
    return [...this.#root.querySelectorAll<HTMLInputElement>('[data-point]')].map((input) => Number(input.value))
  }

  #setPoint(index: number, value: number): void {
    const input = this.#root.querySelector<HTMLInputElement>(`[data-point="${index}"]`)
    if (input !== null) input.value = String(value)
  }

  #line(which: string, values: readonly number[]): void {
    const { guess } = this.#prediction
    if (guess.of !== 'curve') return
    const at = (value: number, i: number) =>
      `${(((i + 0.5) / values.length) * WIDTH).toFixed(1)} ${(HEIGHT * (1 - Math.min(1, value / guess.most))).toFixed(1)}`
    this.#root.querySelector(which)!.setAttribute('d', `M${values.map(at).join('L')}`)
  }
}
