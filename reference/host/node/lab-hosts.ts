/**
 * Names of a lab's nodes on one real machine: `lab-hosts.json` in the lab's root, rewritten by the lab's runtime whenever a
 * node says where it listens.
 *
 * ```json
 * { "broker-a:10911": "127.0.0.1:10911", "namesrv:9876": "127.0.0.1:41233" }
 * ```
 *
 * It is read at each connect, so a node that has another port after a restart is found. A name that is not in the file is
 * refused, as if no node listened there. Without the file (a server alone) the operating system resolves names.
 */
import { readFileSync } from 'node:fs'
import { isIpv4, splitAddress } from '../paths.ts'

/** Resolves the names of a lab's nodes. */
export class LabHosts {
  readonly #path: string | undefined
  readonly #ownName: string

  /** `path` is undefined outside labs. */
  constructor(path: string | undefined, ownName: string) {
    this.#path = path
    this.#ownName = ownName
  }

  get isLab(): boolean {
    return this.#path !== undefined
  }

  /** Returns where to connect for `address`; undefined when no node of that name listens, or when it is not an address. */
  target(address: string): { host: string; port: number } | undefined {
    const parts = splitAddress(address)
    if (parts === undefined || parts.port === 0) return undefined
    if (parts.host === 'localhost') return { host: '127.0.0.1', port: parts.port }
    if (isIpv4(parts.host)) return parts
    if (this.#path === undefined) return parts.host === this.#ownName ? { host: '127.0.0.1', port: parts.port } : parts
    const real = this.#read()[address]
    return real === undefined ? undefined : splitAddress(real)
  }

  /** Returns the name and port of the lab's node that listens on a real address; without one, the address itself. */
  nameOf(realAddress: string): string {
    if (this.#path === undefined) return realAddress
    for (const [wanted, real] of Object.entries(this.#read())) if (real === realAddress) return wanted
    return realAddress
  }

  /** Returns the literal IP of a host name, or ''. Outside of labs only names of this machine are known without asking the network. */
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
      return {} // not written yet: no node listens
    }
  }
}
