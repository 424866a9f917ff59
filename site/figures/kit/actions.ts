/**
 * What a reader can do to a run: how each action is written in a link, what it is called, and which keys do it.
 *
 * | action      | `on`                         | what it does                                                        |
 * | ----------- | ---------------------------- | ------------------------------------------------------------------- |
 * | `kill`      | node                         | the process ends, the disk stays                                    |
 * | `powercut`  | node                         | the machine loses power: what was not synced may be gone            |
 * | `restart`   | node                         | the node starts again on its disk                                   |
 * | `pause`     | node                         | the process stands still; `resume` lets it go on                    |
 * | `cut`       | node                         | nothing passes between the node and all others; what is sent waits  |
 * | `slow`      | `from~to=ms`                 | frames between the two take that much longer                        |
 * | `hold`      | `from~to`                    | what `from` sends `to` waits; the other direction is open           |
 * | `drop`      | `from~to`                    | the connections between the two break: what is under way is lost    |
 * | `slowdisk`  | `node=ms`                    | every sync of the disk takes that much longer                       |
 * | `fulldisk`  | node                         | the disk takes no more bytes                                        |
 * | `clock`     | `node=ms`                    | the wall clock jumps, forwards or (negative) backwards              |
 * | `remove`    | `node/folder`                | a folder of the stopped node is removed                             |
 * | `change`    | `node/option=value`          | an option of the node; it counts from the next start                |
 * | `heal`      | '' or node                   | network and disk are as they were: everywhere, or at one node       |
 * | `send`      | `key` or `key=bytes`         | an order of the reader, with a body of so many bytes                |
 * | `set`       | `option=value`, at 0         | an option of all brokers, from the beginning                        |
 */

/** What can be done. */
export const ACTION_NAMES = [
  'kill',
  'powercut',
  'restart',
  'pause',
  'resume',
  'cut',
  'slow',
  'hold',
  'drop',
  'slowdisk',
  'fulldisk',
  'clock',
  'remove',
  'change',
  'heal',
  'send',
  'set',
] as const
export type ActionName = (typeof ACTION_NAMES)[number]

/** Something that the reader did to a run, at a virtual time. What `on` holds stands in the table above. */
export interface Action {
  readonly does: ActionName
  readonly on: string
  readonly atMs: number
}

/** `on` in its parts; parts that an action does not have are ''. */
export interface Target {
  readonly node: string
  /** The other end of a link. */
  readonly peer: string
  /** A key, a folder or the name of an option. */
  readonly name: string
  /** A number of milliseconds or bytes, or the value of an option. */
  readonly value: string
}

const NODE = '[A-Za-z0-9][A-Za-z0-9-]{0,39}'
const WORD = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,59}'
/** The longest time that an action may add to anything: a day. */
export const ADDED_MS_MAX = 86_400_000
/** The largest body of an order of the reader. */
export const SENT_BYTES_MAX = 4 * 1024 * 1024

const NODE_ALONE = new RegExp(`^(?<node>${NODE})$`)
const LINK = new RegExp(`^(?<node>${NODE})~(?<peer>${NODE})$`)
const FORMS: Readonly<Record<ActionName, RegExp>> = {
  kill: NODE_ALONE,
  powercut: NODE_ALONE,
  restart: NODE_ALONE,
  pause: NODE_ALONE,
  resume: NODE_ALONE,
  cut: NODE_ALONE,
  slow: new RegExp(`^(?<node>${NODE})~(?<peer>${NODE})=(?<value>\\d{1,8})$`),
  hold: LINK,
  drop: LINK,
  slowdisk: new RegExp(`^(?<node>${NODE})=(?<value>\\d{1,8})$`),
  fulldisk: NODE_ALONE,
  clock: new RegExp(`^(?<node>${NODE})=(?<value>-?\\d{1,8})$`),
  remove: new RegExp(`^(?<node>${NODE})/(?<name>${WORD}(?:/${WORD}){0,4})$`),
  change: new RegExp(`^(?<node>${NODE})/(?<name>[A-Za-z0-9]{1,60})=(?<value>${WORD})$`),
  heal: new RegExp(`^(?<node>${NODE})?$`),
  send: /^(?<name>[A-Za-z0-9-]{1,40})(?:=(?<value>\d{1,8}))?$/,
  set: new RegExp(`^(?<name>[A-Za-z0-9]{1,60})=(?<value>${WORD})$`),
}

/** `on` of an action in its parts; undefined when it is not written as the action asks for. */
export function targetOf(does: ActionName, on: string): Target | undefined {
  const groups = FORMS[does].exec(on)?.groups
  if (groups === undefined) return undefined
  const { node = '', peer = '', name = '', value = '' } = groups
  const isTooLarge =
    (does === 'send' && Number(value) > SENT_BYTES_MAX) ||
    (['slow', 'slowdisk', 'clock'].includes(does) && Math.abs(Number(value)) > ADDED_MS_MAX)
  return isTooLarge || (peer !== '' && peer === node) ? undefined : { node, peer, name, value }
}

/** What is done, in words without a time: `kill broker-a`, `slow the disk of broker-a by 200 ms`. */
export function actionWords({ does, on }: Pick<Action, 'does' | 'on'>): string {
  const target = targetOf(does, on)
  if (target === undefined) return `${does} ${on}`.trim()
  const { node, peer, name, value } = target
  switch (does) {
    case 'slow':
      return `slow the link between ${node} and ${peer} by ${value} ms`
    case 'hold':
      return `hold what ${node} sends ${peer}`
    case 'drop':
      return `break the connections between ${node} and ${peer}`
    case 'slowdisk':
      return `slow the disk of ${node} by ${value} ms`
    case 'fulldisk':
      return `fill the disk of ${node}`
    case 'clock':
      return `set the clock of ${node} ${Math.abs(Number(value)) / 1_000} s ${value.startsWith('-') ? 'back' : 'ahead'}`
    case 'remove':
      return `remove ${name} of ${node}`
    case 'change':
      return `give ${node} the option ${name}=${value}`
    case 'send':
      return value === '' ? `send ${name}` : `send ${name} with ${value} bytes`
    case 'set':
      return on
    default:
      return `${does} ${node}`.trim()
  }
}

/** What a run is called: its seed, when it is not the text's, and what was done. */
export function runWords(actions: readonly Action[], seed: number | undefined): string {
  const parts = actions.map(({ does, on, atMs }) =>
    does === 'set' ? on : `${actionWords({ does, on })} at ${(atMs / 1000).toFixed(3)} s`,
  )
  if (seed !== undefined) parts.unshift(`seed ${seed}`)
  return parts.join(', ') || 'The text’s run'
}
