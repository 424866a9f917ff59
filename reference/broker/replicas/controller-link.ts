/**
 * The requests of a broker to its controllers. Only the leader of the controllers decides, so the broker first asks any
 * controller who leads. When the leader does not answer, or no longer leads, the broker asks again.
 *
 * RocketMQ: `BrokerOuterAPI`, `ReplicasManager.updateControllerMetadata`.
 */
import type { Host } from '../../host/host.ts'
import type { RemotingClient } from '../../remoting/remoting-client.ts'
import type { RemotingCommand, RequestParts } from '../../remoting/remoting-command.ts'
import { RequestCode } from '../../remoting/request-code.ts'
import * as requests from '../../remoting/requests/controller.ts'
import { brokerHeartbeat } from '../../remoting/requests/namesrv-admin.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { CONTROLLER_TIMEOUT_MS } from '../limits.ts'

/** The fields of a heartbeat. */
export type Heartbeat = Parameters<typeof brokerHeartbeat.encode>[0]

/** The controllers of one broker. */
export class ControllerLink {
  readonly #host: Host
  readonly #client: RemotingClient
  readonly #controllers: readonly string[]
  #leader = ''
  /**
   * The number of times that the broker has asked a controller for the leader. The next such request goes to the next
   * controller.
   */
  #asked = 0

  constructor(host: Host, client: RemotingClient, controllers: readonly string[]) {
    this.#host = host
    this.#client = client
    this.#controllers = controllers
  }

  /** The address of the leader, or '' while it is not known. */
  get leader(): string {
    return this.#leader
  }

  // #region ask-leader
  /** Asks one controller who leads. Calls `done` when this controller has answered, or after the time limit. */
  askLeader(done: () => void): void {
    const address = this.#controllers[this.#asked++ % this.#controllers.length]!
    const request = { code: RequestCode.CONTROLLER_GET_METADATA_INFO }
    this.#client.invoke(address, request, CONTROLLER_TIMEOUT_MS, ({ response }) => {
      const leader =
        response?.code === ResponseCode.SUCCESS
          ? requests.getMetadataAnswer.decode(response.extFields).controllerLeaderAddress
          : ''
      if (leader !== '') this.#leader = leader
      else if (address === this.#leader) this.#leader = ''
      done()
    })
  }
  // #endregion ask-leader

  /**
   * Sends a request to the leader. Calls `answered` with undefined when the leader is not known, has not answered, or no
   * longer leads.
   */
  invoke(request: RequestParts, answered: (response: RemotingCommand | undefined) => void): void {
    const leader = this.#leader
    if (leader === '') return void this.#host.clock.after(0, () => answered(undefined))
    this.#client.invoke(leader, request, CONTROLLER_TIMEOUT_MS, ({ response }) => {
      const isDecided = response !== undefined && response.code !== ResponseCode.CONTROLLER_NOT_LEADER
      if (!isDecided && this.#leader === leader) this.#leader = ''
      answered(isDecided ? response : undefined)
    })
  }

  /** Sends a heartbeat to every controller. */
  sendHeartbeat(heartbeat: Heartbeat): void {
    const extFields = brokerHeartbeat.encode(heartbeat)
    for (const address of this.#controllers)
      this.#client.invokeOneway(address, { code: brokerHeartbeat.code, extFields })
  }
}
