/**
 * Fetches the behaviour of a prediction when the reader takes hold of it, or when he has made his guess some other day. What he
 * presses meanwhile is pressed again when it is there.
 */
import { readState } from '../lib/reader-state.ts'

class Predict extends HTMLElement {
  #isAsked = false

  connectedCallback(): void {
    const form = this.querySelector('form')!
    let pressed: HTMLElement | undefined
    form.addEventListener('submit', (event) => event.preventDefault())
    form.addEventListener('click', ({ target }) => {
      if (this.dataset['ready'] === undefined) pressed = (target as Element).closest('button') ?? pressed
    })
    const start = async () => {
      if (this.#isAsked) return
      this.#isAsked = true
      const { PredictForm } = await import('./predict-form.ts')
      new PredictForm(this)
      this.dataset['ready'] = ''
      pressed?.click()
    }
    for (const sign of ['pointerover', 'focusin', 'touchstart', 'click'])
      this.addEventListener(sign, () => void start(), { passive: true })
    if (readState('predictions') !== undefined) void start()
  }
}

customElements.define('gmq-predict', Predict)
