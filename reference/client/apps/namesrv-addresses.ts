/**
 * Reads the settings with which a client program connects to its cluster, and creates its client instance. `namesrvAddr`
 * (one or more `host:port`, separated by `;`) is always needed. `accessKey` and `secretKey` are needed when the brokers
 * accept only signed requests.
 */
import { parseAddress } from '../../common/address.ts'
import { ConfigError, type Settings } from '../../common/properties-file.ts'
import type { Host } from '../../host/host.ts'
import type { SessionCredentials } from '../../remoting/acl-signature.ts'
import { ClientInstance } from '../client-instance.ts'

/**
 * Returns the addresses of the NameServers. Throws `ConfigError` when no address is set, or when an address has another
 * form than `host:port`.
 */
export function namesrvAddresses(settings: Settings): readonly string[] {
  const addresses = settings
    .text('namesrvAddr', '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (addresses.length === 0)
    throw new ConfigError('namesrvAddr is not set: say where a NameServer listens, such as namesrvAddr=127.0.0.1:9876')
  for (const address of addresses) {
    if (parseAddress(address) === undefined)
      throw new ConfigError(`namesrvAddr holds "${address}"; an address looks like 127.0.0.1:9876`)
  }
  return addresses
}

/**
 * Returns the credentials with which the program signs its requests. Returns undefined when neither key is set. Throws
 * `ConfigError` when only one of the two keys is set.
 */
export function sessionCredentials(settings: Settings): SessionCredentials | undefined {
  const [accessKey, secretKey] = [settings.text('accessKey', ''), settings.text('secretKey', '')]
  if (accessKey === '' && secretKey === '') return undefined
  if (accessKey === '' || secretKey === '')
    throw new ConfigError('accessKey and secretKey must both be set, or neither')
  return { accessKey, secretKey }
}

/**
 * Creates the client instance that all producers and consumers of the program share. A program calls this function once.
 * Throws `ConfigError` when a setting is not valid.
 */
export function clientInstance(host: Host, settings: Settings): ClientInstance {
  return new ClientInstance(host, namesrvAddresses(settings), sessionCredentials(settings))
}
