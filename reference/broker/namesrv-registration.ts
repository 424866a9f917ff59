/**
 * Keeps every NameServer informed: at the start, every 30 s, and when a topic changes.
 *
 * Registration is the heartbeat too: a NameServer that hears nothing for two minutes forgets the broker. One that cannot be
 * reached is tried again the next time; the others are not affected.
 *
 * RocketMQ: `BrokerController.registerBrokerAll`, `BrokerOuterAPI`. Departure: a topic change always sends the whole table.
 */
import type { Host, TimerId } from '../host/host.ts'
import { encodeJsonBody } from '../remoting/bodies/json-body.ts'
import { registerBrokerBodyJson } from '../remoting/bodies/topic-config.ts'
import { RemotingClient } from '../remoting/remoting-client.ts'
import type { RemotingCommand } from '../remoting/remoting-command.ts'
import { registerBroker, unregisterBroker } from '../remoting/requests/register-broker.ts'
import { ResponseCode, responseName } from '../remoting/response-code.ts'
import type { BrokerConfig } from './broker-config.ts'
import { withBrokerPermission } from './broker-permission.ts'
import { REGISTER_TIMEOUT_MS } from './limits.ts'
import type { TopicConfigManager } from './topic-config-manager.ts'

export class NamesrvRegistration {
  readonly #host: Host
  readonly #config: BrokerConfig
  readonly #topics: TopicConfigManager
  readonly #client: RemotingClient
  #address = ''
  #timer: TimerId | undefined
  #soon = false
  #stopped = false

  constructor(host: Host, config: BrokerConfig, topics: TopicConfigManager) {
    this.#host = host
    this.#config = config
    this.#topics = topics
    this.#client = new RemotingClient(host, undefined, undefined, config.innerClientAuthenticationCredentials)
  }

  /** Registers `address` now and from now on; `firstDone` is called when every NameServer has answered or failed once. */
  start(address: string, firstDone: () => void): void {
    this.#address = address
    this.#registerAll(firstDone)
    this.#again()
  }

  /** A topic has changed: tell at the end of this turn, once for all changes in it. */
  topicsChanged(): void {
    if (this.#address === '' || this.#soon || this.#stopped) return
    this.#soon = true
    this.#host.clock.after(0, () => {
      this.#soon = false
      if (!this.#stopped) this.#registerAll(() => {})
    })
  }

  /** Says farewell to every NameServer and closes. */
  stop(done: () => void): void {
    this.#stopped = true
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
    const close = () => {
      this.#client.close()
      done()
    }
    if (this.#address === '') return close()
    const extFields = unregisterBroker.encode(this.#who())
    this.#forEach(1_000, () => ({ code: unregisterBroker.code, extFields }), close)
  }

  #again(): void {
    this.#timer = this.#host.clock.after(this.#config.registerNameServerPeriodMs, () => {
      this.#registerAll(() => {})
      this.#again()
    })
  }

  #who() {
    const { brokerName, brokerId, brokerClusterName } = this.#config
    return { brokerName, brokerId, brokerAddr: this.#address, clusterName: brokerClusterName }
  }

  // #region register-all
  #registerAll(done: () => void): void {
    const body = encodeJsonBody(
      registerBrokerBodyJson(withBrokerPermission(this.#topics.registration(), this.#config.brokerPermission)),
    )
    const extFields = registerBroker.encode({
      ...this.#who(),
      haServerAddr: this.#haServerAddr(),
      compressed: false,
      bodyCrc32: 0,
    })
    this.#forEach(REGISTER_TIMEOUT_MS, () => ({ code: registerBroker.code, extFields, body }), done)
  }
  // #endregion register-all

  /** Where slaves would connect: the next port. */
  #haServerAddr(): string {
    const colon = this.#address.lastIndexOf(':')
    return `${this.#address.slice(0, colon)}:${Number(this.#address.slice(colon + 1)) + 1}`
  }

  #forEach(
    timeoutMs: number,
    parts: () => { code: number; extFields: { [name: string]: string }; body?: Uint8Array },
    done: () => void,
  ): void {
    let left = this.#config.namesrvAddr.length
    if (left === 0) return done()
    for (const namesrv of this.#config.namesrvAddr) {
      const request = parts()
      this.#client.invoke(namesrv, request, timeoutMs, (answer) => {
        const problem = answer.error === undefined ? problemOf(answer.response) : answer.error.message
        this.#tell(namesrv, request.code, problem)
        if (--left === 0) done()
      })
    }
  }

  #tell(namesrv: string, code: number, problem: string): void {
    if (problem === '') {
      if (this.#host.trace.on && code === registerBroker.code)
        this.#host.trace.emit('broker.registered', { namesrv, address: this.#address })
    } else if (!this.#stopped) {
      const text = `NameServer ${namesrv}: ${problem}; trying again in ${this.#config.registerNameServerPeriodMs / 1000} s`
      this.#host.trace.log('warn', text)
    }
  }
}

/** '' for a success, otherwise the words of the answer. */
function problemOf(response: RemotingCommand): string {
  return response.code === ResponseCode.SUCCESS ? '' : (response.remark ?? responseName(response.code))
}
