/** Where a link became longer, in a plot over time: a thin line, and how much longer it is. */
import type { EventLog } from '../../log.ts'
import { label, type Mark, path, r } from '../../marks.ts'
import { faultIn } from '../../mechanisms/faults.ts'
import type { Scale } from './axis.ts'

/** The links that became longer between `fromMs` and the cursor; `top` and `bottom` are those of the plot. */
export function linkMarks(log: EventLog, count: number, fromMs: number, x: Scale, top: number, bottom: number): Mark[] {
  return log.events.slice(0, count).flatMap((event): Mark[] => {
    const fault = event.kind === 'fault.began' && event.atMs >= fromMs ? faultIn(event.text) : undefined
    if (fault?.kind !== 'link') return []
    const [at, words] = [x(event.atMs), `+${fault.delayMs ?? 0} ms`]
    const shapes = [
      path(`M${r(at)} ${r(top)}V${r(bottom)}`, 'fault-line'),
      label(at, top - 4, words, 'small fault-text halo'),
    ]
    return [{ key: `link:${event.n}`, x: 0, y: 0, shapes }]
  })
}
