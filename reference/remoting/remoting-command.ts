/**
 * One request or one answer, with the fields of its header and its body.
 *
 * | field         | meaning                                                                              |
 * | ------------- | ------------------------------------------------------------------------------------ |
 * | code          | in a request, the kind of the request (`request-code.ts`); in an answer, the result (`response-code.ts`) |
 * | language      | the programming language of the sender, as a number; C++ clients receive one body in another form            |
 * | version       | the release of the sender, as a number; a few decisions depend on this number         |
 * | opaque        | the number of the request, which its answer repeats. Each side counts its own requests, so two requests |
 * |               | in the two directions may have the same number at the same time                       |
 * | flag          | bit 0 is set in an answer; bit 1 is set in a request that has no answer (oneway)      |
 * | remark        | a sentence, usually about an error                                                    |
 * | extFields     | the fields of a kind of request or of its answer, all as text (`requests/`)           |
 * | body          | bytes; their meaning depends on the code                                              |
 * | serializeType | the form of the header: 0 means JSON, 1 means binary                                  |
 *
 * RocketMQ: `RemotingCommand`, `LanguageCode`, `MQVersion`.
 */
import { ResponseCode } from './response-code.ts'

/** The additional fields of a header, all as text. */
export type ExtFields = { readonly [name: string]: string }

export const SERIALIZE_JSON = 0
export const SERIALIZE_ROCKETMQ = 1

/**
 * The release of RocketMQ that GlassMQ claims in its headers, because peers know only RocketMQ's releases. The language in
 * these headers is `OTHER`, because peers before 5.3.2 do not know NODE_JS.
 */
export const OWN_VERSION = 479
/** The name of the release with the number `OWN_VERSION`. */
export const OWN_VERSION_TEXT = 'V5_3_3'

/** The number of release 5.0.0. RocketMQ: `MQVersion.V5_0_0`. */
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

/** Returns the name of the programming language with the number `code`. Returns `OTHER` for an unknown number. */
export function languageName(code: number): string {
  return LANGUAGES[code] ?? 'OTHER'
}

/**
 * Returns the number of a programming language. As in RocketMQ, an unknown name means `OTHER`, and a missing name means
 * `JAVA`.
 */
export function languageCode(name: string | undefined): number {
  if (name === undefined) return LANGUAGE_JAVA
  const code = LANGUAGES.indexOf(name as (typeof LANGUAGES)[number])
  return code < 0 ? LANGUAGE_OTHER : code
}

/** A command. The table at the start of this file explains each field. */
export interface RemotingCommand {
  readonly code: number
  readonly language: number
  readonly version: number
  /** A signed 32-bit number. */
  readonly opaque: number
  readonly flag: number
  readonly remark: string | undefined
  readonly extFields: ExtFields | undefined
  readonly body: Uint8Array | undefined
  readonly serializeType: number
}

const RESPONSE_BIT = 1
const ONEWAY_BIT = 2

/** Returns true when the command is an answer. */
export function isResponse(command: RemotingCommand): boolean {
  return (command.flag & RESPONSE_BIT) !== 0
}

/** Returns true when the command is a request that has no answer. */
export function isOneway(command: RemotingCommand): boolean {
  return (command.flag & ONEWAY_BIT) !== 0
}

/** The parts of a request that the caller sets. The channel adds `opaque` and `flag`. */
export interface RequestParts {
  readonly code: number
  readonly extFields?: ExtFields | undefined
  readonly body?: Uint8Array | undefined
}

/** Returns a request that is ready to be sent, with a header in JSON. */
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

/** The parts of an answer. The file of the request in `requests/` describes `extFields` and `body`. */
export interface Answer {
  readonly code: number
  readonly remark?: string | undefined
  readonly extFields?: ExtFields | undefined
  readonly body?: Uint8Array | undefined
  /** A body in pieces, instead of `body`. The pieces are copied only once, into the frame. */
  readonly bodyPieces?: readonly Uint8Array[] | undefined
}

/**
 * Returns the request without its remark, fields and body. The rest of the request is enough for a later answer, and needs
 * less memory.
 */
export function withoutContents(request: RemotingCommand): RemotingCommand {
  return { ...request, remark: undefined, extFields: undefined, body: undefined }
}

/**
 * Returns the answer to `request`. The answer has the same `serializeType` as the request, because the peer can read this
 * form.
 */
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

/** The answer of a success, without remark, fields and body. */
export const SUCCESS: Answer = { code: ResponseCode.SUCCESS }

/** Returns an answer that reports an error. `remark` is one clear sentence. */
export function failure(code: number, remark: string): Answer {
  return { code, remark }
}
