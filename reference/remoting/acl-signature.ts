/**
 * Signs and verifies requests. A signed request has the access key of its sender, and a signature. Only an owner of the
 * secret key can compute the signature.
 *
 * ```
 * content   = values of all extFields except Signature, in the order of their names, then the body
 * Signature = base64( HMAC-SHA1( content, secretKey ) )
 * ```
 *
 * The fields `code`, `opaque`, `version` and `flag` of a request are not part of the signed content. An attacker that reads
 * the network can send a signed request again. So signatures only keep out clients without a key. Only TLS protects the data
 * on the network. Answers are not signed.
 *
 * Clients up to version 4.9.1 sign a request before they add the field `_UNIQUE_KEY_QUERY`. So this field is not part of the
 * signature of these clients.
 *
 * RocketMQ: `AclClientRPCHook`, `AclUtils`, `AclSigner`, `DefaultAuthenticationContextBuilder`.
 */
import { encodeBase64 } from '../common/base64.ts'
import { hmacSha1 } from '../common/digest.ts'
import { encodeUtf8 } from '../common/utf8.ts'
import type { ExtFields, RemotingCommand, RequestParts } from './remoting-command.ts'

/** The keys of a client. The access key identifies the client, and the secret key signs its requests. */
export interface SessionCredentials {
  readonly accessKey: string
  readonly secretKey: string
  readonly securityToken?: string
}

const ACCESS_KEY = 'AccessKey'
const SIGNATURE = 'Signature'
const SECURITY_TOKEN = 'SecurityToken'
const UNIQUE_KEY_QUERY = '_UNIQUE_KEY_QUERY'
/** The value of the field `version` that a client of version 4.9.1 sends. */
const VERSION_4_9_1 = 399

// #region sign-request
/** Returns `parts` with more fields: the access key of the sender, its security token if it has one, and the signature. */
export function signRequest(parts: RequestParts, credentials: SessionCredentials): RequestParts {
  const { accessKey, secretKey, securityToken } = credentials
  const extFields = {
    ...parts.extFields,
    [ACCESS_KEY]: accessKey,
    ...(securityToken === undefined ? {} : { [SECURITY_TOKEN]: securityToken }),
  }
  return { ...parts, extFields: { ...extFields, [SIGNATURE]: signatureOf(extFields, parts.body, secretKey) } }
}

function signatureOf(extFields: ExtFields, body: Uint8Array | undefined, secretKey: string): string {
  const names = Object.keys(extFields)
    .filter((name) => name !== SIGNATURE)
    .sort()
  const values = encodeUtf8(names.map((name) => extFields[name]).join(''))
  const content = new Uint8Array(values.length + (body?.length ?? 0))
  content.set(values)
  if (body !== undefined) content.set(body, values.length)
  return encodeBase64(hmacSha1(encodeUtf8(secretKey), content))
}
// #endregion sign-request

// #region verify-request
/** Returns '' when a known client has signed the request, and otherwise one sentence with the fault. */
export function signatureFault(request: RemotingCommand, secretKeys: ReadonlyMap<string, string>): string {
  const extFields = { ...request.extFields }
  const accessKey = extFields[ACCESS_KEY]
  if (accessKey === undefined) return 'the request is not signed: set an access key and a secret key in the client'
  const secretKey = secretKeys.get(accessKey)
  if (secretKey === undefined) return `the access key ${JSON.stringify(accessKey.slice(0, 64))} is unknown`
  const given = extFields[SIGNATURE] ?? ''
  if (request.version <= VERSION_4_9_1) delete extFields[UNIQUE_KEY_QUERY]
  return isSame(given, signatureOf(extFields, request.body, secretKey))
    ? ''
    : `the signature of ${JSON.stringify(accessKey)} is wrong: its secret key is another one, or the request was changed`
}

/**
 * Returns true when two texts are equal. The time of the comparison does not depend on the position of the first difference.
 */
function isSame(given: string, wanted: string): boolean {
  let difference = given.length ^ wanted.length
  for (let i = 0; i < wanted.length; i++) difference |= wanted.charCodeAt(i) ^ (given.charCodeAt(i) || 0)
  return difference === 0
}
// #endregion verify-request
