/** The NameServers of a client program: `namesrvAddr=host:port;host:port`. Throws `ConfigError`. */
import { parseAddress } from '../../common/address.ts'
import { ConfigError, type Settings } from '../../common/properties-file.ts'

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
