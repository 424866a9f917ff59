/**
 * Copies the log of a store whose master is elected by a controller. The broker sets the role with `becomeMaster` and
 * `becomeSlave`. Before its first role, the store accepts no puts and copies nothing.
 *
 * | step of a slave that becomes the master                     | why                                                    |
 * | ------------------------------------------------------------ | ------------------------------------------------------ |
 * | stops copying                                                | the old master is no longer the master                 |
 * | cuts off the last record when it is not complete, and syncs the log | the rest of this record never arrives            |
 * | writes the new epoch to its epoch file, and waits for the disk | the bytes of the new epoch must be recognized          |
 * | dispatches every record to the end of the log                 | the next queue offsets follow from the queues          |
 * | accepts puts, and listens for slaves                         |                                                        |
 *
 * The *confirm offset* is the position before which every member of the in-sync set has the log. Only confirmed records are
 * in queues, so consumers see no record that a later master may lack. Without `allAckInSyncStateSet`, every written byte of
 * the master counts as confirmed, so a later master may lack such records. A slave learns the confirm offset from its
 * master. The checkpoint keeps the confirm offset, because a start after a crash must not show later records.
 *
 * Role changes run one after the other (`role-changes.ts`), because a truncation takes time.
 *
 * RocketMQ: `AutoSwitchHAService`.
 */
import { attempt } from '../../host/disk-attempt.ts'
import { DiskError } from '../../host/host.ts'
import { DELAY_LEVELS_MS } from '../delay-level.ts'
import { AutoSwitchClient } from './auto-switch-client.ts'
import { AutoSwitchMaster } from './auto-switch-master.ts'
import type { AutoSwitchEvents, AutoSwitchParts, ReplicaListener } from './auto-switch-parts.ts'
import { type EpochEntry, EpochFile } from './epoch-file.ts'
import { GroupTransfer } from './group-transfer.ts'
import type { ControllerModeConfig } from './ha-config.ts'
import type { SlaveState } from './ha-master.ts'
import { InSyncSet } from './in-sync-set.ts'
import { LogFollower } from './log-follower.ts'
import { RoleChanges } from './role-changes.ts'

type Role = 'none' | 'master' | 'slave'

/** The copying of one store under a controller. */
export class AutoSwitchService {
  readonly #parts: AutoSwitchParts
  readonly #config: ControllerModeConfig
  readonly #events: AutoSwitchEvents
  readonly #epochs: EpochFile
  readonly #follower: LogFollower
  readonly #master: AutoSwitchMaster
  readonly inSync: InSyncSet
  readonly copies: GroupTransfer
  /** Set by the broker before the first role. */
  listener: ReplicaListener = { proposed: () => {}, truncated: () => {} }
  #client: AutoSwitchClient | undefined
  #role: Role = 'none'
  #ownId = 0
  /** The number of calls of `becomeMaster` that have not ended. */
  #epochsToBegin = 0
  #confirmOffset = 0
  readonly #changes = new RoleChanges()

  constructor(parts: AutoSwitchParts, config: ControllerModeConfig, events: AutoSwitchEvents) {
    const { host, log, dispatcher, delayLevelsMs } = parts
    this.#parts = parts
    this.#config = config
    this.#events = events
    this.#epochs = new EpochFile(host.disk, config.storePathEpochFile)
    const follows = { trace: host.trace, log, dispatcher, delayLevelsMs: delayLevelsMs ?? DELAY_LEVELS_MS }
    this.#follower = new LogFollower(follows, (storeTimestamp) => events.onRecord(storeTimestamp))
    const confirmOffset = () => this.confirmOffset
    this.#master = new AutoSwitchMaster(
      { host, log, epochs: this.#epochs, confirmOffset },
      {
        onReported: (slave) => {
          const epochStart = this.#epochs.last?.startOffset ?? 0
          if (this.#mayPropose) this.inSync.reported(slave, log.writtenAt, this.confirmOffset, epochStart)
          this.#slavesChanged()
        },
        onLeft: (brokerId) => {
          if (this.#mayPropose && brokerId !== undefined) this.inSync.left(brokerId)
          this.#slavesChanged()
        },
      },
    )
    this.inSync = new InSyncSet(
      host.clock,
      config,
      () => this.#master.replicas,
      (set) => this.listener.proposed(set),
    )
    this.copies = new GroupTransfer(host.clock, config.slaveTimeoutMs, this.inSync)
  }

  /** True also before the first role. */
  get isSlave(): boolean {
    return this.#role !== 'master'
  }
  /**
   * False while a new epoch of a master begins. When the epoch begins, the in-sync set of the election replaces the present
   * set, and a proposal that the controller has accepted earlier would be forgotten.
   */
  get #mayPropose(): boolean {
    return this.#role === 'master' && this.#epochsToBegin === 0
  }
  get slaves(): readonly SlaveState[] {
    return this.#master.replicas
  }
  /** True while this slave is connected to its master. */
  get isCopying(): boolean {
    return this.#client?.isConnected ?? false
  }
  get masterAddress(): string {
    return this.#client?.masterAddress ?? ''
  }
  get epochs(): readonly EpochEntry[] {
    return this.#epochs.entries
  }
  get lastEpoch(): number {
    return this.#epochs.lastEpoch
  }
  /** The position before which every record was passed to the dispatcher. On a master, the end of the log. */
  get followedAt(): number {
    return this.isSlave ? this.#follower.followedAt : this.#parts.log.appendedAt
  }

  /**
   * The position before which the log is confirmed. On a master that does not wait for its whole in-sync set, every written
   * byte counts as confirmed.
   */
  get confirmOffset(): number {
    if (this.#role === 'master' && !this.#config.allAckInSyncStateSet) return this.#parts.log.writtenAt
    return this.#confirmOffset
  }

  /** Called when the store is open. The log ends at `endsAt`, and every record before `visibleAt` is in its queue. */
  opened(endsAt: number, visibleAt: number): void {
    this.#epochs.load(endsAt)
    this.#epochs.cutBefore(this.#parts.log.files.startsAt)
    this.#confirmOffset = visibleAt
    this.#follower.goTo(visibleAt)
  }

  /** Called when the repairs of the store are durable. Role changes are carried out only after this call. */
  start(): void {
    this.#changes.start()
  }

  /**
   * Returns the position up to which records may be dispatched, when the settings for the disk allow `localEnd`. On a slave,
   * passes the records up to this position to the dispatcher.
   */
  visibleUpTo(localEnd: number): number {
    const upTo = Math.min(localEnd, this.confirmOffset)
    if (this.#role !== 'slave') return upTo
    const { log, host } = this.#parts
    if (this.#follower.followedAt < log.files.startsAt) this.#follower.goTo(log.files.startsAt)
    try {
      this.#follower.follow(upTo)
    } catch (error) {
      if (error instanceof DiskError) this.#events.onDiskFailed(error.message)
      else if (!(error instanceof RangeError)) throw error
      this.#damage = error.message
      host.trace.log('error', error.message)
    }
    return upTo
  }

  /** The reason why the copied log cannot be followed, or ''. */
  #damage = ''

  /** Called when the log of a master has grown in the page cache. */
  written(): void {
    if (this.#role !== 'master') return
    this.#moveConfirm()
    this.#master.written()
  }

  /** Computes the confirm offset of a master, which never goes back. */
  #moveConfirm(): void {
    if (!this.#config.allAckInSyncStateSet) return
    const copiedAt = this.inSync.copiedByAll(this.#parts.log.writtenAt)
    if (copiedAt <= this.#confirmOffset) return
    this.#confirmOffset = copiedAt
    this.#master.confirmMoved()
    if (this.inSync.required.size > 1)
      this.#parts.host.trace.emit?.('confirm.moved', {
        physicalOffset: copiedAt,
        syncStateSet: this.inSync.members.join(','),
      })
  }

  #slavesChanged(): void {
    if (this.#role !== 'master') return
    const before = this.#confirmOffset
    this.#moveConfirm()
    if (this.#confirmOffset > before) this.#events.onConfirmed()
    this.copies.slavesChanged()
  }

  /** Called when the controller uses this in-sync set. */
  acceptSet(members: readonly number[]): void {
    if (this.#role !== 'master') return
    this.inSync.accept(members)
    this.#slavesChanged()
  }

  /** Called when the controller has not accepted the proposal, and still uses the set of the master. */
  proposalFailed(): void {
    if (this.#role !== 'master') return
    this.inSync.notAccepted()
    this.#slavesChanged()
  }

  /** Proposes an in-sync set without the members that lack bytes for too long or are not connected. */
  checkSet(): void {
    if (this.#mayPropose) this.inSync.check(this.#parts.log.writtenAt)
  }

  /**
   * Makes this store a slave, after all earlier role changes. Copies the log of the master that listens for slaves at
   * `haAddress`. When `haAddress` is '', waits for another call. `ownId` is the id of this broker.
   */
  becomeSlave(ownId: number, haAddress: string): void {
    this.#changes.add((done) => {
      this.#ownId = ownId
      if (this.#role !== 'slave') this.#standDown()
      this.#role = 'slave'
      if (this.#client?.masterAddress !== haAddress) {
        this.#stopClient()
        if (haAddress !== '') this.#client = this.#newClient(haAddress)
      }
      done()
    })
  }

  /**
   * Ends the role of a master. The last records stay in the log until the handshake with another master shows that this
   * other master does not have them.
   */
  #standDown(): void {
    const { log, dispatcher } = this.#parts
    this.#events.onPutsRefused('this broker is a slave: send to its master')
    this.#master.stop('this broker is no longer the master')
    this.copies.answerAll('this broker is no longer the master')
    log.writeOut()
    if (this.#role !== 'master') return
    this.#follower.goTo(dispatcher.firstWaiting ?? log.writtenAt)
    dispatcher.forgetWaiting()
    this.#confirmOffset = Math.min(
      this.#config.allAckInSyncStateSet ? this.#confirmOffset : log.writtenAt,
      log.writtenAt,
    )
  }

  #newClient(haAddress: string): AutoSwitchClient {
    const { host, log } = this.#parts
    const { syncFromLastFile: isSyncFromLastFile, asyncLearner: isAsyncLearner } = this.#config
    const identity = { brokerId: this.#ownId, isSyncFromLastFile, isAsyncLearner }
    return new AutoSwitchClient({ host, log, epochs: this.#epochs }, identity, haAddress, {
      truncate: (position, done) => this.#truncateAlone(position, done),
      onGrown: (confirmOffset) => this.#grown(confirmOffset),
      onDiskFailed: (reason) => this.#events.onDiskFailed(reason),
    })
  }

  #stopClient(): void {
    this.#client?.stop()
    this.#client = undefined
  }

  /** Removes bytes for the client. No role change begins before the removal has ended. */
  #truncateAlone(position: number, done: (error: string) => void): void {
    this.#changes.add((changed) =>
      this.#truncate(position, (error) => {
        changed()
        done(error)
      }),
    )
  }

  /** Removes all bytes from `position` on: first from the log, then from the epoch file. */
  #truncate(position: number, done: (error: string) => void): void {
    const { host, log } = this.#parts
    const removedBytes = log.writtenAt - position
    this.#confirmOffset = Math.min(this.#confirmOffset, position)
    this.#follower.goTo(Math.min(this.#follower.followedAt, position))
    this.#damage = ''
    const cutEpochs = () => this.#epochs.cutAfter(position, done)
    if (removedBytes === 0) return cutEpochs()
    host.trace.emit?.('log.truncated', { physicalOffset: position, removedBytes })
    host.trace.log('warn', `${removedBytes} bytes from ${position} on are removed: the master does not have them`)
    this.#events.truncate(position, (error) => {
      if (error !== '') return done(error)
      this.listener.truncated(position)
      cutEpochs()
    })
  }

  /** Called when copied bytes were appended. Returns '' or the reason why the log is damaged. */
  #grown(confirmOffset: number): string {
    const { log, host } = this.#parts
    const confirmed = Math.min(confirmOffset, log.writtenAt)
    const hasMoved = confirmed > this.#confirmOffset
    if (hasMoved) {
      this.#confirmOffset = confirmed
      host.trace.emit?.('confirm.moved', { physicalOffset: confirmed, syncStateSet: '' })
    }
    this.#events.onGrown()
    if (hasMoved) this.#events.onConfirmed()
    return this.#damage
  }

  /**
   * Makes this store the master of `epoch`, after all earlier role changes. Calls `done` with '' when the store accepts
   * puts, or with the reason why it cannot. A failure of the disk after the epoch has begun is also reported to
   * `onDiskFailed`. Keeps the present role when the store has seen a later epoch.
   */
  becomeMaster(ownId: number, epoch: number, members: readonly number[], done: (fault: string) => void): void {
    this.#epochsToBegin++
    this.#changes.add((changed) => {
      const end = (fault: string) => {
        this.#epochsToBegin--
        changed()
        done(fault)
      }
      if (epoch < this.lastEpoch) return end(`epoch ${epoch} is over: this log has epoch ${this.lastEpoch}`)
      this.#ownId = ownId
      if (this.#role === 'master') return this.#beginEpoch(epoch, members, end)
      this.#stopClient()
      this.#cutIncomplete((error) => {
        if (error !== '') return end(error)
        this.#beginEpoch(epoch, members, (fault) => end(fault === '' ? this.#takeOver() : fault))
      })
    })
  }

  /**
   * Removes the last record of the log when it is not complete. When `done` is called with '', every record of the log is
   * durable.
   */
  #cutIncomplete(done: (error: string) => void): void {
    try {
      const { followedAt } = this.#follower
      if (followedAt < this.#parts.log.files.startsAt) this.#follower.goTo(this.#parts.log.files.startsAt)
      const end = this.#follower.lastRecordEnd()
      const { log } = this.#parts
      if (end < log.writtenAt) this.#truncate(end, done)
      else log.sync(done)
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof DiskError)) throw error
      done(error.message)
    }
  }

  #beginEpoch(epoch: number, members: readonly number[], done: (fault: string) => void): void {
    const { log, host } = this.#parts
    const begin = (error: string) => {
      if (error !== '') return done(`the epoch file cannot be written: ${error}`)
      this.inSync.begin(this.#ownId, members)
      host.trace.emit?.('epoch.began', { epoch, physicalOffset: this.#epochs.last!.startOffset })
      done('')
    }
    if (epoch === this.lastEpoch) return begin('')
    // The records of this turn must be in the page cache, because the new epoch begins where the written log ends.
    log.writeOut()
    this.#epochs.append({ epoch, startOffset: log.writtenAt }, begin)
  }

  /** Dispatches every record, and then accepts puts. Returns '', or the reason why puts are not accepted. */
  #takeOver(): string {
    if (this.#changes.isStopped) return 'this broker is stopping'
    const { log, dispatcher } = this.#parts
    this.#confirmOffset = log.writtenAt
    const failure = attempt(() => this.#follower.follow(log.writtenAt)) || dispatcher.dispatchUpTo(log.writtenAt)
    if (failure !== '') {
      this.#events.onDiskFailed(failure)
      return failure
    }
    this.#role = 'master'
    this.#events.onAllDispatched()
    this.#master.listen(this.#config.haListenAddress)
    this.#events.onPutsRefused('')
    return ''
  }

  /** Begins no further role change. Calls `then` when no role change and no truncation is under way. */
  whenQuiet(then: () => void): void {
    this.#changes.stop(then)
  }

  /** Stops copying, and answers the puts that wait for slaves. */
  stop(): void {
    this.#changes.stop(() => {})
    this.#master.stop('this broker is stopping')
    this.#stopClient()
    this.copies.stop()
  }
}
