/**
 * Opens and closes a store, and stops its puts when the disk has failed.
 *
 * | moment     | what the store does                                                                       |
 * | ---------- | ----------------------------------------------------------------------------------------- |
 * | open       | takes the lock, looks for the file `abort`, which shows a crash, opens checkpoint and log, and repairs the store. Then accepts puts, unless the store is a slave's or under a controller |
 * | start      | writes no new message until all repairs are durable (`durable-start.ts`)                   |
 * | break down | after a disk failure, accepts no more puts. Reads are still possible                       |
 * | close      | makes everything durable. Removes `abort` only when log, queues and checkpoint agree. Under a controller, the queues may lack the end of the log |
 *
 * RocketMQ: `DefaultMessageStore.load`, `start`, `shutdown`.
 */
import { attempt } from '../host/disk-attempt.ts'
import type { Host } from '../host/host.ts'
import { Checkpoint } from './checkpoint.ts'
import { CheckpointService } from './checkpoint-service.ts'
import type { CleanCommitLogService } from './clean-commit-log.ts'
import type { CommitLog } from './commit-log.ts'
import type { ConsumeQueueStore } from './consume-queue-store.ts'
import { DELAY_LEVELS_MS } from './delay-level.ts'
import type { Dispatcher } from './dispatcher.ts'
import { DurableStart } from './durable-start.ts'
import { wasNeverDurable } from './first-record.ts'
import { refuseIfLogGone } from './gone-log.ts'
import type { AutoSwitchService } from './ha/auto-switch-service.ts'
import type { HaService } from './ha/ha-service.ts'
import { closeIndex, type IndexService } from './index-service.ts'
import type { PutGate } from './put-gate.ts'
import { PutMessageStatus } from './put-message.ts'
import type { PutPath } from './put-path.ts'
import { type Recovered, recoverStore } from './recovery.ts'
import type { StoreConfig } from './store-config.ts'
import { StoreError } from './store-error.ts'
import { truncateStore } from './truncation.ts'
import { answerFlush } from './waiting-put.ts'

const STOPPING = 'the broker is stopping'
/** The reason for which puts are refused when the first syncs after the start take too long. */
const STARTING = 'the broker is starting: the disk has not confirmed yet that it may write'

/** The parts of a store that are opened, stopped and closed together. */
export interface LifeParts {
  readonly host: Host
  readonly config: StoreConfig
  readonly log: CommitLog
  readonly queues: ConsumeQueueStore
  readonly index: IndexService | undefined
  readonly dispatcher: Dispatcher
  readonly clean: CleanCommitLogService
  readonly gate: PutGate
  readonly puts: PutPath
  readonly ha: HaService | undefined
  readonly replicas: AutoSwitchService | undefined
}

/** Opens and closes one store. */
export class StoreLife {
  readonly #parts: LifeParts
  readonly #host: Host
  readonly #directory: string
  readonly #start: DurableStart
  /** The checkpoint of the store. `open` sets this field. */
  checkpoint!: Checkpoint
  #checkpoints!: CheckpointService
  /** True after `close` has waited for the end of a role change. */
  #isQuiet = false

  constructor(parts: LifeParts) {
    this.#parts = parts
    this.#host = parts.host
    this.#directory = parts.config.directory
    this.#start = new DurableStart(parts.host, this.#directory, parts.log, {
      renewCheckpoint: (timestamp) => this.#checkpoints.noteLogDurable(timestamp),
      onSlow: () => this.#startIsSlow(),
      onDurable: () => {
        parts.gate.openIf(STARTING)
        this.#host.clock.after(0, () => {
          if (parts.gate.closedBecause !== '') return
          parts.ha?.start()
          parts.replicas?.start()
        })
      },
      onFailed: (reason) => this.breakDown(reason),
    })
  }

  // #region open
  /**
   * Takes the lock, opens the files, and repairs the store after a crash. Then accepts puts, unless the store is a slave's or
   * under a controller. Throws `StoreError` with one sentence when the store cannot be used in its present state, or when
   * another broker uses it, and `DiskError` when a file cannot be read or written.
   */
  open(): void {
    this.#takeLock()
    const { gate, clean, puts } = this.#parts
    const wasStoppedCleanly = this.#host.disk.sizeBytes(`${this.#directory}abort`) < 0
    this.checkpoint = new Checkpoint(this.#host, this.#directory)
    this.#checkpoints = this.#checkpointService()
    this.#loadLog(wasStoppedCleanly)
    const { areQueuesMadeAgain } = this.#recover(wasStoppedCleanly)
    // From now on, the gate is open. But the records of puts are written only when all repairs are durable.
    gate.closedBecause = ''
    if (this.#parts.ha?.isSlave === true) gate.notMasterBecause = 'this broker is a slave: send to its master'
    if (this.#parts.replicas !== undefined)
      gate.notMasterBecause = 'this broker has no role yet: no controller has answered'
    this.#start.begin(this.checkpoint, puts.lastStoreTimestamp)
    clean.filesChanged()
    if (!wasStoppedCleanly || areQueuesMadeAgain) this.writeCheckpointLater()
  }
  // #endregion open

  #takeLock(): void {
    if (this.#host.disk.lock(`${this.#directory}lock`)) return
    throw new StoreError(
      `the store ${this.#directory || '.'} is in use by another broker: stop it or give this one another storePathRootDir`,
    )
  }

  /**
   * Opens the files of the log. A store without a log file is a new store, unless its checkpoint or its queues know of
   * messages. In that case, throws `StoreError`.
   */
  #loadLog(wasStoppedCleanly: boolean): void {
    const { files } = this.#parts.log
    const mayGo = (startsAt: number, firstRecord: Uint8Array) =>
      !wasStoppedCleanly && wasNeverDurable(startsAt, firstRecord, this.checkpoint)
    files.load(wasStoppedCleanly, false, mayGo)
    if (files.fileCount > 0) return
    refuseIfLogGone(this.checkpoint, this.#host.disk, this.#directory)
    this.checkpoint.logBegins()
  }

  #recover(wasStoppedCleanly: boolean): Recovered {
    const { log, queues, index, config, puts } = this.#parts
    const { checkpoint } = this
    const { trace } = this.#host
    const { replicas } = this.#parts
    const delayLevelsMs = config.delayLevelsMs ?? DELAY_LEVELS_MS
    const confirmOffset = replicas === undefined ? Number.POSITIVE_INFINITY : checkpoint.storedConfirmOffset
    if (replicas !== undefined) checkpoint.confirmPhyOffset = confirmOffset
    const parts = { log: log.files, queues, index, checkpoint, trace, delayLevelsMs, confirmOffset }
    const recovered = recoverStore(parts, wasStoppedCleanly)
    puts.lastStoreTimestamp = recovered.lastStoreTimestamp
    log.openAt(recovered.endsAt, wasStoppedCleanly)
    queues.resetNextOffsets()
    replicas?.opened(recovered.endsAt, recovered.visibleAt)
    return recovered
  }

  #checkpointService(): CheckpointService {
    const { clean, gate, puts, replicas } = this.#parts
    return new CheckpointService(this.#host.clock, this.checkpoint, this.#parts, {
      ...(replicas === undefined
        ? {}
        : { dispatchedAt: () => this.#dispatchedAt(), confirmOffset: () => replicas.confirmOffset }),
      lastStoreTimestamp: () => puts.lastStoreTimestamp,
      onRound: () => clean.filesChanged(),
      goesOn: () => gate.closedBecause === '',
      onFailed: (reason) => this.breakDown(reason),
    })
  }

  #dispatchedAt(): number {
    const { dispatcher, replicas, log } = this.#parts
    return dispatcher.firstWaiting ?? replicas?.followedAt ?? log.appendedAt
  }

  /** Schedules a round of the checkpoint in one second. Called when something has changed that the checkpoint notes. */
  writeCheckpointLater(): void {
    this.#checkpoints.writeLater()
  }

  /**
   * Refuses further puts, and answers the waiting puts. Called when the first syncs after the start have reached their time
   * limit.
   */
  #startIsSlow(): void {
    this.#parts.gate.closedBecause ||= STARTING
    for (const put of this.#parts.puts.takeWaiting()) answerFlush(put, 'timeout')
  }

  /** Refuses all further puts. Reads are still possible. Called when the disk has failed. `reason` describes the failure. */
  breakDown(reason: string): void {
    const sentence = `${reason}; restart the broker when the disk is well`
    this.#parts.gate.closedBecause = sentence
    this.#host.trace.log('error', sentence)
    for (const put of this.#parts.puts.takeWaiting()) put.done(PutMessageStatus.UNKNOWN_ERROR, sentence)
    this.#start.end()
  }

  // #region role-of-store
  /**
   * Refuses puts with `reason`, and answers the puts that wait for the page cache. When `reason` is '', ends this refusal. A
   * store that is closed or broken still refuses puts.
   */
  refusePuts(reason: string): void {
    this.#parts.gate.notMasterBecause = reason
    if (reason !== '') this.#parts.puts.giveUpWaiting(reason)
  }

  /**
   * Removes all bytes from `position` on. Calls `done` with '' when the removal is durable, or with the reason of the
   * failure. See `truncation.ts`.
   */
  truncate(position: number, done: (error: string) => void): void {
    const { puts } = this.#parts
    const parts = {
      ...this.#parts,
      trace: this.#host.trace,
      checkpoint: this.checkpoint,
      checkpoints: this.#checkpoints,
    }
    const cut = (lastStoreTimestamp: number) => {
      puts.lastStoreTimestamp = lastStoreTimestamp
      this.writeCheckpointLater()
    }
    truncateStore(parts, position, cut, done)
  }
  // #endregion role-of-store

  /**
   * Notes how much of its log the master has flushed, as an operator has said. Only the checkpoint of a store under a
   * controller keeps this value over a restart.
   */
  noteMasterFlushed(position: number): void {
    this.checkpoint.masterFlushedOffset = position
    this.writeCheckpointLater()
  }

  // #region close
  /**
   * Makes everything durable and closes the store. Then calls `done` with '', or with the reason why something could not be
   * made durable.
   */
  close(done: (error: string) => void): void {
    const { log, queues, index, clean, gate, puts } = this.#parts
    if (this.#start.isUnderWay) {
      gate.closedBecause ||= STOPPING
      return this.#start.whenEnded(() => this.close(done))
    }
    const { replicas } = this.#parts
    if (replicas !== undefined && !this.#isQuiet)
      return replicas.whenQuiet(() => {
        this.#isQuiet = true
        this.close(done)
      })
    const failed = gate.closedBecause === STOPPING ? '' : gate.closedBecause
    gate.closedBecause = STOPPING
    // Write all records to the page cache, and cancel the timers of the store. After a failed start, the records stay out.
    log.writeOut()
    puts.stop()
    this.#parts.ha?.stop()
    this.#parts.replicas?.stop()
    clean.stop()
    this.#checkpoints.stop()
    // Make log, queues and index durable, one after the other.
    log.sync((error) => {
      if (error === '') puts.dispatchFlushed()
      const written = attempt(() => queues.writeOut())
      queues.sync((queueError) =>
        closeIndex(index, (indexError) => this.#leave(failed || error || written || queueError || indexError, done)),
      )
    })
  }
  // #endregion close

  // #region leave
  /**
   * Writes to the checkpoint up to where the log is dispatched, removes `abort` and closes the files. When `problem` is not '',
   * the checkpoint keeps its times and `abort` stays.
   */
  #leave(problem: string, done: (error: string) => void): void {
    const { log, queues, dispatcher, puts, replicas } = this.#parts
    // Under a controller, the end of the log may be unconfirmed and not dispatched. Such a store is whole all the same: the
    // next start finds these records in the log.
    const isWhole = problem === '' && (dispatcher.hasDispatchedAll || replicas !== undefined)
    const failure = attempt(() => {
      if (!isWhole) return
      const summary = queues.summary(log.files.startsAt, this.#dispatchedAt())
      // The times of the checkpoint are valid for the queues, too. When the queues lack the end of the log, a later time would
      // be wrong for them, so the times stay.
      const isAllInQueues = this.#dispatchedAt() === log.appendedAt
      const timestamp = isAllInQueues ? puts.lastStoreTimestamp : this.checkpoint.physicMsgTimestamp
      this.#checkpoints.noteDurable(timestamp, summary, replicas?.confirmOffset)
    })
    this.checkpoint.sync((error) => {
      const why = problem || failure || error
      const left = isWhole && why === '' ? attempt(() => this.#host.disk.remove(`${this.#directory}abort`)) : why
      log.files.close()
      this.checkpoint.close()
      queues.close()
      done(left)
    })
  }
  // #endregion leave
}
