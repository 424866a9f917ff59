/**
 * What controllers may decide about brokers: one master in an epoch, elected from the in-sync set; a change of the set only by
 * the master of the epoch, and only of the set that it saw; an id for one replica only.
 */
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { demand } from '../violation.ts'

/** A change of an in-sync set that a controller has accepted. */
export interface Altered {
  readonly brokerName: string
  readonly masterEpoch: number
  readonly basedOn: number
  readonly newEpoch: number
}

export class MasterModel {
  readonly #isUncleanAllowed: boolean
  /** Master by broker name and epoch. */
  readonly #masters = new Map<string, number>()
  /** Master epoch by broker name and epoch of the set, as first applied. */
  readonly #sets = new Map<string, { readonly masterEpoch: number; readonly set: string }>()
  /** The in-sync set that each controller has applied last, by node and broker name. */
  readonly #known = new Map<string, readonly string[]>()
  /** Who has an id, by broker name and id. */
  readonly #ids = new Map<string, string>()

  constructor(isUncleanAllowed: boolean) {
    this.#isUncleanAllowed = isUncleanAllowed
  }

  /** How many masters were elected. */
  get elections(): number {
    return this.#masters.size
  }

  hear(event: TraceEvent): void {
    const { node } = event
    if (event.kind === 'node.started')
      for (const key of [...this.#known.keys()]) if (key.startsWith(`${node} `)) this.#known.delete(key)
    if (event.kind === 'master.elected') this.#elected(node, event)
    if (event.kind === 'syncset.changed') this.#changed(node, event)
    if (event.kind === 'app.handed') this.#handed(node, event.name, JSON.parse(event.text))
  }

  #elected(
    node: string,
    event: {
      brokerName: string
      brokerId: number
      masterEpoch: number
      syncStateSetEpoch: number
      syncStateSet: string
    },
  ): void {
    const { brokerName, brokerId, masterEpoch } = event
    this.#isMaster(brokerName, masterEpoch, brokerId, node)
    const before = this.#known.get(`${node} ${brokerName}`)
    const isFirst = masterEpoch === 1 || brokerId === 0 || before === undefined
    demand(
      isFirst || this.#isUncleanAllowed || before.includes(String(brokerId)),
      'master',
      () => `${node}: replica ${brokerId} is elected in epoch ${masterEpoch}, outside the in-sync set ${before}`,
    )
    this.#changed(node, event)
  }

  #changed(
    node: string,
    event: { brokerName: string; masterEpoch: number; syncStateSetEpoch: number; syncStateSet: string },
  ): void {
    const { brokerName, masterEpoch, syncStateSetEpoch: setEpoch, syncStateSet: set } = event
    const first = this.#sets.get(`${brokerName} ${setEpoch}`)
    demand(
      first === undefined || first.set === set,
      'master',
      () => `the in-sync set of epoch ${setEpoch} is ${set} at ${node}, and ${first?.set} elsewhere`,
    )
    if (first === undefined) this.#sets.set(`${brokerName} ${setEpoch}`, { masterEpoch, set })
    this.#known.set(`${node} ${brokerName}`, set.split(','))
  }

  #isMaster(brokerName: string, masterEpoch: number, brokerId: number, node: string): void {
    const known = this.#masters.get(`${brokerName} ${masterEpoch}`) ?? brokerId
    demand(
      known === brokerId,
      'master',
      () => `${node}: the master of epoch ${masterEpoch} of ${brokerName} is ${brokerId}, and ${known} elsewhere`,
    )
    this.#masters.set(`${brokerName} ${masterEpoch}`, brokerId)
  }

  #handed(node: string, name: string, facts: Record<string, number | string>): void {
    const brokerName = String(facts['brokerName'])
    if (name === 'identity') this.received(brokerName, Number(facts['brokerId']), node)
    else if (name === 'role' && facts['masterEpoch'] !== 0)
      this.#isMaster(brokerName, Number(facts['masterEpoch']), Number(facts['masterBrokerId']), node)
    else if (name === 'altered') this.accepted(facts as unknown as Altered)
  }

  /** `who` was told that the id belongs to it. */
  received(brokerName: string, brokerId: number, who: string): void {
    const owner = this.#ids.get(`${brokerName} ${brokerId}`) ?? who
    demand(owner === who, 'ids', () => `the id ${brokerId} of ${brokerName} belongs to ${owner} and to ${who}`)
    this.#ids.set(`${brokerName} ${brokerId}`, who)
  }

  accepted({ brokerName, masterEpoch, basedOn, newEpoch }: Altered): void {
    demand(
      newEpoch === basedOn + 1,
      'master',
      () => `a change of the set of epoch ${basedOn} was accepted and made epoch ${newEpoch}`,
    )
    const made = this.#sets.get(`${brokerName} ${newEpoch}`)
    demand(
      made === undefined || made.masterEpoch === masterEpoch,
      'master',
      () => `a master of epoch ${masterEpoch} changed the set in epoch ${made?.masterEpoch}`,
    )
  }
}
