/**
 * Checks the paths and the addresses that a node passes to its host.
 *
 * A node cannot use a file outside its directory. In RocketMQ 4.2 to 4.6, a topic with the name `../../x` created
 * directories outside the store (CVE-2019-17572).
 */
import { DiskError } from './host.ts'
import { PATH_LENGTH_MAX } from './limits.ts'

/**
 * Returns `path` when it is a valid path inside the directory of the node. Throws `DiskError` with the code EINVAL for ''
 * and for any other text.
 */
export function checkPath(path: string): string {
  if (path === '' || !isInside(path)) throw new DiskError('EINVAL', path, 'not a path inside the node directory:')
  return path
}

/**
 * Checks the path of a directory like `checkPath`, and returns the path without a slash at its end. '' is the directory of
 * the node.
 */
export function checkDirectory(directory: string): string {
  const bare = directory.endsWith('/') ? directory.slice(0, -1) : directory
  if (bare !== '' && !isInside(bare))
    throw new DiskError('EINVAL', directory, 'not a directory inside the node directory:')
  return bare
}

function isInside(path: string): boolean {
  if (path.length > PATH_LENGTH_MAX) return false
  for (let i = 0; i < path.length; i++) {
    const unit = path.charCodeAt(i)
    if (unit < 0x20 || unit === 0x5c || unit === 0x3a) return false // control characters, back-slash, drive colon
  }
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}

/** Returns the directory of the file `path`, or '' when the file is directly in the directory of the node. */
export function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '' : path.slice(0, slash)
}

/** Splits `host:port` at the last colon. Returns undefined when `address` has no colon or no valid port. */
export function splitAddress(address: string): { host: string; port: number } | undefined {
  const colon = address.lastIndexOf(':')
  if (colon < 0) return undefined
  const digits = address.slice(colon + 1)
  if (!/^[0-9]{1,5}$/.test(digits)) return undefined
  const port = Number(digits)
  return port > 65_535 ? undefined : { host: address.slice(0, colon), port }
}

/** Returns true for an IPv4 address, such as `10.0.0.3`. An IPv4 address need not be resolved. */
export function isIpv4(host: string): boolean {
  const parts = host.split('.')
  return parts.length === 4 && parts.every((part) => /^[0-9]{1,3}$/.test(part) && Number(part) <= 255)
}
