/**
 * Writes JSON headers. The headers of one kind have the same text, except for `opaque` and the values of the ext fields. So
 * the texts between these values are kept, and most headers are written by joining the kept texts and the values:
 *
 * ```
 * {"code":0,"extFields":{"msgId":"│7F00…│","queueId":"│3│"},"flag":1,"language":"OTHER","opaque":│17│,"version":479}
 * ╰─────────── kept ─────────────╯ value ╰─── kept ──╯value╰────────────── kept ────────────────╯value╰─── kept ───╯
 * ```
 *
 * This needs half the time of `JSON.stringify`, which searches each name and each text for characters to escape.
 *
 * Invariant: the text is the text of `JSON.stringify`, for every header.
 *
 * RocketMQ: `RemotingSerializable.encode`. fastjson also keeps the texts of the names.
 */
import { languageName, type RemotingCommand } from './remoting-command.ts'

/** The max number of kinds of headers whose texts are kept. */
const FORMS_MAX = 16
/** A value up to this length is compared with the value of the header before. */
const SHORT_VALUE = 64
/** A text that needs no escape sequence in JSON. */
const PLAIN_TEXT = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/

/** The kept texts of one kind of headers. */
interface WrittenForm {
  readonly code: number
  readonly flag: number
  readonly language: number
  readonly version: number
  readonly remark: string | undefined
  /** The names of the ext fields. Undefined when the headers have none. */
  readonly names: readonly string[] | undefined
  /** The text before the value of each ext field. */
  readonly before: readonly string[]
  readonly beforeOpaque: string
  readonly last: string
  /** For each ext field, a short value that needs no escape sequence: its last one. Many values never change. */
  readonly plain: string[]
}

/** The kinds of headers that were written lately. */
export class WrittenHeaders {
  readonly #forms: WrittenForm[] = []

  // #region write-header
  /** Returns the text of the header of `command`. */
  textOf(command: RemotingCommand): string {
    const forms = this.#forms
    for (let i = 0; i < forms.length; i++) {
      const text = joined(forms[i]!, command)
      if (text === undefined) continue
      // a form that is used moves forward, so the frequent forms are tried first
      if (i > 0) forms.splice(i - 1, 2, forms[i]!, forms[i - 1]!)
      return text
    }
    const form = formOf(command)
    if (forms.length < FORMS_MAX) forms.push(form)
    else forms[FORMS_MAX - 1] = form
    return stringified(command)
  }
  // #endregion write-header
}

/** Returns the text of a header of the kind `form`. Undefined for another kind, and when a value needs an escape sequence. */
function joined(form: WrittenForm, { code, flag, language, version, remark, opaque, extFields }: RemotingCommand) {
  if (code !== form.code || flag !== form.flag || language !== form.language || version !== form.version)
    return undefined
  const { names, before, plain } = form
  if (remark !== form.remark || (extFields === undefined) !== (names === undefined)) return undefined
  let text = ''
  let count = 0
  for (const name in extFields) {
    const value = extFields[name]
    if (name !== names![count]) return undefined
    if (value !== plain[count]) {
      if (typeof value !== 'string' || !PLAIN_TEXT.test(value)) return undefined
      if (value.length <= SHORT_VALUE) plain[count] = value
    }
    text += before[count]! + value
    count++
  }
  return count === before.length ? `${text}${form.beforeOpaque}${opaque}${form.last}` : undefined
}

function formOf({ code, flag, language, version, remark, extFields }: RemotingCommand): WrittenForm {
  const names = extFields === undefined ? undefined : Object.keys(extFields)
  const start = `{"code":${code}`
  const before = (names ?? []).map((name, i) => `${i === 0 ? `${start},"extFields":{` : '",'}${JSON.stringify(name)}:"`)
  const end = names === undefined ? start : names.length === 0 ? `${start},"extFields":{}` : '"}'
  return {
    code,
    flag,
    language,
    version,
    remark,
    names,
    before,
    beforeOpaque: `${end},"flag":${flag},"language":"${languageName(language)}","opaque":`,
    last: `${remark === undefined ? '' : `,"remark":${JSON.stringify(remark)}`},"serializeTypeCurrentRPC":"JSON","version":${version}}`,
    plain: before.map(() => ''),
  }
}

/** Returns the text of any header. */
function stringified({ code, flag, language, version, remark, opaque, extFields }: RemotingCommand): string {
  return JSON.stringify({
    code,
    extFields,
    flag,
    language: languageName(language),
    opaque,
    remark,
    serializeTypeCurrentRPC: 'JSON',
    version,
  })
}
