/**
 * Remembers the forms of JSON headers, and reads a header of a remembered form by comparing texts.
 *
 * The requests of one program have nearly the same header. Only a few values change, such as `opaque` and the time of the
 * send. So the form of a header consists of fixed texts, with a changing value between each two of them:
 *
 * ```
 * {"code":310,"extFields":{"a":"group","b":"topic","g":"│1700000000000│","h":"0"},"flag":0,"language":"JAVA","opaque":│7│,"version":479}
 * ╰─────────────────────── fixed ──────────────────────╯  changing    ╰──────────────────── fixed ──────────────────╯ ╰╯╰─── fixed ───╯
 * ```
 *
 * A header has the form when all its fixed texts are the same. Then only the changing values are read. This needs about a
 * tenth of the time that a parser needs. A header that has no remembered form is read by `header-json.ts`, and then `learn`
 * remembers its form. At first, only `opaque` counts as changing. A value that differs in the next header becomes a changing
 * value, too.
 *
 * Invariant: the result is the result of `header-json.ts`, for every text. So only headers are remembered that this program
 * and the usual clients write: strict JSON without spaces, with texts in `extFields`, and without two equal names.
 *
 * RocketMQ has nothing like this. fastjson also finds the names of fields by comparing texts, in the generated readers of
 * its classes.
 */
import { INT_MAX } from '../common/bytes.ts'
import type { RemotingCommand } from './remoting-command.ts'

/** The max number of forms that are remembered. A server receives about eight kinds of frequent requests. */
const FORMS_MAX = 16
/** A longer header is never remembered. The texts of values share the memory of their header, so it must be small, too. */
const FORM_CHARACTERS_MAX = 1_024

/** The name of the only number of a header that changes. Each other changing value is a text in `extFields`. */
const OPAQUE = 'opaque'

/** A value of a header that may change, and its place in the text: without quotes, but with escape sequences. */
interface Place {
  /** The name of the ext field. Undefined for `opaque`. */
  readonly field: string | undefined
  readonly start: number
  readonly end: number
}

/** The form of some headers. */
interface HeaderForm {
  /** The text of the header without all values that may change. Headers with the same outline have the same form. */
  readonly outline: string
  /** The text of each value in a header of this form. */
  readonly values: readonly string[]
  /** For each value, whether it has changed. */
  readonly isChanging: readonly boolean[]
  /** Matches the headers of this form: the fixed texts, and a group for each changing value. */
  readonly pattern: RegExp
  /** The ext field of each group, or undefined for `opaque`. */
  readonly fields: readonly (string | undefined)[]
  /** A command with this form. */
  readonly sample: RemotingCommand
}

/** The forms of the headers that were read lately. */
export class HeaderMemory {
  readonly #forms: HeaderForm[] = []

  // #region read-form
  /** Returns the command with this header and this body. Returns undefined when the header has no remembered form. */
  read(header: string, body: Uint8Array | undefined): RemotingCommand | undefined {
    const forms = this.#forms
    for (let i = 0; i < forms.length; i++) {
      const command = commandOf(forms[i]!, header, body)
      if (command === undefined) continue
      // a form that is used moves forward, so the frequent forms are compared first
      if (i > 0) forms.splice(i - 1, 2, forms[i]!, forms[i - 1]!)
      return command
    }
    return undefined
  }
  // #endregion read-form

  /** Remembers the form of `header`. `command` is the result of `header-json.ts` for this header. */
  learn(header: string, command: RemotingCommand): void {
    const places = header.length <= FORM_CHARACTERS_MAX ? placesOf(header) : undefined
    if (places === undefined) return
    const outline = outlineOf(header, places)
    const at = this.#forms.findIndex((form) => form.outline === outline)
    const form = formOf(header, places, { ...command, body: undefined }, outline, this.#forms[at])
    if (at >= 0) this.#forms[at] = form
    else if (this.#forms.length < FORMS_MAX) this.#forms.push(form)
    else this.#forms[FORMS_MAX - 1] = form // so the forms that are used often stay
  }
}

/** Returns the form of a header. `known` is the form of an earlier header with the same outline. */
function formOf(
  header: string,
  places: readonly Place[],
  sample: RemotingCommand,
  outline: string,
  known: HeaderForm | undefined,
): HeaderForm {
  const values = places.map(({ start, end }) => header.slice(start, end))
  const isChanging = places.map(
    ({ field }, i) =>
      field === undefined || known?.isChanging[i] === true || (known?.values[i] ?? values[i]) !== values[i],
  )
  const changing = places.filter((_, i) => isChanging[i])
  let pattern = ''
  let from = 0
  for (const { field, start, end } of changing) {
    pattern += escaped(header.slice(from, start)) + (field === undefined ? DIGITS : CHARACTERS)
    from = end
  }
  return {
    outline,
    values,
    isChanging,
    pattern: new RegExp(`^${pattern}${escaped(header.slice(from))}$`),
    fields: changing.map(({ field }) => field),
    sample,
  }
}

/** Returns a pattern that matches only `text`. */
function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

/** Returns the command of `header`, or undefined when the header has another form. */
function commandOf(
  { pattern, fields, sample }: HeaderForm,
  header: string,
  body: Uint8Array | undefined,
): RemotingCommand | undefined {
  const match = pattern.exec(header)
  if (match === null) return undefined
  let { opaque } = sample
  let extFields: { [name: string]: string } | undefined
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]
    const value = match[i + 1]!
    if (field === undefined) opaque = Number(value)
    else {
      extFields ??= { ...sample.extFields }
      extFields[field] = value.includes('\\') ? (JSON.parse(`"${value}"`) as string) : value
    }
  }
  if (opaque > INT_MAX) return undefined
  const { code, language, version, flag, remark, serializeType } = sample
  return {
    code,
    language,
    version,
    opaque,
    flag,
    remark,
    extFields: extFields ?? sample.extFields,
    body,
    serializeType,
  }
}

/** Matches the value of `opaque`, and the characters of a text in strict JSON. No two alternatives match the same text. */
const DIGITS = '(0|[1-9]\\d{0,9})'
const CHARACTERS = '((?:[^"\\\\\\0-\\x1f]|\\\\(?:["\\\\/bfnrt]|u[0-9a-fA-F]{4}))*)'
const NAME = /"([^"\\\0-\x1f]+)":/y
const TEXT = /"((?:[^"\\\0-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"/y
const NUMBER = /-?(?:0|[1-9]\d*)/y

/** Returns the values of `header` that may change, in their order, or undefined when the form of `header` is unusual. */
function placesOf(header: string): readonly Place[] | undefined {
  const places: Place[] = []
  const names = new Set<string>()
  let at = 0
  /** Moves behind the text that matches `pattern`, and returns its group. */
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const match = pattern.exec(header)
    if (match === null) return undefined
    at = pattern.lastIndex
    return match[1] ?? match[0]
  }
  const takes = (character: string) => header[at] === character && ++at > 0
  /** Reads the members of an object. Returns false when the object is unusual. */
  const object = (prefix: string, value: (name: string) => boolean): boolean => {
    if (!takes('{')) return false
    do {
      const name = take(NAME)
      // an ordinary assignment to `__proto__` would not add a field
      if (name === undefined || name === '__proto__' || names.has(prefix + name)) return false
      names.add(prefix + name)
      if (!value(name)) return false
    } while (takes(','))
    return takes('}')
  }
  const field = (name: string): boolean => {
    const start = at + 1
    if (take(TEXT) === undefined) return false
    places.push({ field: name, start, end: at - 1 })
    return true
  }
  const member = (name: string): boolean => {
    if (name === 'extFields') return object('extFields ', field)
    const start = at
    if (name !== OPAQUE) return take(NUMBER) !== undefined || take(TEXT) !== undefined
    if (take(NUMBER) === undefined) return false
    places.push({ field: undefined, start, end: at })
    return true
  }
  const isUsual = object('', member) && at === header.length && names.has(OPAQUE)
  return isUsual ? places : undefined
}

/** Returns `header` without the values that may change. */
function outlineOf(header: string, places: readonly Place[]): string {
  let outline = ''
  let from = 0
  for (const { start, end } of places) {
    outline += header.slice(from, start)
    from = end
  }
  return outline + header.slice(from)
}
