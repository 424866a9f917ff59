/**
 * Reads the arguments of a program. `-c FILE` is the path of a properties file on the disk of the node. `name=value` is a
 * single setting. A single setting replaces a setting of the same name in the file. The settings have RocketMQ's names.
 *
 * RocketMQ: `BrokerStartup`, `NamesrvStartup` (`-c`, `-n`, `-p`).
 */

import { ConfigError, parseProperties, Settings } from '../common/properties-file.ts'
import { MIB } from '../common/units.ts'
import { decodeUtf8 } from '../common/utf8.ts'
import { DiskError, type Host } from './host.ts'

/** Max bytes of a configuration file. */
const CONFIG_BYTES_MAX = MIB

/** Returns the settings in `args`. Throws `ConfigError` with one sentence when an argument or a file is wrong. */
export function readSettings(host: Host, args: readonly string[]): Settings {
  const entries = new Map<string, string>()
  const overrides = new Map<string, string>()
  let source = 'the command line'
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (arg === '-c') {
      const path = args[++i]
      if (path === undefined) throw new ConfigError('-c needs the path of a configuration file')
      source = path
      for (const [name, value] of parseProperties(readText(host, path), path)) entries.set(name, value)
      continue
    }
    const split = arg.indexOf('=')
    if (split <= 0) throw new ConfigError(`argument "${arg}": expected -c FILE or name=value`)
    overrides.set(arg.slice(0, split), arg.slice(split + 1))
  }
  return new Settings(new Map([...entries, ...overrides]), source)
}

function readText(host: Host, path: string): string {
  try {
    const sizeBytes = host.disk.sizeBytes(path)
    if (sizeBytes < 0) throw new ConfigError(`the configuration file ${path} does not exist`)
    if (sizeBytes > CONFIG_BYTES_MAX)
      throw new ConfigError(
        `the configuration file ${path} has ${sizeBytes} bytes; at most ${CONFIG_BYTES_MAX} are read`,
      )
    const file = host.disk.open(path)
    const text = decodeUtf8(host.disk.read(file, 0, sizeBytes))
    host.disk.close(file)
    return text
  } catch (error) {
    if (error instanceof DiskError)
      throw new ConfigError(`the configuration file ${path} cannot be read: ${reasonOf(error)}`)
    throw error
  }
}

function reasonOf({ code }: DiskError): string {
  return code === 'EINVAL' ? 'give a path inside the directory of the node' : code
}

/**
 * Returns true when the setting `bindAddress` allows only connections from the same machine, or when this setting is
 * missing.
 */
export function isOwnMachineOnly(settings: Settings): boolean {
  return /^(localhost|::1|127(\.\d+){3}|)$/.test(settings.text('bindAddress', ''))
}

/**
 * Returns the host part of a node's own address when no other host is configured: the name of the node, or `127.0.0.1` when
 * the network cannot resolve the name.
 */
export function ownHostName(host: Host): string {
  return host.network.resolve(host.name) === '' ? '127.0.0.1' : host.name
}
