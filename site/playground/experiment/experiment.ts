/**
 * An experiment: cast, settings, what is done when, seed and moment. Plain data that says all about a run: the same experiment is
 * the same run, to the byte, in Node and in a page.
 *
 * Whatever comes from outside (a link, a file) passes `experimentFrom`, which returns an experiment in its one canonical form or
 * throws `ExperimentFault` with one sentence.
 */
import { type ActionName, actionWords, targetOf } from '../../figures/kit/actions.ts'
import { FIELDS, fieldFault, KINDS, type Kind, usualValues, type Values } from './fields.ts'
import * as limits from './limits.ts'

/** Somebody in the cast. `values` holds every field of its kind. */
export interface Member {
  readonly kind: Kind
  readonly name: string
  readonly values: Values
}

/**
 * What is done to a run. Beside the faults of the figure kit (`on` as `site/figures/kit/actions.ts` says):
 *
 * | does     | `on`             | `values`              | what it does                                            |
 * | -------- | ---------------- | --------------------- | ------------------------------------------------------- |
 * | `add`    | name             | all fields            | a member of `kind` starts                               |
 * | `stop`   | node or member   |                       | it is shut down in good order                           |
 * | `vary`   | name of a member | the fields to change  | `updateTopic`, a start or a stop, a changed program     |
 * | `burst`  | `name=n`         |                       | a producer sends so many messages at once               |
 * | `remove` | name of a member |                       | all its nodes are shut down, and it leaves the cast     |
 * | `split`  | `node+node…`     |                       | nothing passes between these nodes and all others       |
 */
export interface Act {
  readonly atMs: number
  readonly does: ActName
  readonly on: string
  readonly kind?: Kind
  readonly values?: Values
}

/** What can be done: faults of the kit that have a meaning here, and changes of the cast. */
export const FAULT_NAMES = [
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
  'heal',
] as const satisfies readonly ActionName[]
export const ACT_NAMES = [...FAULT_NAMES, 'add', 'stop', 'remove', 'vary', 'burst', 'split'] as const
export type ActName = (typeof ACT_NAMES)[number]

export interface Experiment {
  readonly title: string
  readonly seed: number
  readonly cast: readonly Member[]
  /** Options of all brokers, by name. */
  readonly settings: Readonly<Record<string, string>>
  readonly acts: readonly Act[]
  /** The moment that is shown first, in ms. */
  readonly atMs: number
}

/** Something from outside is not an experiment; the message is one sentence for the reader. */
export class ExperimentFault extends Error {
  override readonly name = 'ExperimentFault'
}

/** Names of members. Nodes are named after them: `billing-1` is a member of `billing`, `broker-a-s1` a slave of `broker-a`. */
const NAME = /^[a-z][a-z0-9]{0,11}(-[a-z0-9]{1,4})?$/
const TITLE = /^[\p{L}\p{N} .,!?’'():–-]*$/u
const SETTING = /^[A-Za-z0-9]{1,40}$/
const SETTING_VALUE = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,40}$/
const SPLIT = /^[a-z0-9-]{1,40}(\+[a-z0-9-]{1,40}){0,11}$/
const BURST = /^([a-z0-9-]+)=(\d{1,5})$/
/** The largest number of messages that a producer sends at once. */
export const BURST_MAX = 2_000

/** The experiment in `value`, which may be anything. Throws `ExperimentFault`. */
export function experimentFrom(value: unknown): Experiment {
  const it = objectOf(value, 'The experiment')
  const { title = '', seed = 1, cast, settings = {}, acts = [], atMs = 0 } = it
  if (typeof title !== 'string' || title.length > limits.TITLE_CHARS_MAX || !TITLE.test(title))
    fault(`The title must be at most ${limits.TITLE_CHARS_MAX} letters, digits and points.`)
  wholeIn(seed, 0, limits.SEED_MAX, 'The seed')
  wholeIn(atMs, 0, limits.RUN_MS_MAX, 'The moment')
  const members = listOf(cast, 24, 'The cast').map((one, i) => memberFrom(one, `The member ${i + 1} of the cast`))
  const made = {
    title,
    seed,
    cast: members,
    settings: settingsFrom(settings),
    acts: actsFrom(acts),
    atMs,
  } as Experiment
  checkTogether(made)
  return made
}

/**
 * The experiment with one more act, after those of the same moment. What is done later stays: a reader may ask what would have been
 * with a slave when the broker dies.
 */
export function withAct(experiment: Experiment, act: Act): Experiment {
  const { acts } = experiment
  const later = acts.filter(({ atMs }) => atMs > act.atMs)
  return experimentFrom({
    ...experiment,
    acts: [...acts.slice(0, acts.length - later.length), act, ...later],
    atMs: act.atMs,
  })
}

/** The experiment without an act, at the moment of it. Throws `ExperimentFault` when a later act needs it. */
export function withoutAct(experiment: Experiment, act: Act): Experiment {
  return experimentFrom({ ...experiment, acts: experiment.acts.filter((one) => one !== act), atMs: act.atMs })
}

/** The cast after all acts up to a moment: who was added is there, who was removed is not, changed fields have their new values. */
export function castAt({ cast, acts }: Pick<Experiment, 'cast' | 'acts'>, atMs: number): readonly Member[] {
  const members = new Map(cast.map((one) => [one.name, one]))
  for (const act of acts) {
    if (act.atMs > atMs) continue
    const known = members.get(act.on)
    if (act.does === 'add') members.set(act.on, { kind: act.kind!, name: act.on, values: act.values! })
    if (act.does === 'remove') members.delete(act.on)
    if (act.does === 'vary' && known !== undefined)
      members.set(act.on, { ...known, values: { ...known.values, ...act.values } })
  }
  return [...members.values()]
}

/** The nodes of a member. */
export function nodesOf({ kind, name, values }: Member): readonly string[] {
  if (kind === 'broker') return [name, ...count(Number(values['slaves'])).map((i) => `${name}-s${i}`)]
  if (kind === 'controller') return count(Number(values['machines'])).map((i) => `${name}-${i}`)
  return kind === 'group' ? count(Number(values['members'])).map((i) => `${name}-${i}`) : [name]
}

/** The name that the next member of a kind gets: one that nobody has or had, whose disk would still be there. */
export function nextName({ cast, acts }: Pick<Experiment, 'cast' | 'acts'>, kind: Kind): string {
  const added = acts.filter(({ does }) => does === 'add').map(({ on }) => on)
  const used = [...cast.map(({ name }) => name), ...added]
  const names: Readonly<Record<Kind, readonly string[]>> = {
    namesrv: ['namesrv', 'namesrv-b', 'namesrv-c', 'namesrv-d'],
    controller: ['controller'],
    broker: [...'abcdef'].map((letter) => `broker-${letter}`),
    producer: ['shop', 'kiosk', 'app', 'web', 'till', 'cafe'],
    group: ['billing', 'mailing', 'stock', 'reports'],
  }
  return names[kind].find((name) => !used.includes(name)) ?? ''
}

function count(n: number): readonly number[] {
  return Array.from({ length: n }, (_, i) => i + 1)
}

function memberFrom(value: unknown, what: string): Member {
  const { kind, name, values = {} } = objectOf(value, what)
  if (!KINDS.includes(kind as Kind)) fault(`${what} has the kind ${shown(kind)}; kinds are ${KINDS.join(', ')}.`)
  if (typeof name !== 'string' || !NAME.test(name) || name === 'operator')
    fault(`${what} has the name ${shown(name)}; a name looks like broker-a.`)
  return {
    kind: kind as Kind,
    name,
    values: { ...usualValues(kind as Kind), ...valuesFrom(kind as Kind, values, name) },
  }
}

function valuesFrom(kind: Kind, value: unknown, name: string): Values {
  const given = objectOf(value, `What ${name} is set to`)
  for (const field of Object.keys(given))
    if (!Object.hasOwn(FIELDS[kind], field)) fault(`${name} has no field ${shown(field)}.`)
  // the order of the table, whatever the order of the input: one experiment has one text
  const entries = Object.entries(FIELDS[kind]).filter(([field]) => given[field] !== undefined)
  for (const [field, about] of entries) {
    const wrong = fieldFault(about, given[field])
    if (wrong !== '') fault(`${about.label} of ${name} ${wrong}.`)
  }
  return Object.fromEntries(entries.map(([field]) => [field, given[field] as Values[string]]))
}

function settingsFrom(value: unknown): Experiment['settings'] {
  const entries = Object.entries(objectOf(value, 'The settings'))
  if (entries.length > limits.SETTINGS_MAX)
    fault(`There are ${entries.length} settings; at most ${limits.SETTINGS_MAX} fit.`)
  for (const [name, set] of entries)
    if (!SETTING.test(name) || typeof set !== 'string' || !SETTING_VALUE.test(set))
      fault(`The setting ${shown(name)} must look like flushDiskType=SYNC_FLUSH.`)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)) as [string, string][])
}

function actsFrom(value: unknown): readonly Act[] {
  const acts = listOf(value, limits.ACTS_MAX, 'The list of acts').map((one, i) => actFrom(one, `Act ${i + 1}`))
  return acts.sort((a, b) => a.atMs - b.atMs)
}

function actFrom(value: unknown, what: string): Act {
  const { atMs, does, on, kind, values = {} } = objectOf(value, what)
  wholeIn(atMs, 0, limits.RUN_MS_MAX, `The time of ${what.toLowerCase()}`)
  const act = { atMs: atMs as number, does: does as ActName, on: String(on) }
  if (typeof on !== 'string' || !ACT_NAMES.includes(act.does)) fault(`${what} does ${shown(does)}, which is not known.`)
  if (act.does === 'add') {
    const { name, values: all } = memberFrom({ kind, name: on, values }, what)
    return { ...act, kind: kind as Kind, on: name, values: all }
  }
  if (act.does === 'vary') {
    if (!KINDS.includes(kind as Kind)) fault(`${what} changes a member of the kind ${shown(kind)}, which is not known.`)
    const changed = valuesFrom(kind as Kind, values, act.on)
    const fixed = Object.keys(changed).find((field) => FIELDS[kind as Kind][field]!.isFixed)
    if (fixed !== undefined)
      fault(`${what} changes ${FIELDS[kind as Kind][fixed]!.label} of ${act.on}, which is fixed from its start on.`)
    return { ...act, kind: kind as Kind, values: changed }
  }
  if (act.does === 'burst') {
    const match = BURST.exec(act.on)
    if (match === null || Number(match[2]) < 1 || Number(match[2]) > BURST_MAX)
      fault(`${what} must look like shop=100, with 1 to ${BURST_MAX} messages.`)
    return act
  }
  if (act.does === 'split') {
    if (!SPLIT.test(act.on)) fault(`${what} must look like broker-b+billing-2.`)
    return act
  }
  if (targetOf(formOf(act.does), act.on) === undefined) fault(`${what} cannot ${act.does} ${shown(on)}.`)
  return act
}

/** What can only be seen when everything is known: names, numbers of nodes, messages a second. */
function checkTogether(it: Experiment): void {
  const names = it.cast.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) fault(`There are two members with the name ${twice}.`)
  for (const act of it.acts) if (act.does !== 'add') checkTarget(it, act)
  const everybody = castAt(it, Number.POSITIVE_INFINITY)
  for (const [kind, max] of Object.entries(limits.CAST_MAX)) {
    const there = everybody.filter((one) => one.kind === kind).length
    if (there > max) fault(`There are ${there} of the kind ${kind}; at most ${max} fit.`)
  }
  const nodes = everybody.flatMap(nodesOf)
  if (nodes.length > limits.NODES_MAX - 1)
    fault(`There are ${nodes.length} nodes; at most ${limits.NODES_MAX - 1} fit.`)
  if (new Set(nodes).size < nodes.length) fault('Two nodes would have the same name; give one of them another name.')
  const rate = everybody.reduce((sum, { values }) => sum + Number(values['rate'] ?? 0), 0)
  if (rate > limits.RATE_MAX) fault(`All producers send ${rate} messages a second; at most ${limits.RATE_MAX} fit.`)
}

function checkTarget({ cast, acts }: Experiment, act: Act): void {
  // what is done before it: a removal finds its member
  const known = castAt({ cast, acts: acts.slice(0, acts.indexOf(act)) }, act.atMs)
  if (act.does === 'vary') {
    if (!known.some(({ name, kind }) => name === act.on && kind === act.kind))
      fault(`At ${act.atMs} ms there is no ${act.kind} with the name ${shown(act.on)} to change.`)
    return
  }
  const nodes = targetsOf(act)
  const all = known.flatMap((one) => [one.name, ...nodesOf(one), ...laterNodes(one)])
  if (act.does === 'remove' && !known.some(({ name }) => name === act.on))
    fault(`At ${act.atMs} ms there is no member with the name ${shown(act.on)} to remove.`)
  const missing = nodes.find((one) => !all.includes(one))
  if (missing !== undefined) fault(`At ${act.atMs} ms there is no node with the name ${shown(missing)}.`)
}

/** The nodes that an act names. */
function targetsOf({ does, on }: Act): readonly string[] {
  if (does === 'split') return on.split('+')
  if (does === 'burst') return [BURST.exec(on)![1]!]
  const { node, peer } = targetOf(formOf(does), on)!
  return [node, peer].filter((one) => one !== '')
}

/** The fault of the kit whose target is written in the same way. */
function formOf(does: ActName): ActionName {
  return (FAULT_NAMES as readonly string[]).includes(does) ? (does as ActionName) : 'kill'
}

/** Members that a group may have had before. */
function laterNodes({ kind, name }: Member): readonly string[] {
  return kind === 'group' ? count(12).map((i) => `${name}-${i}`) : []
}

/** What is done, in a few words: `kill broker-a`, `add kiosk`. */
export function actTitle({ does, on, kind, values }: Act): string {
  if (does === 'add') return `add ${on}`
  if (does === 'remove') return `remove ${on}`
  if (does === 'stop') return `stop ${on}`
  if (does === 'split') return `cut ${on.replaceAll('+', ' and ')} off from the others`
  if (does === 'burst') return `burst of ${on.split('=')[1]} from ${on.split('=')[0]}`
  if (does === 'vary')
    return `${on}: ${Object.entries(values ?? {})
      .map(
        ([name, value]) => `${kind === undefined ? name : FIELDS[kind][name]!.label} ${value === '' ? 'none' : value}`,
      )
      .join(', ')}`
  if (does === 'pause' || does === 'resume') return `${does === 'pause' ? 'freeze' : 'unfreeze'} ${on}`
  return actionWords({ does: formOf(does), on })
}

function fault(sentence: string): never {
  throw new ExperimentFault(sentence)
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')
  return `“${text.length > 30 ? `${text.slice(0, 30)}…` : text}”`
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    fault(`${what} is not an object with fields.`)
  return value as Record<string, unknown>
}

function listOf(value: unknown, max: number, what: string): readonly unknown[] {
  if (!Array.isArray(value)) fault(`${what} is not a list.`)
  if (value.length > max) fault(`${what} has ${value.length} entries; at most ${max} fit.`)
  return value
}

function wholeIn(value: unknown, min: number, max: number, what: string): void {
  if (!Number.isSafeInteger(value) || Number(value) < min || Number(value) > max)
    fault(`${what} must be a whole number from ${min} to ${max}.`)
}
