/** Fetches the behaviour of a prediction when the reader takes hold of it, or when he has made his guess some other day. */
import { readState } from '../lib/reader-state.ts'

class Predict extends HTMLElement {
  #isAsked = false

  connectedCallback(): void {
    const form = this.querySelector('form')!
    form.addEventListener('submit', (event) => event.preventDefault())
    for (const sign of ['pointerover', 'focusin', 'touchstart'])
      this.addEventListener(sign, () => void this.#start(), { passive: true })
    if (readState('predictions') !== undefined) void this.#start()
  }

  async #start(): Promise<void> {
    if (this.#isAsked) return
    this.#isAsked = true
    const { PredictForm } = await import('./predict-form.ts')
    new PredictForm(this)
  }
}

customElements.define('gmq-predict', Predict)
