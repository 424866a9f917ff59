/**
 * Finds the live brokers that have the same broker name as this broker. With `enableSlaveActingMaster`, a slave asks a
 * NameServer for them every second. Each of these brokers sends heartbeats. When no heartbeat has arrived for
 * `brokerNotActiveTimeoutMillis` (ten seconds), the next search of a NameServer, at most five seconds later, removes the broker
 * from the routes. Every NameServer knows the requests that are used:
 *
 * | request                      | sent to         | use                                                              |
 * | ---------------------------- | --------------- | ---------------------------------------------------------------- |
 * | QUERY_DATA_VERSION, oneway   | all NameServers | a heartbeat: the NameServer notes that the broker is alive        |
 * | GET_ROUTEINFO_BY_TOPIC       | one NameServer after the other | asks for the route of a topic that exists for each broker name; this route contains the addresses by id |
 *
 * RocketMQ: `BrokerOuterAPI.sendHeartbeatViaDataVersion`, `syncBrokerMemberGroup`, `BrokerController.syncBrokerMemberGroup`.
 */
import { SYNC_BROKER_MEMBER_GROUP_PREFIX } from '../../common/topic-validator.ts'
import type { Host, TimerId } from '../../host/host.ts'
import type { DataVersion } from '../../remoting/bodies/data-version.ts'
import { encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import { RemotingClient } from '../../remoting/remoting-client.ts'
import { queryDataVersion } from '../../remoting/requests/register-broker.ts'
import type { BrokerConfig } from '../broker-config.ts'
import { askRoute } from '../pop/topic-routes.ts'

/** The addresses of the live brokers with one broker name, by id. */
export type MemberAddrs = ReadonlyMap<number, string>

/** The parts of the broker that `MemberGroup` uses. */
export interface MemberGroupParts {
  readonly host: Host
  readonly config: BrokerConfig
  readonly topics: { registration(): { readonly dataVersion: DataVersion } }
}

/** The member group of one broker. */
export class MemberGroup {
  readonly #parts: MemberGroupParts
  readonly #client: RemotingClient
  readonly #timers = new Map<string, TimerId>()
  #isAsking = false

  constructor(parts: MemberGroupParts) {
    this.#parts = parts
    const { innerClientAuthenticationCredentials } = parts.config
    this.#client = new RemotingClient(parts.host, undefined, () => {}, innerClientAuthenticationCredentials)
  }

  // #region member-group
  /**
   * Begins to send heartbeats for `address`. With `onGroup`, also begins to ask for the members, and calls `onGroup` with
   * the members when there are any.
   */
  start(address: string, onGroup: ((addrs: MemberAddrs) => void) | undefined): void {
    const { brokerHeartbeatInterval, syncBrokerMemberGroupPeriod } = this.#parts.config
    this.#every('heartbeat', brokerHeartbeatInterval, () => this.#sendHeartbeat(address))
    if (onGroup === undefined) return
    this.#every('group', syncBrokerMemberGroupPeriod, () => {
      this.ask((addrs) => {
        if (addrs !== undefined && addrs.size > 0) onGroup(addrs)
      })
    })
  }

  /**
   * Asks a NameServer which live brokers have this broker name. Calls `done` with an empty map when the NameServer knows no
   * such broker, and with undefined when no NameServer gives a usable answer. While an earlier call has no answer, does nothing and does
   * not call `done`.
   */
  ask(done: (addrs: MemberAddrs | undefined) => void): void {
    if (this.#isAsking) return
    this.#isAsking = true
    const { brokerName, brokerClusterName, namesrvAddr } = this.#parts.config
    askRoute(this.#client, namesrvAddr, `${SYNC_BROKER_MEMBER_GROUP_PREFIX}${brokerName}`, (answer) => {
      this.#isAsking = false
      const isOurs = (data: { brokerName: string; cluster: string }) =>
        data.brokerName === brokerName && data.cluster === brokerClusterName
      const addrs = answer?.route?.brokerDatas.find(isOurs)?.brokerAddrs ?? new Map<string, string>()
      done(answer && new Map([...addrs].map(([id, addr]) => [Number(id), addr])))
    })
  }
  // #endregion member-group

  #sendHeartbeat(brokerAddr: string): void {
    const { brokerName, brokerId, brokerClusterName: clusterName, namesrvAddr } = this.#parts.config
    const request = {
      code: queryDataVersion.code,
      extFields: queryDataVersion.encode({ brokerName, brokerId, brokerAddr, clusterName }),
      body: encodeJsonBody(this.#parts.topics.registration().dataVersion),
    }
    for (const namesrv of namesrvAddr) this.#client.invokeOneway(namesrv, request)
  }

  #every(what: string, periodMs: number, act: () => void): void {
    const again = () => {
      this.#timers.set(
        what,
        this.#parts.host.clock.after(periodMs, () => {
          again()
          act()
        }),
      )
    }
    again()
  }

  stop(): void {
    for (const timer of this.#timers.values()) this.#parts.host.clock.cancel(timer)
    this.#client.close()
  }
}
