/**
 * Opens and closes a store, and stops its puts when the disk has failed.
 *
 * | moment     | what the store does                                                                       |
 * | ---------- | ----------------------------------------------------------------------------------------- |
 * | open       | takes the lock, looks for the file `abort`, which shows a crash, opens checkpoint and log, and repairs the store. Then accepts puts |
 * | start      | writes no new message until all repairs are durable (`durable-start.ts`)                   |
 * | break down | after a disk failure, accepts no more puts. Reads are still possible                       |
 * | close      | makes everything durable. Removes `abort` only when log, queues and checkpoint agree       |
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
import type { HaService } from './ha/ha-service.ts'
import { closeIndex, type IndexService } from './index-service.ts'
import type { PutGate } from './put-gate.ts'
import { PutMessageStatus } from './put-message.ts'
import type { PutPath } from './put-path.ts'
import { type Recovered, recoverStore } from './recovery.ts'
import type { StoreConfig } from './store-config.ts'
import { StoreError } from './store-error.ts'
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

  constructor(parts: LifeParts) {
    this.#parts = parts
    this.#host = parts.host
    this.#directory = parts.config.directory
    this.#start = new DurableStart(parts.host, this.#directory, parts.log, {
      renewCheckpoint: (timestamp) => this.#checkpoints.noteLogDurable(timestamp),
      onSlow: () => this.#startIsSlow(),
      onDurable: () => {
        parts.gate.openIf(STARTING)
        this.#host.clock.after(0, () => parts.gate.closedBecause === '' && parts.ha?.start())
      },
      onFailed: (reason) => this.breakDown(reason),
    })
  }

  // #region open
  /**
   * Takes the lock, opens the files, repairs the store after a crash, and accepts puts. Throws `StoreError` with one
   * sentence when the store cannot be used in its present state.
   */
  open(): void {
    this.#takeLock()
    const { gate, clean, puts } = this.#parts
    const wasStoppedCleanly = this.#host.disk.sizeBytes(`${this.#directory}abort`) < 0
    this.checkpoint = new Checkpoint(this.#host, this.#directory)
    this.#checkpoints = this.#checkpointService()
    this.#loadLog(wasStoppedCleanly)
    const { areQueuesMadeAgain } = this.#recover(wasStoppedCleanly)
    // From now on, puts are accepted. But their records are written only when all repairs are durable.
    gate.closedBecause = ''
    gate.isSlave = this.#parts.ha?.isSlave ?? false
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
   * Opens the files of the log. A store without a log file is a new store, unless its checkpoint and queues prove that it
   * had messages.
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
    const delayLevelsMs = config.delayLevelsMs ?? DELAY_LEVELS_MS
    const parts = { log: log.files, queues, index, checkpoint, trace, delayLevelsMs }
    const recovered = recoverStore(parts, wasStoppedCleanly)
    puts.lastStoreTimestamp = recovered.lastStoreTimestamp
    log.openAt(recovered.endsAt, wasStoppedCleanly)
    queues.resetNextOffsets()
    return recovered
  }

  #checkpointService(): CheckpointService {
    const { clean, gate, puts } = this.#parts
    return new CheckpointService(this.#host.clock, this.checkpoint, this.#parts, {
      lastStoreTimestamp: () => puts.lastStoreTimestamp,
      onRound: () => clean.filesChanged(),
      goesOn: () => gate.closedBecause === '',
      onFailed: (reason) => this.breakDown(reason),
    })
  }

  /** Schedules a round of the checkpoint in one second. Called when log or queues have changed. */
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
    const failed = gate.closedBecause === STOPPING ? '' : gate.closedBecause
    gate.closedBecause = STOPPING
    // Write all records to the page cache, and cancel all timers.
    log.writeOut()
    puts.stop()
    this.#parts.ha?.stop()
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
   * Writes the end of the log to the checkpoint, removes `abort` and closes the files. When `problem` is not '', the
   * checkpoint keeps its times and `abort` stays.
   */
  #leave(problem: string, done: (error: string) => void): void {
    const { log, queues, dispatcher, puts } = this.#parts
    const isWhole = problem === '' && dispatcher.hasDispatchedAll
    const failure = attempt(() => {
      if (!isWhole) return
      const summary = queues.summary(log.files.startsAt, log.appendedAt)
      this.#checkpoints.noteDurable(puts.lastStoreTimestamp, summary)
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
