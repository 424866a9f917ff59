/**
 * One request or one answer: the header's fields and the body.
 *
 * | field         | meaning                                                                              |
 * | ------------- | ------------------------------------------------------------------------------------ |
 * | code          | what is asked (`request-code.ts`) or how it went (`response-code.ts`)                 |
 * | language      | what the sender is written in, as a number; nobody decides by it                      |
 * | version       | the sender's release as a number; some decide by it                                   |
 * | opaque        | the asker's number; the answer repeats it. Each side counts its own, so both          |
 * |               | directions of one connection may use the same number at the same time                 |
 * | flag          | bit 0: this is an answer; bit 1: no answer is wanted (oneway)                         |
 * | remark        | words, mostly of an error; a success may carry some too                               |
 * | extFields     | the typed fields of the request or answer, all as text (`requests/`)                  |
 * | body          | bytes whose meaning the code decides                                                  |
 * | serializeType | how the header was or will be written: 0 JSON, 1 binary                               |
 *
 * RocketMQ: `RemotingCommand`, `LanguageCode`, `MQVersion`.
 */
import { ResponseCode } from './response-code.ts'

export type ExtFields = { readonly [name: string]: string }

export const SERIALIZE_JSON = 0
export const SERIALIZE_ROCKETMQ = 1

/** How our own headers describe us: a release number peers know; `OTHER`, since NODE_JS is unknown before 5.3.2. */
export const OWN_VERSION = 479
/** `MQVersion` as text, for people. */
export const OWN_VERSION_TEXT = 'V5_3_3'

/** The release from which on a few requests have codes of their own. `MQVersion.V5_0_0`. */
export const VERSION_5_0_0 = 413

const LANGUAGES = [
  'JAVA',
  'CPP',
  'DOTNET',
  'PYTHON',
  'DELPHI',
  'ERLANG',
  'RUBY',
  'OTHER',
  'HTTP',
  'GO',
  'PHP',
  'OMS',
  'RUST',
  'NODE_JS',
] as const
export const LANGUAGE_JAVA = 0
export const LANGUAGE_CPP = 1
export const LANGUAGE_OTHER = 7

/** The name of a language number; unknown numbers are `OTHER`. */
export function languageName(code: number): string {
  return LANGUAGES[code] ?? 'OTHER'
}

/** The number of a language name; unknown names are `OTHER`, a missing one is `JAVA`, as in RocketMQ. */
export function languageCode(name: string | undefined): number {
  if (name === undefined) return LANGUAGE_JAVA
  const code = LANGUAGES.indexOf(name as (typeof LANGUAGES)[number])
  return code < 0 ? LANGUAGE_OTHER : code
}

export interface RemotingCommand {
  readonly code: number
  readonly language: number
  readonly version: number
  /** Signed 32 bits. */
  readonly opaque: number
  readonly flag: number
  readonly remark: string | undefined
  readonly extFields: ExtFields | undefined
  readonly body: Uint8Array | undefined
  readonly serializeType: number
}

const RESPONSE_BIT = 1
const ONEWAY_BIT = 2

export function isResponse(command: RemotingCommand): boolean {
  return (command.flag & RESPONSE_BIT) !== 0
}

export function isOneway(command: RemotingCommand): boolean {
  return (command.flag & ONEWAY_BIT) !== 0
}

/** A request as its caller describes it; number and direction are the channel's business. */
export interface RequestParts {
  readonly code: number
  readonly extFields?: ExtFields | undefined
  readonly body?: Uint8Array | undefined
}

export function makeRequest(parts: RequestParts, opaque: number, oneway: boolean): RemotingCommand {
  return {
    code: parts.code,
    language: LANGUAGE_OTHER,
    version: OWN_VERSION,
    opaque,
    flag: oneway ? ONEWAY_BIT : 0,
    remark: undefined,
    extFields: parts.extFields,
    body: parts.body,
    serializeType: SERIALIZE_JSON,
  }
}

/** How a request went. `extFields` and `body` as the request's file says. */
export interface Answer {
  readonly code: number
  readonly remark?: string | undefined
  readonly extFields?: ExtFields | undefined
  readonly body?: Uint8Array | undefined
}

/** What it takes to answer a request later: one that waits need not keep its fields and its body in memory. */
export function withoutContents(request: RemotingCommand): RemotingCommand {
  return { ...request, remark: undefined, extFields: undefined, body: undefined }
}

/** The answer to `request`, in the serialize type it came in: a peer reads what it writes. */
export function makeResponse(parts: Answer, request: RemotingCommand): RemotingCommand {
  return {
    code: parts.code,
    language: LANGUAGE_OTHER,
    version: OWN_VERSION,
    opaque: request.opaque,
    flag: RESPONSE_BIT,
    remark: parts.remark,
    extFields: parts.extFields,
    body: parts.body,
    serializeType: request.serializeType,
  }
}

/** An answer without words. */
export const SUCCESS: Answer = { code: ResponseCode.SUCCESS }

/** An error answer: `remark` is one clear sentence. */
export function failure(code: number, remark: string): Answer {
  return { code, remark }
}
