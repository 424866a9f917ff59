/**
 * The two line protocols between a cluster and a real node. A node sends records (`{"log":…}`). A cluster sends controls
 * (`{"ctl":…}`) to a node.
 *
 * | line | written to | max length of a line | example |
 * | --- | --- | --- | --- |
 * | record | node's standard output | 8 KiB | `{"log":{"token":"t","kind":"ready"}}` |
 * | control | node's standard input | 1,000 bytes, because a terminal may cut longer lines | `{"ctl":{"kind":"stop","id":3}}` |
 *
 * Lines are ASCII. All other characters are escaped as `\uXXXX`. A record or control that is too long for one line is split
 * into several lines, called pieces, and the reader joins the pieces. A piece looks like
 * `{"log":{"token":"t","piece":[7,1,3],"text":"…"}}`. The three numbers of a piece are the number of the record or control,
 * the index of the piece (from 0), and the count of pieces. A reader removes `\r` and skips empty lines. A line of any
 * other form is neither a record nor a control, for example an echo, an output of the program, or a record without the
 * token. The text may arrive in parts, split at any position.
 *
 * This file does not use functions of Node, because it also runs in a web page that starts nodes in a WebContainer.
 */
import { MIB } from '../common/units.ts'

/** One record or control, as a flat object with a `kind`. */
export type Line = Readonly<Record<string, unknown>> & { readonly kind: string }

/** Max bytes of a record line. */
export const RECORD_BYTES_MAX = 8 * 1024
/** Max bytes of a control line. */
export const CONTROL_BYTES_MAX = 1_000
/**
 * Max characters of a line whose end has not arrived yet: enough for an escaped message body of 4 MiB. A longer beginning
 * of a line is dropped. This is also the limit of all pieces together that wait for further pieces: the pieces of the oldest
 * records are dropped first.
 */
const WHOLE_CHARACTERS_MAX = 64 * MIB
/** Max number of records or controls of which only some pieces have arrived. */
const WHOLES_MAX = 64

/** The pieces of a record or control that have arrived, in order, and their characters. */
interface Whole {
  readonly pieces: string[]
  characters: number
}

let nextWhole = 1

/**
 * Returns the text of one record (`tag` is `log`) or control (`tag` is `ctl`). The text is one line, or several lines with
 * pieces. `token` is the secret of the node, or ''.
 */
export function encodeLine(tag: 'log' | 'ctl', token: string, line: Line, bytesMax: number): string {
  const head = token === '' ? '' : `"token":"${token}",`
  const body = ascii(JSON.stringify(line))
  const whole = `{"${tag}":{${head}${body.slice(1)}}\n`
  if (whole.length <= bytesMax) return whole
  const number = nextWhole++
  const room = bytesMax - head.length - 80
  const pieces = cut(body, room)
  return pieces
    .map(
      (text, index) =>
        `{"${tag}":{${head}"piece":[${number},${index},${pieces.length}],"text":${JSON.stringify(text)}}}\n`,
    )
    .join('')
}

/** Escapes DEL and every character beyond ASCII. The value of the JSON text does not change. */
function ascii(json: string): string {
  let text = ''
  let from = 0
  for (let i = 0; i < json.length; i++) {
    const unit = json.charCodeAt(i)
    if (unit < 0x7f) continue
    text += `${json.slice(from, i)}\\u${unit.toString(16).padStart(4, '0')}`
    from = i + 1
  }
  return from === 0 ? json : text + json.slice(from)
}

/** Splits `text` into pieces. In JSON, each piece has at most `room` characters between its quotes. */
function cut(text: string, room: number): string[] {
  const pieces: string[] = []
  let from = 0
  let taken = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    const size = unit === 0x22 || unit === 0x5c ? 2 : 1
    if (taken + size > room) {
      pieces.push(text.slice(from, i))
      from = i
      taken = 0
    }
    taken += size
  }
  pieces.push(text.slice(from))
  return pieces
}

/**
 * Finds records or controls in a stream of text. The stream may arrive in parts, split at any position, and may contain
 * other lines.
 */
export class LineReader {
  readonly #tag: 'log' | 'ctl'
  readonly #token: string
  readonly #onLine: (line: Line) => void
  readonly #onOther: (text: string) => void
  /** The parts of a line whose end has not arrived yet. The parts are joined once, when the end arrives. */
  #rest: string[] = []
  #restCharacters = 0
  readonly #wholes = new Map<number, Whole>()
  #wholeCharacters = 0

  /**
   * An empty `token` accepts the lines of every token. `onLine` is called with each record or control. `onOther` is called
   * with each other line, such as an output of the program, but not with the echo of a control.
   */
  constructor(
    tag: 'log' | 'ctl',
    token: string,
    onLine: (line: Line) => void,
    onOther: (text: string) => void = () => {},
  ) {
    this.#tag = tag
    this.#token = token
    this.#onLine = onLine
    this.#onOther = onOther
  }

  read(text: string): void {
    const lines = text.split('\n')
    const rest = lines.pop()!
    if (lines.length > 0) lines[0] = this.#takeRest() + lines[0]!
    for (const line of lines) this.#readLine(line)
    if (rest === '') return
    this.#rest.push(rest)
    this.#restCharacters += rest.length
    if (this.#restCharacters > WHOLE_CHARACTERS_MAX) this.#takeRest()
  }

  /** Ends the stream. Text after the last line feed counts as a line. */
  end(): void {
    this.#readLine(this.#takeRest())
  }

  #takeRest(): string {
    const rest = this.#rest.join('')
    this.#rest = []
    this.#restCharacters = 0
    return rest
  }

  #readLine(raw: string): void {
    const text = raw.replaceAll('\r', '')
    if (text === '') return
    const value = text.startsWith(`{"${this.#tag}":{`) ? parse(text) : undefined
    const inner = value?.[this.#tag] as Record<string, unknown> | undefined
    if (inner === undefined || (this.#token !== '' && inner['token'] !== this.#token)) {
      if (!text.startsWith('{"ctl":')) this.#onOther(text) // not the echo of a control
      return
    }
    if (Array.isArray(inner['piece'])) this.#readPiece(inner['piece'] as unknown[], String(inner['text']))
    else if (typeof inner['kind'] === 'string') this.#onLine(inner as Line)
  }

  #readPiece(piece: unknown[], text: string): void {
    const [number, index, count] = piece.map(Number) as [number, number, number]
    let whole = this.#wholes.get(number)
    if (whole === undefined) {
      if (this.#wholes.size >= WHOLES_MAX) this.#dropWhole(this.#wholes.keys().next().value!)
      this.#wholes.set(number, (whole = { pieces: [], characters: 0 }))
    }
    if (index !== whole.pieces.length) return // a piece is missing, so the whole line is lost
    whole.pieces.push(text)
    const characters = Math.max(text.length, 1) // an empty piece needs memory, too
    whole.characters += characters
    this.#wholeCharacters += characters
    while (this.#wholeCharacters > WHOLE_CHARACTERS_MAX) this.#dropWhole(this.#wholes.keys().next().value!)
    if (whole.pieces.length < count || !this.#wholes.has(number)) return
    this.#dropWhole(number)
    const line = parse(whole.pieces.join(''))
    if (line !== undefined && typeof line['kind'] === 'string') this.#onLine(line as Line)
  }

  /** Forgets the pieces of a record or control. */
  #dropWhole(number: number): void {
    this.#wholeCharacters -= this.#wholes.get(number)?.characters ?? 0
    this.#wholes.delete(number)
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
