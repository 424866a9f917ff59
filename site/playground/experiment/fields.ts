/**
 * What each member of a playground's cast can be set to: one table, of which the validator, the text of a link, the form of the page
 * and the words of the event list are made.
 *
 * A field is a whole number, one of a few words, or a short list of numbers. Its letter names it in a link. A field that is not
 * written has its default.
 */

/** A whole number. */
export interface WholeField {
  readonly kind: 'whole'
  readonly min: number
  readonly max: number
  readonly usual: number
  /** What stands behind the number, such as `ms`. */
  readonly unit: string
  /** What 0 means, when it is not a number of something. */
  readonly zero?: string
  /** Numbers that the page offers on its slider; all from `min` to `max` when left out. */
  readonly steps?: readonly number[]
}

/** One of a few words; the first is the default. In a link, a word is written by its place in the list. */
export interface WordField {
  readonly kind: 'word'
  readonly words: readonly string[]
}

/** Numbers of messages, such as `7+12`; none by default. */
export interface NumbersField {
  readonly kind: 'numbers'
  readonly max: number
  readonly count: number
}

/** What all fields have. */
export interface FieldCommon {
  /** How a link names it. */
  readonly letter: string
  /** How the page calls it. */
  readonly label: string
  /** What it means, in one sentence. */
  readonly says: string
  /** It stands in the configuration of running processes, and cannot be changed while they run. */
  readonly isFixed?: boolean
  /** Shown only when this holds for the other values; a field that is not shown keeps its value. */
  readonly when?: (values: Values) => boolean
}

export type Field = FieldCommon & (WholeField | WordField | NumbersField)
export type Value = number | string
export type Values = Readonly<Record<string, Value>>

/** What can be in a cast. A slave belongs to its broker, a member to its group. */
export const KINDS = ['namesrv', 'controller', 'broker', 'producer', 'group'] as const
export type Kind = (typeof KINDS)[number]

const SERVICE_STEPS = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000]
const RATE_STEPS = [0, 1, 2, 5, 10, 20, 30, 40, 50, 75, 100, 150, 200]
const isDelayed = ({ mode }: Values) => mode === 'delayed'
const isTransaction = ({ mode }: Values) => mode === 'transaction'

/** The fields of each kind, in the order of forms and links. */
export const FIELDS: Readonly<Record<Kind, Readonly<Record<string, Field>>>> = {
  namesrv: {},
  controller: {
    machines: {
      ...{ kind: 'whole', min: 1, max: 3, usual: 1, unit: '', steps: [1, 3] },
      ...{ letter: 'm', label: 'Controllers', says: 'Machines of the group. Of three, one may die.' },
      isFixed: true,
    },
  },
  broker: {
    queues: {
      ...{ kind: 'whole', min: 1, max: 16, usual: 4, unit: '' },
      ...{ letter: 'q', label: 'Queues', says: 'Lanes of the topic Orders on this broker. One member reads one lane.' },
    },
    slaves: {
      ...{ kind: 'whole', min: 0, max: 2, usual: 0, unit: '' },
      ...{ letter: 's', label: 'Slaves', says: 'Machines that hold a copy of everything that this broker stores.' },
    },
    flush: {
      ...{ kind: 'word', words: ['async', 'sync'] },
      ...{
        letter: 'f',
        label: 'Flush',
        says: 'sync: the disk has a message before the producer is told OK. A change starts the broker again.',
      },
    },
    copy: {
      ...{ kind: 'word', words: ['async', 'sync'] },
      ...{
        letter: 'c',
        label: 'Copy',
        says: 'sync: a slave has a message before the producer is told OK. A change starts the broker and its slaves again.',
      },
      when: ({ slaves }) => Number(slaves) > 0,
    },
    master: {
      ...{ kind: 'word', words: ['fixed', 'elected'] },
      ...{
        letter: 'e',
        label: 'Master',
        says: 'elected: the controller makes a slave the master when the master dies. It needs a controller. A change starts them again.',
      },
      when: ({ slaves }) => Number(slaves) > 0,
    },
  },
  producer: {
    rate: {
      ...{ kind: 'whole', min: 0, max: 200, usual: 10, unit: 'a second', steps: RATE_STEPS },
      ...{ letter: 'r', label: 'Rate', says: 'Messages that it sends in a second.' },
    },
    mode: {
      ...{ kind: 'word', words: ['sync', 'async', 'oneway', 'batch', 'delayed', 'transaction'] },
      ...{
        letter: 'm',
        label: 'How it sends',
        says: 'sync and async: it waits for the answer of the broker. oneway: it never learns what became of the message.',
      },
    },
    wait: {
      ...{ kind: 'whole', min: 1, max: 3_600, usual: 10, unit: 's', steps: [1, 2, 5, 10, 30, 60, 300, 1_800, 3_600] },
      ...{ letter: 'w', label: 'Delivered after', says: 'How long the broker keeps a delayed message back.' },
      when: isDelayed,
    },
    due: {
      ...{
        kind: 'whole',
        min: 0,
        max: 7_200,
        usual: 0,
        unit: 's',
        zero: 'each its own',
        steps: [0, 30, 60, 90, 120, 300, 600],
      },
      ...{
        letter: 'd',
        label: 'All due at second',
        says: 'All delayed messages are due at this second of the run, or each after its own time.',
      },
      when: isDelayed,
    },
    takes: {
      ...{ kind: 'whole', min: 0, max: 30_000, usual: 200, unit: 'ms', steps: SERVICE_STEPS },
      ...{
        letter: 'l',
        label: 'Transaction takes',
        says: 'Time of the local transaction, between the half message and the commit.',
      },
      when: isTransaction,
    },
    rollback: {
      ...{ kind: 'whole', min: 0, max: 100, usual: 0, unit: '%' },
      ...{ letter: 'b', label: 'Rolled back', says: 'Share of its transactions that end with a rollback.' },
      when: isTransaction,
    },
    keys: {
      ...{
        kind: 'whole',
        min: 0,
        max: 1_000,
        usual: 0,
        unit: '',
        zero: 'none',
        steps: [0, 1, 2, 4, 8, 16, 32, 64, 256, 1_000],
      },
      ...{
        letter: 'k',
        label: 'Customers',
        says: 'Messages of one customer go to one queue. Without customers, the queues take turns.',
      },
    },
    hot: {
      ...{ kind: 'whole', min: 0, max: 100, usual: 0, unit: '%' },
      ...{ letter: 'h', label: 'Of one customer', says: 'Share of the messages that one customer sends: a hot key.' },
      when: ({ keys }) => Number(keys) > 0,
    },
    tags: {
      ...{ kind: 'whole', min: 1, max: 4, usual: 3, unit: '' },
      ...{ letter: 't', label: 'Tags', says: 'Kinds of order: coffee, tea, cocoa, cake.' },
    },
    bytes: {
      ...{
        kind: 'whole',
        min: 10,
        max: 100_000,
        usual: 40,
        unit: 'bytes',
        steps: [10, 40, 100, 1_000, 10_000, 100_000],
      },
      ...{ letter: 'z', label: 'Body', says: 'Size of a message’s body.' },
    },
    total: {
      ...{
        kind: 'whole',
        min: 0,
        max: 100_000,
        usual: 0,
        unit: '',
        zero: 'never',
        steps: [0, 1, 10, 100, 1_000, 10_000],
      },
      ...{ letter: 'c', label: 'Stops after', says: 'Messages after which it stops.' },
    },
  },
  group: {
    members: {
      ...{ kind: 'whole', min: 1, max: 12, usual: 2, unit: '' },
      ...{ letter: 'm', label: 'Members', says: 'Processes that share the work of this group.' },
    },
    service: {
      ...{ kind: 'whole', min: 0, max: 30_000, usual: 50, unit: 'ms', steps: SERVICE_STEPS },
      ...{ letter: 's', label: 'Time for one', says: 'How long the listener works on one message.' },
    },
    threads: {
      ...{ kind: 'whole', min: 1, max: 64, usual: 1, unit: '', steps: [1, 2, 4, 8, 16, 20, 64] },
      ...{ letter: 't', label: 'Works on at once', says: 'Messages that one member works on at the same time.' },
    },
    fails: {
      ...{ kind: 'whole', min: 0, max: 100, usual: 0, unit: '%' },
      ...{ letter: 'f', label: 'Fails', says: 'Share of the tries in which the listener fails.' },
    },
    poison: {
      ...{ kind: 'numbers', max: 100_000, count: 5 },
      ...{
        letter: 'p',
        label: 'Fails always at',
        says: 'Messages that fail every time, by their numbers: 7+12 is shop-7 and shop-12.',
      },
    },
    retries: {
      ...{ kind: 'whole', min: 0, max: 16, usual: 16, unit: '' },
      ...{ letter: 'x', label: 'Retries', says: 'Tries after the first; then the message is a dead letter.' },
    },
    mode: {
      ...{ kind: 'word', words: ['concurrent', 'orderly', 'broadcast', 'pop'] },
      ...{
        letter: 'o',
        label: 'How it reads',
        says: 'orderly: one after another in each queue. broadcast: every member gets everything. pop: the broker shares out single messages.',
      },
    },
    share: {
      ...{ kind: 'word', words: ['AVG', 'AVG_BY_CIRCLE', 'CONSISTENT_HASH'] },
      ...{
        letter: 'a',
        label: 'Queues are shared',
        says: 'AVG: neighbours to one member. AVG_BY_CIRCLE: in turn. CONSISTENT_HASH: a change moves few queues.',
      },
      when: ({ mode }) => mode !== 'pop' && mode !== 'broadcast',
    },
    tag: {
      ...{ kind: 'word', words: ['all', 'coffee', 'tea', 'cocoa', 'cake'] },
      ...{ letter: 'y', label: 'Asks for', says: 'The tag of the messages that this group asks for.' },
    },
  },
}

/** The default of a field. */
export function usual(field: Field): Value {
  return field.kind === 'whole' ? field.usual : field.kind === 'word' ? field.words[0]! : ''
}

/** The defaults of a kind. */
export function usualValues(kind: Kind): Values {
  return Object.fromEntries(Object.entries(FIELDS[kind]).map(([name, field]) => [name, usual(field)]))
}

/** Why `value` is not a value of the field: the end of a sentence that begins with the field. '' when it is one. */
export function fieldFault(field: Field, value: unknown): string {
  if (field.kind === 'whole') {
    const isIn = Number.isSafeInteger(value) && Number(value) >= field.min && Number(value) <= field.max
    return isIn ? '' : `must be a whole number from ${field.min} to ${field.max}`
  }
  if (field.kind === 'word')
    return field.words.includes(value as string) ? '' : `must be one of ${field.words.join(', ')}`
  const numbers = numbersIn(value)
  return numbers !== undefined && numbers.length <= field.count && numbers.every((one) => one >= 1 && one <= field.max)
    ? ''
    : `must be at most ${field.count} numbers from 1 to ${field.max}, such as 7+12`
}

/** The numbers in a text such as `7+12`; undefined when it is not such a text. */
export function numbersIn(value: unknown): readonly number[] | undefined {
  if (value === '') return []
  return typeof value === 'string' && /^[1-9]\d{0,5}(\+[1-9]\d{0,5})*$/.test(value)
    ? value.split('+').map(Number)
    : undefined
}

/** A value as the page writes it: `never`, `32`, `50 ms`. */
export function valueWords(field: Field | undefined, value: Value): string {
  if (value === '') return 'none'
  if (field?.kind !== 'whole') return String(value)
  if (value === 0 && field.zero !== undefined) return field.zero
  const count = Number(value).toLocaleString('en')
  return field.unit === '' ? count : field.unit === 'a second' ? `${count}/s` : `${count} ${field.unit}`
}
