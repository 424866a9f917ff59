/**
 * An experiment as the text of a link, and as a file.
 *
 * ```
 * 1;s7;namesrv:namesrv;broker:broker-a,q8,s1;producer:shop,r20;group:billing,m3;@5000,kill,broker-a;t12000
 * ```
 *
 * | part                         | what                                                                          |
 * | ---------------------------- | ----------------------------------------------------------------------------- |
 * | `1`                          | version of the form                                                           |
 * | `s7`                         | seed                                                                          |
 * | `kind:name,field…`           | a member; a field is its letter and its value, and left out when it is usual  |
 * | `!option=value`              | an option of all brokers                                                      |
 * | `@ms,does,on`                | an act; `add` and `vary` go on with `kind` and fields                         |
 * | `n…`                         | title, with `_` for a space                                                   |
 * | `t12000`                     | the moment, in ms                                                             |
 *
 * Only characters that the fragment of an address holds as they are, but for letters of a title beyond ASCII. There is one text for
 * each experiment: what is read and written again is the same.
 */
import { type Act, type Experiment, ExperimentFault, experimentFrom, type Member } from './experiment.ts'
import { FIELDS, KINDS, type Kind, usual, type Value, type Values } from './fields.ts'
import { FILE_CHARS_MAX, LINK_CHARS_MAX } from './limits.ts'

const VERSION = '1'
/** What a file says it is. */
const FORMAT = 'glassmq-experiment'

/** The text of an experiment, for the fragment of a link. It may be longer than `LINK_CHARS_MAX`; then a file is the way. */
export function writeText(experiment: Experiment): string {
  const { title, seed, cast, settings, acts, atMs } = experiment
  const parts = [
    VERSION,
    ...(seed === 1 ? [] : [`s${seed}`]),
    ...cast.map(memberText),
    ...Object.entries(settings).map(([name, value]) => `!${name}=${value}`),
    ...acts.map(actText),
    ...(title === '' ? [] : [`n${encodeURIComponent(title.replaceAll(' ', '_'))}`]),
    ...(atMs === 0 ? [] : [`t${atMs}`]),
  ]
  return parts.join(';')
}

/** The experiment in the text of a link, with or without `#`. Throws `ExperimentFault`. */
export function readText(text: string): Experiment {
  const plain = text.replace(/^#/, '')
  if (plain.length > LINK_CHARS_MAX)
    throw new ExperimentFault(
      `The link has ${plain.length} characters; at most ${LINK_CHARS_MAX} are read. Use a file.`,
    )
  const [version, ...parts] = plain.split(';')
  if (version !== VERSION)
    throw new ExperimentFault('The link does not begin like an experiment; the playground shows its first one instead.')
  const it: Record<string, unknown> & { cast: unknown[]; acts: unknown[]; settings: Record<string, string> } = {
    cast: [],
    acts: [],
    settings: Object.create(null) as Record<string, string>,
  }
  for (const part of parts) readPart(part, it)
  return experimentFrom({ ...it, settings: { ...it.settings } })
}

/** The experiment as the text of a file. */
export function writeFile(experiment: Experiment): string {
  return `${JSON.stringify({ format: FORMAT, version: 1, ...experiment }, null, 2)}\n`
}

/** The experiment in the text of a file. Throws `ExperimentFault`. */
export function readFile(text: string): Experiment {
  if (text.length > FILE_CHARS_MAX)
    throw new ExperimentFault(`The file has ${text.length} characters; at most ${FILE_CHARS_MAX} are read.`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new ExperimentFault('The file is not JSON; choose a file that the playground has saved.')
  }
  const { format, version, ...experiment } = (value ?? {}) as Record<string, unknown>
  if (format !== FORMAT || version !== 1)
    throw new ExperimentFault('The file is not an experiment of the playground; choose a file that it has saved.')
  return experimentFrom(experiment)
}

function memberText({ kind, name, values }: Member): string {
  return [`${kind}:${name}`, ...fieldTexts(kind, values, true)].join(',')
}

function actText({ atMs, does, on, kind, values = {} }: Act): string {
  const head = `@${atMs},${does},${on}`
  if (kind === undefined) return head
  return [head, kind, ...fieldTexts(kind, values, does === 'add')].join(',')
}

function fieldTexts(kind: Kind, values: Values, isUsualLeftOut: boolean): string[] {
  return Object.entries(FIELDS[kind])
    .filter(([name, field]) => values[name] !== undefined && !(isUsualLeftOut && values[name] === usual(field)))
    .map(([name, field]) => {
      const value = values[name]!
      return `${field.letter}${field.kind === 'word' ? field.words.indexOf(String(value)) : value}`
    })
}

function readPart(
  part: string,
  it: Record<string, unknown> & { cast: unknown[]; acts: unknown[]; settings: Record<string, string> },
): void {
  const member = /^([a-z]+):([^,]*)(?:,(.*))?$/.exec(part)
  if (member !== null) {
    const [, kind, name, fields] = member
    it.cast.push({ kind, name, values: fieldsIn(kind!, fields) })
    return
  }
  const rest = part.slice(1)
  if (part.startsWith('@')) it.acts.push(actIn(rest))
  else if (part.startsWith('!')) {
    const at = rest.indexOf('=')
    it.settings[rest.slice(0, Math.max(0, at))] = rest.slice(at + 1)
  } else if (/^s\d{1,10}$/.test(part)) it['seed'] = Number(rest)
  else if (/^t\d{1,10}$/.test(part)) it['atMs'] = Number(rest)
  else if (part.startsWith('n')) it['title'] = titleIn(rest)
  else throw new ExperimentFault(`The link has a part that means nothing: “${part.slice(0, 30)}”.`)
}

function actIn(text: string): unknown {
  const [atMs = '', does, on, kind, ...fields] = text.split(',')
  const act = { atMs: /^\d{1,10}$/.test(atMs) ? Number(atMs) : -1, does, on }
  return kind === undefined ? act : { ...act, kind, values: fieldsIn(kind, fields.join(',')) }
}

function fieldsIn(kind: string, text: string | undefined): Record<string, Value> {
  const values: Record<string, Value> = {}
  if (!KINDS.includes(kind as Kind)) return values // the validator says what is wrong
  const fields = Object.entries(FIELDS[kind as Kind])
  for (const part of (text ?? '').split(',')) {
    if (part === '') continue
    const [name, field] = fields.find(([, { letter }]) => letter === part[0]) ?? []
    if (name === undefined || field === undefined)
      throw new ExperimentFault(`The link sets “${part.slice(0, 30)}” of a ${kind}, which has no such field.`)
    const value = part.slice(1)
    if (field.kind === 'whole') values[name] = /^\d{1,7}$/.test(value) ? Number(value) : Number.NaN
    else
      values[name] = field.kind === 'word' ? (field.words[/^\d{1,2}$/.test(value) ? Number(value) : -1] ?? '?') : value
  }
  return values
}

function titleIn(text: string): string {
  try {
    return decodeURIComponent(text).replaceAll('_', ' ')
  } catch {
    throw new ExperimentFault('The title in the link is not well written.')
  }
}
