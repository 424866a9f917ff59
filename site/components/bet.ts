/** Bets: kept in this browser when they are made, shown again where they are settled. */
import { readState, writeState } from '../lib/reader-state.ts'

const KEPT = 'bets'

class Bet extends HTMLElement {
  connectedCallback(): void {
    const name = this.dataset['bet']!
    const status = this.querySelector('[role=status]')!
    const known = readState(KEPT)?.[name]
    if (typeof known === 'number') {
      const input = this.querySelector<HTMLInputElement>(`input[value="${known}"]`)
      if (input !== null) input.checked = true
      status.textContent = 'Your bet is kept.'
    }
    this.addEventListener('change', (event) => {
      const choice = Number((event.target as HTMLInputElement).value)
      const isKept = writeState(KEPT, { ...readState(KEPT), [name]: choice })
      status.textContent = isKept
        ? 'Your bet is kept. Read on; the run will answer.'
        : 'Read on; the run will answer. (This browser does not let the page remember your bet.)'
      document.dispatchEvent(new CustomEvent('gmq-bet', { detail: { name, choice } }))
    })
  }
}

class Settled extends HTMLElement {
  connectedCallback(): void {
    const name = this.dataset['bet']!
    const known = readState(KEPT)?.[name]
    if (typeof known === 'number') this.#show(known)
    document.addEventListener('gmq-bet', (event) => {
      const { detail } = event as CustomEvent<{ name: string; choice: number }>
      if (detail.name === name) this.#show(detail.choice)
    })
  }

  #show(choice: number): void {
    const yours = this.querySelector<HTMLElement>('.yours')!
    yours.hidden = false
    for (const one of yours.querySelectorAll<HTMLElement>('[data-choice]'))
      one.hidden = one.dataset['choice'] !== String(choice)
  }
}

customElements.define('gmq-bet', Bet)
customElements.define('gmq-settled', Settled)
