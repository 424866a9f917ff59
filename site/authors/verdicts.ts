/** What the grids of the gallery say of a run. */
import type { GridVerdict, RunLog } from '#site/figures/kit/types.ts'
import { TOPIC } from '#site/figures/shop.ts'

/** What a grid says of a run: orders that were answered SEND_OK and handed to nobody. */
export function lostOf({ events }: RunLog): GridVerdict {
  const consumed = new Set<string>()
  const acknowledged = new Set<string>()
  for (const event of events) {
    if (event.kind === 'message.consumed' && event.status === 'CONSUME_SUCCESS') consumed.add(event.key)
    if (event.kind === 'message.sent' && event.status === 'SEND_OK') acknowledged.add(event.key)
  }
  const lost = [...acknowledged].filter((key) => !consumed.has(key)).length
  return lost === 0 ? { verdict: 'good', text: 'none lost' } : { verdict: 'bad', text: `${lost} lost` }
}

/** Orders that the first power cut took although the broker had them. */
export function takenOf({ events }: RunLog): GridVerdict {
  const offsets: number[] = []
  let isCut = false
  for (const event of events) {
    if (event.kind === 'record.appended' && event.topic === TOPIC) offsets.push(event.physicalOffset)
    isCut ||= event.kind === 'node.stopped' && event.how === 'powercut'
    if (event.kind !== 'log.recovered' || !isCut) continue
    const taken = offsets.filter((offset) => offset >= event.physicalOffset).length
    return taken === 0 ? { verdict: 'good', text: 'all kept' } : { verdict: 'bad', text: `${taken} gone` }
  }
  return { verdict: 'even', text: 'not back' }
}

/** Sends that ended without SEND_OK. */
export function failedOf({ events }: RunLog): GridVerdict {
  let [sent, failed] = [0, 0]
  for (const event of events)
    if (event.kind === 'message.sent') {
      sent++
      if (event.status !== 'SEND_OK') failed++
    }
  for (const event of events) if (event.kind === 'app.answered' && event.error !== '') failed++
  if (failed === 0 && sent > 0) return { verdict: 'good', text: 'all sent' }
  return { verdict: 'bad', text: `${failed} failed` }
}
