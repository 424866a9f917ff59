/**
 * What a NameServer must know, said without haste: a list of registered processes and a table of topics. Every question is
 * answered by looking through the whole list.
 */

import type { BrokerIdentity } from '../../../../reference/namesrv/route-info-manager.ts'
import type { Channel } from '../../../../reference/remoting/channel.ts'

/** Permission bits: read 4, write 2. */
const WRITE = 2
const EXPIRY_MS = 120_000

/** One registration as a broker sends it. */
export interface Registration extends BrokerIdentity {
  readonly channel: Channel
  readonly heartbeatTimeoutMs: number
  /** Undefined: a broker of 4.9. */
  readonly enableActingMaster: boolean | undefined
  readonly stateVersion: number
  /** The number of changes of the broker's topics. */
  readonly counter: number
  /** How many queues each topic has. */
  readonly topics: ReadonlyMap<string, number>
}

type Process = Registration & { lastUpdateMs: number }

/** The tables of one NameServer. */
export class RouteModel {
  #processes: Process[] = []
  /** Queues and permission by broker name, then by topic. */
  readonly #topics = new Map<string, Map<string, { readonly queues: number; readonly perm: number }>>()
  /** By broker name, as its last registration said. */
  readonly #acting = new Map<string, boolean>()
  readonly #clusters = new Map<string, string>()

  /** The address that keeps the id, when the registration is ignored; '' when it counts. Undefined: it is refused. */
  register(sent: Registration, nowMs: number): string | undefined {
    const of = (name: string) => this.#processes.filter(({ brokerName }) => brokerName === name)
    const isFive = sent.enableActingMaster !== undefined
    const hadId = of(sent.brokerName).find(({ brokerId }) => brokerId === sent.brokerId)
    if (isFive && sent.topics.size === 1 && hadId === undefined) return undefined
    const before = of(sent.brokerName).find(({ brokerAddr }) => brokerAddr === sent.brokerAddr)
    const rival = hadId !== undefined && hadId.brokerAddr !== sent.brokerAddr ? hadId : undefined
    // the same process with another id gives its former id up, whether the registration counts or not
    this.#drop((one) => one === before && one.brokerId !== sent.brokerId, false)
    if (rival !== undefined && rival.stateVersion > sent.stateVersion) {
      this.#drop((one) => one.brokerName === sent.brokerName && one.brokerAddr === sent.brokerAddr, false)
      return rival.brokerAddr
    }
    const others = of(sent.brokerName).filter((one) => one !== before && one !== rival)
    const isSource = sent.brokerId === 0 || (isFive && others.every(({ brokerId }) => brokerId > sent.brokerId))
    this.#drop((one) => one === before || one === rival, false)
    this.#processes.push({ ...sent, lastUpdateMs: nowMs })
    this.#acting.set(sent.brokerName, sent.enableActingMaster === true)
    this.#clusters.set(sent.brokerName, sent.clusterName)
    if (!isSource) return ''
    const isNews =
      hadId === undefined ||
      before === undefined ||
      before.counter !== sent.counter ||
      before.stateVersion !== sent.stateVersion
    const table = this.#topics.get(sent.brokerName) ?? new Map()
    this.#topics.set(sent.brokerName, table)
    const perm = sent.brokerId !== 0 && sent.enableActingMaster === true ? 4 : 6
    for (const [topic, queues] of sent.topics) if (isNews || !table.has(topic)) table.set(topic, { queues, perm })
    return ''
  }

  touch(name: string, addr: string, nowMs: number): boolean {
    const found = this.#processes.find(({ brokerName, brokerAddr }) => brokerName === name && brokerAddr === addr)
    if (found !== undefined) found.lastUpdateMs = nowMs
    return found !== undefined
  }

  leave(name: string, addr: string): void {
    this.#drop(({ brokerName, brokerAddr }) => brokerName === name && brokerAddr === addr, true)
  }

  close(channel: Channel): void {
    for (const { brokerName, brokerAddr } of this.over(channel)) this.leave(brokerName, brokerAddr)
  }

  over(channel: Channel): readonly Process[] {
    return this.#processes.filter((one) => one.channel === channel)
  }

  expired(nowMs: number): readonly Process[] {
    return this.#processes.filter(
      ({ lastUpdateMs, heartbeatTimeoutMs }) => nowMs - lastUpdateMs > (heartbeatTimeoutMs || EXPIRY_MS),
    )
  }

  deleteTopic(topic: string, cluster: string): void {
    for (const [name, table] of this.#topics)
      if (cluster === '' || this.#clusters.get(name) === cluster) table.delete(topic)
  }

  /** Takes or gives the permission to write for all topics of a broker name. */
  allowWrites(name: string, isAllowed: boolean): void {
    for (const [topic, data] of this.#topics.get(name) ?? [])
      this.#topics.get(name)!.set(topic, { ...data, perm: isAllowed ? data.perm | WRITE : data.perm & ~WRITE })
  }

  /** Everything as text, one line for each broker name and each topic. */
  lines(): readonly string[] {
    const names = [...new Set(this.#processes.map(({ brokerName }) => brokerName))]
    const brokers = names.map(
      (name) => `${name} ${this.#clusters.get(name)} ${this.#acting.get(name)}: ${this.#addrs(name)}`,
    )
    const topics = [...this.#topics].flatMap(([name, table]) =>
      [...table].map(
        ([topic, { queues, perm }]) => `${topic} at ${name}: ${queues} queues, ${perm}, of ${this.#addrs(name)}`,
      ),
    )
    return [...brokers, ...topics].sort()
  }

  #addrs(name: string): string {
    const all = this.#processes.filter(({ brokerName }) => brokerName === name).sort((a, b) => a.brokerId - b.brokerId)
    return all.map(({ brokerId, brokerAddr }) => `${brokerId}=${brokerAddr}`).join()
  }

  /** Removes processes. `isGone`: they have left; a name without processes is forgotten, one without its master is read only. */
  #drop(isMeant: (one: Process) => boolean, isGone: boolean): void {
    for (const one of this.#processes.filter(isMeant)) {
      this.#processes = this.#processes.filter((other) => other !== one)
      if (!isGone) continue
      const left = this.#processes.filter(({ brokerName }) => brokerName === one.brokerName)
      if (left.length === 0) this.#topics.delete(one.brokerName)
      else if (this.#acting.get(one.brokerName) === true && left.every(({ brokerId }) => brokerId > 0))
        this.allowWrites(one.brokerName, false)
    }
  }
}
