/**
 * Checks the signatures of requests. When the setting `authenticationEnabled`, or `aclEnable` of 4.9, is true, only signed
 * requests are accepted. The default of both is false.
 *
 * The setting `initAuthenticationUser` contains the known users, as `{"username":"…","password":"…"}` or as a list of such
 * objects. A user name is the access key of a client. Requests of all codes are checked. A refused request is answered with
 * NO_PERMISSION and the reason. A refused one-way request is dropped without an answer.
 *
 * RocketMQ: `AuthenticationProvider`, `DefaultAuthenticationProvider` (5.3), `PlainAccessValidator` (4.9). Left out:
 * permissions of single users (authorization), users that are managed while the broker runs, `plain_acl.yml`.
 */
import { JsonSyntaxError, parseJson } from '../common/lax-json.ts'
import { ConfigError, type Settings } from '../common/properties-file.ts'
import { list, record, ShapeError, text } from '../common/shape.ts'
import { type SessionCredentials, signatureFault } from '../remoting/acl-signature.ts'
import type { RequestGuard } from '../remoting/dispatch.ts'
import { Refusal } from '../remoting/refusal.ts'
import { ResponseCode } from '../remoting/response-code.ts'

/** The settings of signed requests. */
export interface AuthenticationConfig {
  /** The secret keys by access key. The value is undefined when requests need not be signed. */
  readonly authentication: ReadonlyMap<string, string> | undefined
  /**
   * The credentials with which this broker signs its registrations, and its requests to controllers and to other brokers.
   * The value is undefined when this broker sends these requests without a signature.
   */
  readonly innerClientAuthenticationCredentials: SessionCredentials | undefined
}

const usersShape = list(record({ username: text(), password: text() }))
const credentialsShape = record({ accessKey: text(), secretKey: text() })

/**
 * Returns the settings. Throws `ConfigError` when a value cannot be read, or when signatures are required and no user is
 * known.
 */
export function authenticationConfig(settings: Settings): AuthenticationConfig {
  const isOn = settings.flag('authenticationEnabled', false) || settings.flag('aclEnable', false)
  const users = jsonSetting(settings, 'initAuthenticationUser', (value) =>
    usersShape(Array.isArray(value) ? value : value === undefined ? [] : [value], 'initAuthenticationUser'),
  )
  if (isOn && users.every(({ username, password }) => username === '' || password === ''))
    throw new ConfigError(
      'authenticationEnabled is true but nobody is known: set initAuthenticationUser={"username":"…","password":"…"}',
    )
  const inner = jsonSetting(settings, 'innerClientAuthenticationCredentials', (value) =>
    value === undefined ? undefined : credentialsShape(value, 'innerClientAuthenticationCredentials'),
  )
  return {
    authentication: isOn ? new Map(users.map(({ username, password }) => [username, password])) : undefined,
    innerClientAuthenticationCredentials: inner,
  }
}

function jsonSetting<T>(
  settings: Settings,
  name: string,
  read: (value: ReturnType<typeof parseJson> | undefined) => T,
): T {
  const value = settings.text(name, '')
  try {
    return read(value === '' ? undefined : parseJson(value))
  } catch (error) {
    if (error instanceof JsonSyntaxError || error instanceof ShapeError)
      throw new ConfigError(`${name} cannot be read as JSON: ${error.message}`)
    throw error
  }
}

/** Returns the check that runs before every request. Returns undefined when requests need not be signed. */
export function authenticator({ authentication }: AuthenticationConfig): RequestGuard | undefined {
  if (authentication === undefined) return undefined
  return (request) => {
    const fault = signatureFault(request, authentication)
    if (fault !== '') throw new Refusal(ResponseCode.NO_PERMISSION, fault)
  }
}
