/**
 * Registers this broker and its topics at every NameServer. The broker sends a registration when it starts, then every 30 s
 * (`registerNameServerPeriod`), when a topic changes, and when its role changes.
 *
 * | event             | content of the registration |
 * | ----------------- | ----------------------------------------------------------------------------------------------- |
 * | a topic changes   | this topic, and every other topic that changes in the same turn of the event loop |
 * | the broker starts | every topic. One registration has at most 800 topics. The next registration is sent when the one before has been answered |
 * | every 30 s        | every topic. With more than 800 topics, and when no NameServer may lack topics, the broker first asks each NameServer which version of the topic table it has (QUERY_DATA_VERSION). The broker then registers only when one of these versions differs from the version in the broker |
 *
 * A registration is also the heartbeat of the broker. By default, a NameServer removes a broker from which it has received
 * nothing for two minutes. When one NameServer cannot be reached, the broker still registers at all other NameServers. The
 * next registration is sent to the unreachable NameServer, too.
 *
 * A NameServer of version 4.9 accepts a topic table only when the version of the table has changed. A table of more than 800
 * topics is sent in parts. Each part has a version of its own. When the newest registration had only a part of the table and
 * a NameServer may lack topics, the next registration of all topics has a new version, too.
 *
 * RocketMQ: `BrokerController.registerBrokerAll`, `registerIncrementBrokerData`, `needRegister`, `BrokerOuterAPI`. Unlike
 * GlassMQ, RocketMQ sends a large table in one registration unless `enableSplitRegistration` is set, and a registration of
 * more than 16 MiB fails. GlassMQ always sends a large table in parts.
 */
import type { Host, TimerId } from '../host/host.ts'
import { encodeJsonBody } from '../remoting/bodies/json-body.ts'
import { type RegisterBrokerBody, registerBrokerBodyJson } from '../remoting/bodies/topic-config.ts'
import { RemotingClient } from '../remoting/remoting-client.ts'
import type { RemotingCommand, RequestParts } from '../remoting/remoting-command.ts'
import {
  queryDataVersion,
  registerBroker,
  registerBrokerAnswer,
  unregisterBroker,
} from '../remoting/requests/register-broker.ts'
import { ResponseCode, responseName } from '../remoting/response-code.ts'
import type { BrokerConfig } from './broker-config.ts'
import { withBrokerPermission } from './broker-permission.ts'
import { REGISTER_TIMEOUT_MS, REGISTER_TOPICS_MAX, REGISTERED_WITHIN_MS } from './limits.ts'
import type { TopicConfigManager } from './topic-config-manager.ts'

/**
 * The topics that have changed in one turn of the event loop, and the callbacks that are called when the registration of
 * these topics has ended.
 */
interface Batch {
  readonly topics: Set<string>
  readonly waiting: (() => void)[]
}

/** Registers this broker at all of its NameServers. */
export class NamesrvRegistration {
  readonly #host: Host
  readonly #config: BrokerConfig
  readonly #topics: TopicConfigManager
  readonly #client: RemotingClient
  readonly #onMaster: (masterAddr: string, haServerAddr: string) => void
  #address = ''
  #timer: TimerId | undefined
  #stopped = false
  /** The batch that collects the topics that change in this turn of the event loop. */
  #gathering: Batch | undefined
  /**
   * For each changed topic, the batch with the newest change of this topic. The entry is removed when the registration of
   * the batch has ended, or after 2 s.
   */
  readonly #unregistered = new Map<string, Batch>()
  /**
   * NameServers that may lack topics: all of them at the start, those that have not accepted a registration or have another
   * version of the table, and those whose connection was lost.
   */
  readonly #lacking: Set<string>
  /**
   * True when the newest registration had only a part of the topic table. After such a registration, the NameServers know
   * the newest version of the table, but perhaps not all topics.
   */
  #isVersionOfPart = false
  #isRegisteringAll = false
  /** True when all topics must be registered again after the present registration. */
  #isWantedAgain = false
  /**
   * The number of requests to NameServers that have no answer yet. The callbacks in `#waitingForQuiet` are called when every
   * request has an answer.
   */
  #underWay = 0
  #waitingForQuiet: (() => void)[] = []

  /**
   * `onMaster` is called on a slave when a NameServer knows the master of the slave. `onMaster` receives two addresses of
   * the master: `masterAddr` for requests, and `haServerAddr` for copying the log.
   */
  constructor(
    host: Host,
    config: BrokerConfig,
    topics: TopicConfigManager,
    onMaster: (masterAddr: string, haServerAddr: string) => void,
  ) {
    this.#onMaster = onMaster
    this.#host = host
    this.#config = config
    this.#topics = topics
    this.#lacking = new Set(config.namesrvAddr)
    const gone = (namesrv: string) => void this.#lacking.add(namesrv)
    this.#client = new RemotingClient(host, undefined, gone, config.innerClientAuthenticationCredentials)
  }

  /**
   * Registers `address` at once, and again at regular intervals. `firstDone` is called when the first registration of all
   * topics has ended: each NameServer has answered, or the request to this NameServer has failed.
   */
  start(address: string, firstDone: () => void): void {
    this.#address = address
    this.#registerAll(firstDone)
    this.#again()
  }

  /** Registers all topics now, or after a registration of all topics that is under way. Does nothing before `start`. */
  registerNow(): void {
    if (this.#address === '' || this.#stopped) return
    if (this.#isRegisteringAll) this.#isWantedAgain = true
    else this.#registerAll(() => {})
  }

  // #region register-changes
  /**
   * Called when a topic has changed. All topics that change in one turn of the event loop are registered together in the
   * next turn.
   */
  topicChanged(topic: string): void {
    if (this.#address === '' || this.#stopped || this.#config.namesrvAddr.length === 0) return
    if (this.#gathering === undefined) {
      const batch: Batch = { topics: new Set(), waiting: [] }
      this.#gathering = batch
      this.#host.clock.after(0, () => {
        this.#gathering = undefined
        this.#registerChanges(batch)
      })
    }
    this.#gathering.topics.add(topic)
    this.#unregistered.set(topic, this.#gathering)
  }

  /**
   * Calls `done` when the newest registration of `topic` has ended: each NameServer has answered, or the request to this
   * NameServer has failed. Calls `done` after two seconds at the latest. When no registration of `topic` is under way, calls
   * `done` at once.
   */
  whenRegistered(topic: string, done: () => void): void {
    const batch = this.#unregistered.get(topic)
    if (batch === undefined) done()
    else batch.waiting.push(done)
  }

  /**
   * Calls `done` when no request to a NameServer is open, or after two seconds at the latest. The answer to the deletion of
   * a topic is sent by `done`, because a registration that was sent before the deletion still contains the topic. When such
   * a registration has no answer after two seconds, it can happen that a NameServer receives this registration after the
   * answer to the deletion was sent.
   */
  whenQuiet(done: () => void): void {
    if (this.#underWay === 0) done()
    else this.#waitingForQuiet.push(this.#within(done))
  }

  #registerChanges(batch: Batch): void {
    const registered = () => {
      for (const topic of batch.topics) if (this.#unregistered.get(topic) === batch) this.#unregistered.delete(topic)
      for (const done of batch.waiting.splice(0)) done()
    }
    const names = [...batch.topics].filter((topic) => this.#topics.get(topic) !== undefined)
    if (names.length === 0 || this.#stopped) registered()
    else this.#registerParts(names, true, this.#within(registered))
  }
  // #endregion register-changes

  /**
   * Returns a function that calls `done` at its first call. When this function is not called within `REGISTERED_WITHIN_MS`,
   * `done` is called after this time.
   */
  #within(done: () => void): () => void {
    let isOver = false
    const once = () => {
      if (isOver) return
      isOver = true
      this.#host.clock.cancel(timer)
      done()
    }
    const timer = this.#host.clock.after(REGISTERED_WITHIN_MS, once)
    return once
  }

  /**
   * Unregisters this broker at every NameServer. After all answers, or after one second, closes the connections and calls
   * `done`.
   */
  stop(done: () => void): void {
    this.#stopped = true
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
    const close = () => {
      this.#client.close()
      done()
    }
    if (this.#address === '') return close()
    const request = { code: unregisterBroker.code, extFields: unregisterBroker.encode(this.#who()) }
    this.#askEach(this.#config.namesrvAddr, request, 1_000, () => {}, close)
  }

  #again(): void {
    this.#timer = this.#host.clock.after(this.#config.registerNameServerPeriodMs, () => {
      this.#again()
      if (!this.#isRegisteringAll) this.#registerAgain()
    })
  }

  #who() {
    const { brokerName, brokerId, brokerClusterName } = this.#config
    return { brokerName, brokerId, brokerAddr: this.#address, clusterName: brokerClusterName }
  }

  // #region register-again
  /**
   * Registers all topics when there are at most 800, or when a NameServer may lack topics. In all other cases, asks each
   * NameServer which version of the topic table it has. Then registers all topics only when a NameServer has another version
   * than the broker, or does not answer.
   */
  #registerAgain(): void {
    if (this.#topics.names().length <= REGISTER_TOPICS_MAX) return this.#registerAll(() => {})
    if (this.#lacking.size > 0) return this.#registerAll(() => {})
    const extFields = queryDataVersion.encode(this.#who())
    const body = encodeJsonBody(this.#topics.partOf([]).dataVersion)
    const request = { code: queryDataVersion.code, extFields, body }
    this.#askEach(
      this.#config.namesrvAddr,
      request,
      REGISTER_TIMEOUT_MS,
      (namesrv, response) => {
        if (response?.extFields?.['changed'] !== 'false') this.#lacking.add(namesrv)
      },
      () => {
        if (this.#lacking.size > 0 && !this.#stopped && !this.#isRegisteringAll) this.#registerAll(() => {})
      },
    )
  }
  // #endregion register-again

  /** Sends the whole topic table to every NameServer, in parts. Calls `done` when every part was answered or has failed. */
  #registerAll(done: () => void): void {
    this.#isRegisteringAll = true
    if (this.#isVersionOfPart && this.#lacking.size > 0) this.#topics.raiseVersion()
    this.#isVersionOfPart = false
    this.#lacking.clear() // NameServers that do not accept a part are added to `#lacking` again
    this.#registerParts(this.#topics.names(), false, () => {
      this.#isRegisteringAll = false
      done()
      if (!this.#isWantedAgain) return
      this.#isWantedAgain = false
      this.registerNow()
    })
  }

  // #region registration
  /** Returns the request that registers this broker: its name and address, and the given topics. */
  #registration(topics: RegisterBrokerBody): RequestParts {
    const extFields = registerBroker.encode({
      ...this.#who(), // brokerName, brokerId, brokerAddr, clusterName
      haServerAddr: this.haServerAddr,
      ...this.#acting(),
      compressed: false,
      bodyCrc32: 0,
    })
    const told = withBrokerPermission(topics, this.#config.brokerPermission)
    return { code: registerBroker.code, extFields, body: encodeJsonBody(registerBrokerBodyJson(told)) }
  }
  // #endregion registration

  /**
   * The fields that allow a slave to act as the master. Without `enableSlaveActingMaster`, a registration has the fields of
   * 4.9.
   */
  #acting() {
    const { enableSlaveActingMaster, brokerNotActiveTimeoutMillis } = this.#config
    if (!enableSlaveActingMaster) return {}
    return { enableActingMaster: true, heartbeatTimeoutMillis: brokerNotActiveTimeoutMillis }
  }

  // #region register-parts
  /**
   * Registers topics in parts. When all NameServers have answered a part, the next part is sent to the NameServers that have
   * accepted this part. `isPartOnly` is true when `names` are not all topics.
   */
  #registerParts(names: readonly string[], isPartOnly: boolean, done: () => void): void {
    let namesrvs = this.#config.namesrvAddr
    let from = 0
    const next = () => {
      if (from > 0) this.#topics.raiseVersion()
      // Each part has a version that differs from the version of the part before.
      const part = this.#topics.partOf(names.slice(from, from + REGISTER_TOPICS_MAX))
      from += REGISTER_TOPICS_MAX
      if (isPartOnly || names.length > REGISTER_TOPICS_MAX) this.#isVersionOfPart = true
      const request = this.#registration(part)
      const failed = new Set<string>()
      this.#askEach(
        namesrvs,
        request,
        REGISTER_TIMEOUT_MS,
        (namesrv, response) => {
          if (response !== undefined) return this.#learnMaster(response)
          failed.add(namesrv)
          this.#lacking.add(namesrv)
        },
        () => {
          // The next part goes to the NameServers that have accepted this part.
          namesrvs = namesrvs.filter((namesrv) => !failed.has(namesrv))
          if (from >= names.length || namesrvs.length === 0 || this.#stopped) done()
          else next()
        },
      )
    }
    next()
  }
  // #endregion register-parts

  /**
   * Learns the address of the master from the answer. Does nothing on a master. RocketMQ:
   * `BrokerController.handleRegisterBrokerResult`.
   */
  #learnMaster(response: RemotingCommand): void {
    if (this.#config.brokerRole !== 'SLAVE') return
    const { masterAddr, haServerAddr } = registerBrokerAnswer.decode(response.extFields)
    if (masterAddr !== undefined && masterAddr !== '') this.#onMaster(masterAddr, haServerAddr ?? '')
  }

  /**
   * Returns the address to which slaves connect. By default, the port of this address is the next port after the port of the
   * broker.
   */
  get haServerAddr(): string {
    const { brokerIP2, haListenPort } = this.#config
    const colon = this.#address.lastIndexOf(':')
    const port = haListenPort === 0 ? Number(this.#address.slice(colon + 1)) + 1 : haListenPort
    return `${brokerIP2 === '' ? this.#address.slice(0, colon) : brokerIP2}:${port}`
  }

  /**
   * Sends a request to several NameServers at the same time. `answered` is called once for each NameServer: with the answer,
   * or with undefined when the request was refused or has failed. `done` is called after the last call of `answered`.
   */
  #askEach(
    namesrvs: readonly string[],
    request: RequestParts,
    timeoutMs: number,
    answered: (namesrv: string, response: RemotingCommand | undefined) => void,
    done: () => void,
  ): void {
    let left = namesrvs.length
    if (left === 0) return done()
    for (const namesrv of namesrvs) {
      this.#underWay++
      this.#client.invoke(namesrv, request, timeoutMs, (answer) => {
        const problem = answer.error === undefined ? problemOf(answer.response) : answer.error.message
        this.#trace(namesrv, request.code, problem)
        answered(namesrv, problem === undefined ? answer.response : undefined)
        if (--this.#underWay === 0) for (const quiet of this.#waitingForQuiet.splice(0)) quiet()
        if (--left === 0) done()
      })
    }
  }

  #trace(namesrv: string, code: number, problem: string | undefined): void {
    if (problem === undefined) {
      if (code === registerBroker.code)
        this.#host.trace.emit?.('broker.registered', { namesrv, address: this.#address })
    } else if (!this.#stopped) {
      const text = `NameServer ${namesrv}: ${problem}; trying again in ${this.#config.registerNameServerPeriodMs / 1000} s`
      this.#host.trace.log('warn', text)
    }
  }
}

/**
 * Returns the reason why a NameServer has refused a request. Returns undefined when the NameServer has accepted the request.
 */
function problemOf(response: RemotingCommand): string | undefined {
  return response.code === ResponseCode.SUCCESS ? undefined : (response.remark ?? responseName(response.code))
}
