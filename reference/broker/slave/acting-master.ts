/**
 * Decides whether a slave acts as the master. The live broker with the smallest id of its broker name does the work of a
 * master. When this broker is a slave, it is the acting master.
 *
 * | work of a master                       | acting slave                                                            |
 * | -------------------------------------- | ----------------------------------------------------------------------- |
 * | pulls, locks of queues, offsets        | served                                                                  |
 * | sends                                  | refused: the log of a slave has only what its master has                |
 * | delayed and timed messages that are due | stored on another broker (`escape-bridge.ts`), or they wait for the master |
 * | open transactions                      | with enableRemoteEscape, given to another broker, which asks the producers (`../transaction/escaped-halves.ts`) |
 * | pops, acknowledgements, revive         | served with enableRemoteEscape. Check points, acknowledgements and redelivered messages are stored on another broker. Without enableRemoteEscape, popped messages wait for the master |
 *
 * Two sources report the smallest id. The slave asks a NameServer every second. A NameServer that sends notices
 * (NOTIFY_MIN_BROKER_ID_CHANGE) reports a new smallest id at once.
 *
 * Under a controller, a slave acts until a master is elected, or for longer when no replica may be elected.
 *
 * RocketMQ: `BrokerController.updateMinBroker`, `onMinBrokerChange`, `changeSpecialServiceStatus`.
 */
import type { Host } from '../../host/host.ts'
import type { BrokerConfig } from '../broker-config.ts'
import type { MemberAddrs } from './member-group.ts'

/** The callbacks for a change of the smallest id. */
export interface ActingEvents {
  /** Called when this slave has the smallest id, and so begins to do the work of the master. */
  onBegin(): void
  /** Called when this slave no longer has the smallest id. */
  onEnd(): void
  /** Called when a master is alive again: the old master, or another broker. */
  onMaster(masterAddr: string): void
}

/** The role that a slave has in its group. */
export class ActingMaster {
  readonly #host: Host
  readonly #config: BrokerConfig
  readonly #events: ActingEvents
  #minId = -1
  #isActing = false

  constructor(host: Host, config: BrokerConfig, events: ActingEvents) {
    this.#host = host
    this.#config = config
    this.#events = events
  }

  /** True while this slave does the work of its master. */
  get isActing(): boolean {
    return this.#isActing
  }

  /** Called when a controller has decided the role of this broker. Returns true when this slave acted until now. */
  forget(): boolean {
    const hasActed = this.#isActing
    this.#minId = -1
    this.#isActing = false
    const { brokerName, brokerId } = this.#config
    if (hasActed) this.#host.trace.emit?.('acting.ended', { brokerName, brokerId, minBrokerId: 0 })
    return hasActed
  }

  /** Called when a NameServer has returned the live members. */
  groupKnown(addrs: MemberAddrs): void {
    const minId = Math.min(...addrs.keys())
    this.minIdKnown(minId, addrs.get(minId)!)
  }

  // #region min-id-known
  /** Called when the smallest live id of this broker name is `minId`. Does nothing when `minId` has not changed. */
  minIdKnown(minId: number, minAddr: string): void {
    if (minId === this.#minId) return
    this.#minId = minId
    const { brokerName, brokerId } = this.#config
    const wasActing = this.#isActing
    this.#isActing = minId === brokerId
    if (this.#isActing === wasActing && minId !== 0) return
    if (this.#isActing !== wasActing) {
      if (this.#isActing) this.#host.trace.emit?.('acting.began', { brokerName, brokerId })
      else this.#host.trace.emit?.('acting.ended', { brokerName, brokerId, minBrokerId: minId })
      if (this.#isActing) this.#events.onBegin()
      else this.#events.onEnd()
    }
    if (minId === 0) this.#events.onMaster(minAddr)
  }
  // #endregion min-id-known
}
