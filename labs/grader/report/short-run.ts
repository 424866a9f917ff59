/**
 * The shorter run of a failure, told in sentences: what was left out, what the script did, what broke. So a failure can be
 * understood without opening it.
 */
import type { ShortRun } from '../../judge/shorten.ts'
import { type Html, html } from './html.ts'

/** A part of a page that opens; it is open on paper. */
export function shortRunPart(short: ShortRun): Html {
  const { without, sleepsMs, steps, atMs, events, sentence, tried } = short
  const waits = Object.keys(sleepsMs).length
  const changes = [
    without.length === 0 ? '' : `without ${partsWords(without)}`,
    waits === 0 ? '' : `${waits} ${waits === 1 ? 'wait is' : 'waits are'} shorter`,
  ].filter((each) => each !== '')
  const how =
    changes.length === 0
      ? `No shorter run fails like this one; ${tried} were tried.`
      : `The shortest of ${tried} runs that fails alike: ${changes.join('; ')}. ${events} events.`
  return html`<details><summary>What happens in this run</summary><p>${how}</p>
<ol>${steps.map((step) => html`<li>${step}</li>`)}<li>${atMs} ms: <strong>${sentence}</strong></li></ol></details>`
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
