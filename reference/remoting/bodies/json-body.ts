/**
 * JSON bodies. GlassMQ reads JSON in fastjson's dialect and writes strict JSON.
 *
 * RocketMQ: `RemotingSerializable.encode`, `decode`.
 */
import { type JsonLimits, JsonSyntaxError, parseJson } from '../../common/lax-json.ts'
import { JSON_BODY_BYTES_MAX, JSON_BODY_VALUES_MAX, LAX_JSON_CHARACTERS_MAX } from '../../common/limits.ts'
import { type Shape, ShapeError } from '../../common/shape.ts'
import { decodeUtf8, encodeUtf8 } from '../../common/utf8.ts'

const BODY_LIMITS: JsonLimits = { laxCharactersMax: LAX_JSON_CHARACTERS_MAX, valuesMax: JSON_BODY_VALUES_MAX }

/**
 * The error for a body that cannot be read. The message says what is wrong, and at which position. When the body belongs to
 * a request, the answer has the code SYSTEM_ERROR.
 */
export class BodyError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'BodyError'
  }
}

/**
 * Reads a body. When the body is missing or empty, `shape` receives undefined, and most shapes then return their defaults.
 * `what` is the name of the body in error messages. Throws `BodyError` when the body cannot be read.
 */
export function decodeJsonBody<T>(what: string, body: Uint8Array | undefined, shape: Shape<T>, limits?: JsonLimits): T {
  try {
    return shape(body === undefined || body.length === 0 ? undefined : parseJson(decodeUtf8(body), limits), '')
  } catch (error) {
    if (error instanceof JsonSyntaxError || error instanceof ShapeError)
      throw new BodyError(`the body of ${what} cannot be read: ${error.message}`)
    throw error
  }
}

/** Reads the body of an answer. Returns undefined when the body cannot be read. */
export function readJsonBody<T>(what: string, body: Uint8Array | undefined, shape: Shape<T>): T | undefined {
  try {
    return decodeJsonBody(what, body, shape)
  } catch (error) {
    if (error instanceof BodyError) return undefined
    throw error
  }
}

/**
 * Reads the body of a request that needs a body. The size is checked before the body is read. Throws `BodyError` when the
 * body is missing, too large, or cannot be read.
 */
export function decodeRequestBody<T>(what: string, body: Uint8Array | undefined, shape: Shape<T>): T {
  if (body === undefined || body.length === 0) throw new BodyError(`${what}: the body is missing`)
  if (body.length > JSON_BODY_BYTES_MAX)
    throw new BodyError(`${what}: the body has ${body.length} bytes; at most ${JSON_BODY_BYTES_MAX} are read`)
  return decodeJsonBody(what, body, shape, BODY_LIMITS)
}

/** Returns a value as the bytes of strict JSON. */
export function encodeJsonBody(value: object): Uint8Array {
  return encodeUtf8(JSON.stringify(value))
}
