/** The latest messages and what became of each: plain data, the same however one got there. */

/** What became of one of the latest messages. */
export type Fate =
  | 'asked'
  | 'unsure'
  | 'refused'
  | 'stored'
  | 'taken'
  | 'failing'
  | 'done'
  | 'again'
  | 'dead'
  | 'lost'
  | 'gone'

/** One of the latest messages. */
export interface Latest {
  readonly key: string
  readonly tag: number
  fate: Fate
  /** The member and the queue of one that is fetched. */
  by?: string
}

/** Messages whose fate the strip shows. */
const LATEST_MAX = 60

/** One more message is sent. */
export function begin(latest: Latest[], key: string, tag: number): void {
  latest.push({ key, tag, fate: 'asked' })
  if (latest.length > LATEST_MAX) latest.shift()
}

/** Something became of a message. `by`: the member and the queue of one that is fetched. */
export function meet(latest: readonly Latest[], key: string, fate: Fate, by = ''): void {
  const it = latest.findLast((one) => one.key === key)
  if (it === undefined || it.fate === 'dead' || it.fate === 'again') return
  // what one group has done, another may fetch
  if (fate === 'taken' && it.fate !== 'stored' && it.fate !== 'failing') return
  it.fate = fate
  it.by = by
}

/** What a member had fetched of a queue waits again; `queue` '' for all queues. */
export function giveBack(latest: readonly Latest[], member: string, queue: string): void {
  for (const one of latest)
    if (one.fate === 'taken' && (queue === '' ? one.by?.startsWith(`${member} `) : one.by === `${member} ${queue}`))
      one.fate = 'stored'
}
