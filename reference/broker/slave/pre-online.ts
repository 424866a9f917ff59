/**
 * Prepares a broker before it serves, when a slave of its broker name may act as the master. The broker is not registered in
 * this time, so clients still use the slave that acts.
 *
 * A slave connects to the master, and copies its log. When there is no master, the slave serves at once.
 *
 * A master fetches from the slaves the offsets that have changed while it was gone:
 *
 * | fetched from each slave   | used when                                                                            |
 * | ------------------------- | ------------------------------------------------------------------------------------ |
 * | offsets of groups         | the table of the slave is newer. From an older table, only offsets that are further   |
 * | offsets of delay levels   | a level of the slave is further                                                      |
 * | progress of the timer     | the slave has delivered later slots                                                  |
 *
 * When a slave does not answer, the broker asks again every second, until the slave answers or is no longer registered. When
 * no other broker has the name, the master serves at once.
 *
 * RocketMQ: `BrokerPreOnlineService`. In RocketMQ, the master first waits until the slave copies its log, and ignores an
 * older table of offsets.
 */
import type { TimerId } from '../../host/host.ts'
import { BodyError, decodeJsonBody } from '../../remoting/bodies/json-body.ts'
import { RemotingClient } from '../../remoting/remoting-client.ts'
import type { RequestParts } from '../../remoting/remoting-command.ts'
import { getAllConsumerOffset, getAllDelayOffset } from '../../remoting/requests/offset-admin.ts'
import { getTimerCheckPoint } from '../../remoting/requests/recall-message.ts'
import { exchangeHaInfo, exchangeHaInfoAnswer } from '../../remoting/requests/replicas.ts'
import { ResponseCode, responseName } from '../../remoting/response-code.ts'
import type { MessageStore } from '../../store/message-store.ts'
import { PRE_ONLINE_AGAIN_MS, SLAVE_SYNC_TIMEOUT_MS } from '../limits.ts'
import { CopiedTimerProgress } from './copied-timer-progress.ts'
import type { MemberGroup } from './member-group.ts'
import { delayOffsetShape, offsetTableShape, type SynchronizedParts } from './slave-synchronize.ts'

/** The parts of the broker that are brought up to date. */
export interface PreOnlineParts extends SynchronizedParts {
  readonly address: string
  readonly haServerAddr: string
  readonly store: MessageStore
}

/** The callbacks of a preparation. */
export interface PreOnlineEvents {
  /** Called when a slave has learned the addresses of its master. */
  onMaster(masterAddr: string, haServerAddr: string): void
  /** Called once, when the broker may serve. */
  onOnline(): void
}

/** One preparation of a broker. */
export class PreOnline {
  readonly #parts: PreOnlineParts
  readonly #group: MemberGroup
  readonly #client: RemotingClient
  readonly #events: PreOnlineEvents
  #timer: TimerId | undefined
  #isStopped = false

  constructor(parts: PreOnlineParts, group: MemberGroup, events: PreOnlineEvents) {
    this.#parts = parts
    this.#group = group
    this.#events = events
    const { innerClientAuthenticationCredentials } = parts.config
    this.#client = new RemotingClient(parts.host, undefined, () => {}, innerClientAuthenticationCredentials)
  }

  // #region pre-online
  start(): void {
    this.#group.ask((addrs) => {
      if (this.#isStopped) return
      if (addrs === undefined) return this.#again('no NameServer says who else has this broker name')
      if (this.#parts.config.brokerRole === 'SLAVE') return this.#copyFirst(addrs.get(0))
      const others = [...addrs].filter(([id, addr]) => id !== 0 && addr !== this.#parts.address)
      this.#askNext(others.sort(([a], [b]) => a - b).map(([, addr]) => addr))
    })
  }

  /** Fetches from `slave`, and then from `others`. */
  #askNext([slave, ...others]: readonly string[]): void {
    if (slave === undefined) return this.#online()
    const { offsets, schedule, address: masterAddress, haServerAddr: masterHaAddress } = this.#parts
    const haInfo = exchangeHaInfo.encode({ masterAddress, masterHaAddress, masterFlushOffset: 0 })
    const steps: readonly (readonly [RequestParts, (body: Uint8Array) => void])[] = [
      [{ code: exchangeHaInfo.code, extFields: haInfo }, () => {}],
      [
        { code: getAllDelayOffset.code, extFields: {} },
        (body) => schedule.adoptLater(decodeJsonBody('answer', body, delayOffsetShape)),
      ],
      [
        { code: getAllConsumerOffset.code, extFields: {} },
        (body) => offsets.adoptLater(decodeJsonBody('answer', body, offsetTableShape)),
      ],
      [{ code: getTimerCheckPoint.code, extFields: {} }, (body) => this.#adoptTimer(body)],
    ]
    this.#request(slave, steps, () => {
      this.#parts.host.trace.emit?.('master.prepared', { slave })
      this.#askNext(others)
    })
  }
  // #endregion pre-online

  /** Waits until this slave copies the log of its master. */
  #copyFirst(masterAddr: string | undefined): void {
    if (masterAddr === undefined || this.#parts.store.ha?.isCopying === true) return this.#online()
    const request = { code: exchangeHaInfo.code, extFields: exchangeHaInfo.encode({}) }
    this.#client.invoke(masterAddr, request, SLAVE_SYNC_TIMEOUT_MS, ({ error, response }) => {
      if (this.#isStopped) return
      if (error !== undefined) return this.#again(error.message)
      const { masterAddress = '', masterHaAddress = '' } = exchangeHaInfoAnswer.decode(response.extFields)
      if (masterHaAddress === '') return this.#online() // the master accepts no slaves
      this.#events.onMaster(masterAddress, masterHaAddress)
      this.#again(`it does not copy ${masterHaAddress} yet`)
    })
  }

  #online(): void {
    this.stop()
    this.#events.onOnline()
  }

  #request(
    slave: string,
    [step, ...later]: readonly (readonly [RequestParts, (body: Uint8Array) => void])[],
    done: () => void,
  ): void {
    if (step === undefined) return done()
    const [request, adopt] = step
    this.#client.invoke(slave, request, SLAVE_SYNC_TIMEOUT_MS, ({ error, response }) => {
      if (this.#isStopped) return
      if (error !== undefined) return this.#again(error.message)
      if (response.code !== ResponseCode.SUCCESS)
        return this.#again(
          `${slave} refuses request ${request.code}: ${response.remark ?? responseName(response.code)}`,
        )
      try {
        adopt(response.body ?? new Uint8Array())
      } catch (fault) {
        if (!(fault instanceof BodyError)) throw fault
        return this.#again(fault.message)
      }
      this.#request(slave, later, done)
    })
  }

  #adoptTimer(body: Uint8Array): void {
    const progress = new CopiedTimerProgress(this.#parts.host, this.#parts.config.storePathRootDir)
    progress.adoptLater(body)
    progress.close()
  }

  #again(why: string): void {
    this.#parts.host.trace.log('warn', `this broker does not serve yet: ${why}; asking its group again`)
    this.#timer = this.#parts.host.clock.after(PRE_ONLINE_AGAIN_MS, () => this.start())
  }

  stop(): void {
    this.#isStopped = true
    if (this.#timer !== undefined) this.#parts.host.clock.cancel(this.#timer)
    this.#client.close()
  }
}
