/**
 * The shorter run of a failure, told in sentences: what was left out, what the script did, what broke. So a failure can be
 * understood without opening it.
 */
import type { ShortRun } from '../../judge/shorten.ts'
import { type Html, html } from './html.ts'

/** A part of a page that opens; it is open on paper. `wholeMs`: when the whole run had failed. */
export function shortRunPart(short: ShortRun, wholeMs: number): Html {
  const how = shortenedWords(short, wholeMs)
  const { steps, atMs, sentence } = short
  return html`<details><summary>What happens in this run</summary>${how === '' ? html`` : html`<p>${how}</p>`}
<ol>${steps.map((step) => html`<li>${step}</li>`)}<li>${atMs} ms: <strong>${sentence}</strong></li></ol></details>`
}

/** What was left out of the whole run; '' where the run ended before there was something to leave out. */
function shortenedWords({ without, sleepsMs, atMs, steps, tried }: ShortRun, wholeMs: number): string {
  const waits = Object.keys(sleepsMs).length
  const changes = [
    without.length === 0 ? '' : `without ${partsWords(without)}`,
    waits === 0 ? '' : `${waits} ${waits === 1 ? 'wait is' : 'waits are'} shorter`,
  ].filter((each) => each !== '')
  if (changes.length === 0) return steps.length === 0 || tried === 0 ? '' : 'No shorter run fails in the same way.'
  const variants = `${tried} ${tried === 1 ? 'variant' : 'variants'} tried`
  return `Shortened from ${wholeMs} ms to ${atMs} ms (${variants}): ${changes.join('; ')}.`
}

/** `node shop`, `inject 2` and ten messages as words. */
function partsWords(parts: readonly string[]): string {
  const words: Readonly<Record<string, string>> = {
    inject: 'fault',
    kill: 'kill',
    stop: 'stop',
    powerCut: 'power cut',
    restart: 'restart',
    writeFile: 'change of a file',
  }
  const sent = parts.filter((part) => part.startsWith('produce ')).length
  const others = parts.flatMap((part) => {
    const [kind = '', which = ''] = part.split(' ')
    if (kind === 'produce') return []
    return [kind === 'node' ? `the node ${which}` : `its ${words[kind] ?? kind} number ${which}`]
  })
  return [...others, ...(sent === 0 ? [] : [`${sent} ${sent === 1 ? 'message' : 'messages'}`])].join(', ')
}
