/**
 * The names of the nodes of a lab on one real machine. The file `lab-hosts.json` in the root directory of the lab holds
 * these names with the real addresses. The lab rewrites this file when a node reports that it listens on an address.
 *
 * ```json
 * { "broker-a:10911": "127.0.0.1:10911", "namesrv:9876": "127.0.0.1:41233" }
 * ```
 *
 * `lab-hosts.json` is read at each connect, so a node is found even if its port has changed after a restart. A connect to a
 * name that is neither `localhost` nor in the file is refused. Outside a lab, there is no such file, and the operating
 * system resolves names.
 */
import { readFileSync } from 'node:fs'
import { isIpv4, splitAddress } from '../paths.ts'

/** Resolves the names of a lab's nodes. */
export class LabHosts {
  readonly #path: string | undefined
  readonly #ownName: string

  /** `path` is the path of the file, or undefined outside a lab. `ownName` is the name of this node. */
  constructor(path: string | undefined, ownName: string) {
    this.#path = path
    this.#ownName = ownName
  }

  get isLab(): boolean {
    return this.#path !== undefined
  }

  /**
   * Returns the real host and port for `address`. Returns undefined when a name in `address` is not in the file of a lab,
   * or when `address` is not valid.
   */
  target(address: string): { host: string; port: number } | undefined {
    const parts = splitAddress(address)
    if (parts === undefined || parts.port === 0) return undefined
    if (parts.host === 'localhost') return { host: '127.0.0.1', port: parts.port }
    if (isIpv4(parts.host)) return parts
    if (this.#path === undefined) return parts.host === this.#ownName ? { host: '127.0.0.1', port: parts.port } : parts
    const real = this.#read()[address]
    return real === undefined ? undefined : splitAddress(real)
  }

  /**
   * Returns the `name:port` in the file for a real address. Returns `realAddress` when the file does not contain this real
   * address.
   */
  nameOf(realAddress: string): string {
    if (this.#path === undefined) return realAddress
    for (const [wanted, real] of Object.entries(this.#read())) if (real === realAddress) return wanted
    return realAddress
  }

  /**
   * Returns the IP address of a host name, or '' when the name is not known. This method sends no request to the network. So
   * outside a lab, only IP addresses, `localhost` and the name of this node are known.
   */
  resolve(hostName: string): string {
    if (isIpv4(hostName)) return hostName
    if (hostName === 'localhost' || hostName === this.#ownName) return '127.0.0.1'
    if (this.#path === undefined) return ''
    const isKnown = Object.keys(this.#read()).some((wanted) => splitAddress(wanted)?.host === hostName)
    return isKnown ? '127.0.0.1' : ''
  }

  #read(): Record<string, string> {
    try {
      const value: unknown = JSON.parse(readFileSync(this.#path!, 'utf8'))
      if (typeof value !== 'object' || value === null) return {}
      return Object.fromEntries(Object.entries(value).filter(([, real]) => typeof real === 'string')) as Record<
        string,
        string
      >
    } catch {
      return {} // the file is not written yet, so no node listens
    }
  }
}
