/**
 * The life of a store: it is opened and repaired, may break down, and is closed.
 *
 * | moment     | what happens                                                                              |
 * | ---------- | ----------------------------------------------------------------------------------------- |
 * | open       | lock, marker `abort`, checkpoint, log, recovery (`recovery.ts`); then puts are accepted    |
 * | start      | nothing is written before the disk has confirmed what was repaired (`durable-start.ts`)    |
 * | break down | the disk has failed: no put is acknowledged any more, reads go on                          |
 * | close      | everything is flushed; the marker goes only when log, queues and checkpoint agree          |
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
import { closeIndex, type IndexService } from './index-service.ts'
import type { PutGate } from './put-gate.ts'
import { PutMessageStatus } from './put-message.ts'
import type { PutPath } from './put-path.ts'
import { type Recovered, recoverStore } from './recovery.ts'
import type { StoreConfig } from './store-config.ts'
import { StoreError } from './store-error.ts'
import { answerFlush } from './waiting-put.ts'

const STOPPING = 'the broker is stopping'
/** The refusal while the disk takes long to confirm the start. */
const STARTING = 'the broker is starting: the disk has not confirmed yet that it may write'

/** The parts that are opened, stopped and closed together. */
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
}

export class StoreLife {
  readonly #parts: LifeParts
  readonly #host: Host
  readonly #directory: string
  readonly #start: DurableStart
  /** Set by `open`. */
  checkpoint!: Checkpoint
  #checkpoints!: CheckpointService

  constructor(parts: LifeParts) {
    this.#parts = parts
    this.#host = parts.host
    this.#directory = parts.config.directory
    this.#start = new DurableStart(parts.host, this.#directory, parts.log, {
      renewCheckpoint: (timestamp) => this.#checkpoints.noteLogDurable(timestamp),
      onSlow: () => this.#startIsSlow(),
      onDurable: () => parts.gate.openIf(STARTING),
      onFailed: (reason) => this.breakDown(reason),
    })
  }

  // #region open
  /**
   * Takes the lock, reads what is there, repairs what a crash left, and is ready for puts.
   * @throws {StoreError} one sentence, when the store cannot be used as it is
   */
  open(): void {
    this.#takeLock()
    const { gate, clean, puts } = this.#parts
    const wasStoppedCleanly = this.#host.disk.sizeBytes(`${this.#directory}abort`) < 0
    this.checkpoint = new Checkpoint(this.#host, this.#directory)
    this.#checkpoints = this.#checkpointService()
    this.#loadLog(wasStoppedCleanly)
    const { areQueuesMadeAgain } = this.#recover(wasStoppedCleanly)
    // Puts are accepted now, and written when the disk has confirmed the start.
    gate.closedBecause = ''
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

  /** Opens the files of the log; a store without any is new, unless its log is known to be gone. */
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

  /** Log or queues have changed: the checkpoint follows within a second. */
  writeCheckpointLater(): void {
    this.#checkpoints.writeLater()
  }

  /** The disk has not confirmed the start within the time that any sync has. */
  #startIsSlow(): void {
    this.#parts.gate.closedBecause ||= STARTING
    for (const put of this.#parts.puts.takeWaiting()) answerFlush(put, 'timeout')
  }

  /** The disk has failed: nothing more is acknowledged, reads go on. */
  breakDown(reason: string): void {
    const sentence = `${reason}; restart the broker when the disk is well`
    this.#parts.gate.closedBecause = sentence
    this.#host.trace.log('error', sentence)
    for (const put of this.#parts.puts.takeWaiting()) put.done(PutMessageStatus.UNKNOWN_ERROR, sentence)
    this.#start.end()
  }

  // #region close
  /** Flushes everything and leaves the store as a clean stop does; `done` gets '' or the reason why it could not. */
  close(done: (error: string) => void): void {
    const { log, queues, index, clean, gate, puts } = this.#parts
    if (this.#start.isUnderWay) {
      gate.closedBecause ||= STOPPING
      return this.#start.whenEnded(() => this.close(done))
    }
    const failed = gate.closedBecause === STOPPING ? '' : gate.closedBecause
    gate.closedBecause = STOPPING
    // No timer may fire any more, and what is in memory goes to the page cache.
    log.writeOut()
    puts.stop()
    clean.stop()
    this.#checkpoints.stop()
    // Log, queues and index become durable one after the other.
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
  /** Notes the end in the checkpoint and removes `abort`, unless a `problem` has left the queues incomplete. */
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
