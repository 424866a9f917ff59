/**
 * A quiz's behaviour: check, explain, remember.
 *
 * The explanations are already on the page, folded; this shows the one for the choice that was made. A wrong choice can be
 * taken back and tried again; the right one unfolds the rest.
 */
import { readState, writeState } from '../lib/reader-state.ts'

/** What is remembered of one question. */
interface Answer {
  readonly choice: number
  readonly isRight: boolean
  /** Checks so far, the last included. */
  readonly tries: number
}

class Quiz extends HTMLElement {
  connectedCallback(): void {
    const key = `quiz:${this.dataset['quiz']!}`
    const answers = readAnswers(key)
    for (const form of this.querySelectorAll<HTMLFormElement>('.question')) {
      const question = form.dataset['question']!
      const known = answers[question]
      if (known !== undefined) show(form, known.choice, false)
      form.addEventListener('change', () => {
        delete form.dataset['result']
        form.querySelector('[role=status]')!.textContent = ''
      })
      form.addEventListener('submit', (event) => {
        event.preventDefault()
        const picked = new FormData(form).get(question)
        if (picked === null) {
          form.querySelector('[role=status]')!.textContent = 'Choose one of the answers first.'
          return
        }
        const choice = Number(picked)
        const isRight = show(form, choice, true)
        const tries = (answers[question]?.tries ?? 0) + 1
        answers[question] = { choice, isRight, tries }
        if (!writeState(key, answers))
          form.querySelector('[role=status]')!.append(' (This browser does not let the page remember answers.)')
      })
    }
  }
}

/** Shows what a choice came to; says whether it was right. */
function show(form: HTMLFormElement, choice: number, isFresh: boolean): boolean {
  const item = form.querySelector<HTMLElement>(`details li[data-choice="${choice}"]`)
  const input = form.querySelector<HTMLInputElement>(`input[value="${choice}"]`)
  if (item === null || input === null) return false
  input.checked = true
  const isRight = item.dataset['right'] !== undefined
  form.dataset['result'] = isRight ? 'right' : 'wrong'
  const verdict = document.createElement('b')
  verdict.textContent = isRight ? 'Right.' : 'Not so.'
  const because = item.querySelector('.because')!.cloneNode(true)
  form.querySelector('[role=status]')!.replaceChildren(verdict, ' ', because)
  if (isRight && isFresh) form.querySelector('details')!.open = true
  return isRight
}

/** The remembered answers, without anything that is not one. */
function readAnswers(key: string): Record<string, Answer> {
  const answers: Record<string, Answer> = {}
  for (const [question, value] of Object.entries(readState(key) ?? {})) {
    const { choice, isRight, tries } = (value ?? {}) as Partial<Answer>
    if (typeof choice === 'number' && typeof isRight === 'boolean' && typeof tries === 'number')
      answers[question] = { choice, isRight, tries }
  }
  return answers
}

customElements.define('gmq-quiz', Quiz)
