/**
 * Bodies that are JSON: read in fastjson's dialect, written strictly.
 *
 * RocketMQ: `RemotingSerializable.encode`, `decode`.
 */
import { JsonSyntaxError, parseJson } from '../../common/lax-json.ts'
import { type Shape, ShapeError } from '../../common/shape.ts'
import { decodeUtf8, encodeUtf8 } from '../../common/utf8.ts'

/** A body that cannot be read; the message names what and where. Becomes an answer of SYSTEM_ERROR. */
export class BodyError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'BodyError'
  }
}

/** Reads a body; a missing one reads as an empty object. `what` names it in the sentence of a `BodyError`. */
export function decodeJsonBody<T>(what: string, body: Uint8Array | undefined, shape: Shape<T>): T {
  try {
    return shape(body === undefined || body.length === 0 ? undefined : parseJson(decodeUtf8(body)), '')
  } catch (error) {
    if (error instanceof JsonSyntaxError || error instanceof ShapeError)
      throw new BodyError(`the body of ${what} cannot be read: ${error.message}`)
    throw error
  }
}

/** Reads the body of a request that means nothing without one. */
export function decodeRequestBody<T>(what: string, body: Uint8Array | undefined, shape: Shape<T>): T {
  if (body === undefined || body.length === 0) throw new BodyError(`${what}: the body is missing`)
  return decodeJsonBody(what, body, shape)
}

export function encodeJsonBody(value: object): Uint8Array {
  return encodeUtf8(JSON.stringify(value))
}
