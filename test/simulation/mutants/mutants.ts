/**
 * Mistakes that somebody could make in the store, one small replacement each: what the campaigns must notice.
 *
 * `after` names the bug of the official broker that the mistake is modelled on, where there is one.
 */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of source code
import type { Replacement } from './mutated-modules.ts'

export interface Mutant extends Replacement {
  readonly name: string
  /** apache/rocketmq's issue. */
  readonly after?: string
  /** Seeds that are known to show it, when it is rarer than a test has time for; tried before the others. */
  readonly seeds?: readonly number[]
  /** It must be noticed with faults on: seeds without any do not count. Of a mechanism's campaign. */
  readonly underFaults?: boolean
  /** The beginning of the name of the scenario that shows it, where the others need not run. */
  readonly shownBy?: string
  /** Further places that must change for the mistake to show: where one part makes good for another. */
  readonly also?: readonly Replacement[]
}

const LOG = 'reference/store/commit-log.ts'
const FILES = 'reference/store/mapped-file-queue.ts'
const ROLL_OVER = 'reference/store/roll-over.ts'
const STORE = 'reference/store/message-store.ts'
const PUTS = 'reference/store/put-path.ts'
const LIFE = 'reference/store/store-life.ts'
const CHECKPOINTS = 'reference/store/checkpoint-service.ts'
const GET = 'reference/store/get-message.ts'
const GROUP_COMMIT = 'reference/store/group-commit.ts'
const QUEUE = 'reference/store/consume-queue.ts'
const QUEUES = 'reference/store/consume-queue-store.ts'
const RECOVERY = 'reference/store/recovery.ts'
const OFFER = 'reference/store/offer-to-queues.ts'
const OFFSETS = 'reference/broker/consumer-offset-manager.ts'
const CONFIG = 'reference/broker/config-file.ts'
const CHANGES = 'reference/broker/table-changes.ts'
const GROWING = 'reference/broker/growing-table-file.ts'
const REPLACE = 'reference/host/replace-file.ts'

/** Mistakes in the message store. */
export const STORE_MUTANTS: readonly Mutant[] = [
  {
    name: 'a sync that syncs nothing',
    file: LOG,
    find: 'this.files.sync((error) => {',
    replace: ";((done: (error: string) => void) => done(''))((error) => {",
  },
  {
    name: 'flushed: what was written when the sync ended',
    file: LOG,
    find: 'this.#flushedAt = Math.max(this.#flushedAt, upTo)',
    replace: 'this.#flushedAt = this.#writtenAt',
  },
  {
    name: 'the blank says the wrong size',
    file: ROLL_OVER,
    find: 'writeI32(blank, RECORD_AT.totalSize, leftBytes)',
    replace: 'writeI32(blank, RECORD_AT.totalSize, leftBytes - BLANK_BYTES)',
  },
  {
    name: 'roll-over: no room is kept for the blank',
    file: ROLL_OVER,
    find: 'sizeBytes + BLANK_BYTES <= leftBytes',
    replace: 'sizeBytes <= leftBytes',
  },
  {
    name: 'the CRC is not checked after a crash',
    file: RECOVERY,
    find: 'checkCrc: true',
    replace: 'checkCrc: false',
  },
  {
    name: 'the checkpoint vouches for a log that is not flushed',
    file: CHECKPOINTS,
    find: 'const isAllDurable = isLogFlushed && dispatcher.hasDispatchedAll',
    replace: 'const isAllDurable = dispatcher.hasDispatchedAll',
  },
  {
    name: 'queue files that are gone are not missed',
    file: RECOVERY,
    find: 'isDamaged || walk.offer.entriesAreMissing || !isAsNoted',
    replace: 'walk.offer.entriesAreMissing',
  },
  {
    name: "the checkpoint takes the index's time for the queues'",
    file: STORE,
    find: 'life.checkpoint.indexMsgTimestamp = endTimestamp',
    replace:
      'life.checkpoint.physicMsgTimestamp = life.checkpoint.logicsMsgTimestamp = endTimestamp\n    life.checkpoint.write()',
    after: '#678',
  },
  {
    name: 'names of new files are not synced',
    file: FILES,
    find: 'this.#hasNewNames ? withParents(this.#directory) : []',
    replace: '[] as string[]',
  },
  {
    name: 'after a crash, what can be read is taken for durable',
    file: RECOVERY,
    find: '  walk.tail.writeAgain()\n',
    replace: '',
  },
  {
    name: 'the log is cut in memory only: the stale tail stays',
    file: RECOVERY,
    find: 'log.truncateAfter(endsAt',
    replace: 'void (endsAt',
    after: '#10666',
  },
  {
    name: 'the rest of the last file is not cleared',
    file: FILES,
    find: 'this.#disk.resize(file.file, from)\n',
    replace: '\n',
  },
  {
    name: 'a queue is opened one entry short',
    file: QUEUE,
    find: 'this.#maxOffset = entry.queueOffset + 1\n      if',
    replace: 'this.#maxOffset = entry.queueOffset\n      if',
  },
  {
    name: 'acknowledged when written, whatever the setting',
    file: PUTS,
    find: 'this.#flush instanceof GroupCommit && put.waitStoreMsgOk',
    replace: 'this.#flush instanceof GroupCommit && !put.waitStoreMsgOk',
  },
  {
    name: 'one sync acknowledges everybody who waits',
    file: GROUP_COMMIT,
    find: '({ upTo }) => upTo <= flushedAt',
    replace: '() => true',
  },
  {
    name: 'dispatched past the confirm offset',
    file: PUTS,
    find: 'if (this.#flush instanceof FlushRealTime) this.#dispatch(this.#log.writtenAt)',
    replace: 'this.#dispatch(this.#log.writtenAt)',
    after: '#6703, #6609',
  },
  {
    name: 'a failed sync is tried again',
    file: 'reference/store/shared-sync.ts',
    find: '      this.#failure = error\n',
    replace: '',
  },
  {
    name: 'a clean stop does not sync the log',
    file: LIFE,
    find: "    log.sync((error) => {\n      if (error === '') puts.dispatch",
    replace: "    ;((done: (error: string) => void) => done(''))((error) => {\n      if (error === '') puts.dispatch",
  },
  {
    name: 'the undispatched tail is not offered to the queues again',
    file: RECOVERY,
    find: '    this.offer.record(message)\n',
    replace: '',
    after: '#467',
  },
  {
    name: 'only the last log file is offered to the queues again',
    file: RECOVERY,
    find: '    this.offer.record(message)\n',
    replace: '    if (message.physicalOffset >= (this.#parts.log.fileStarts.at(-1) ?? 0)) this.offer.record(message)\n',
    after: '#1434',
  },
  {
    name: 'after a restart queues count from 0 again',
    file: QUEUES,
    find: 'this.#nextOffsets.set(`${queue.topic}-${queue.queueId}`, queue.maxOffset)',
    replace: 'this.#nextOffsets.set(`${queue.topic}-${queue.queueId}`, 0)',
    after: '#7355',
  },
  {
    name: 'entries made again carry no tags code',
    file: OFFER,
    find: 'return tagsCodeOf(properties)',
    replace: 'return tagsCodeOf(properties) & 0',
  },
  {
    name: 'the last index file goes after a crash and is not made again',
    file: RECOVERY,
    find: '    this.#indexing?.put(indexedRecord(message))\n',
    replace: '',
    after: '#8007',
  },
  {
    name: 'a file that lost its end is refused after a crash',
    file: FILES,
    find: '(isShort && wasStoppedCleanly)',
    replace: 'isShort',
  },
]

/** Mistakes in how tables are written. */
export const CONFIG_MUTANTS: readonly Mutant[] = [
  {
    name: 'a table is renamed before it is synced',
    file: REPLACE,
    find: 'disk.sync(written, (error) => {',
    replace: ";((_: number, done: (error: string) => void) => done(''))(written, (error) => {",
  },
  {
    name: 'the renames are not synced',
    file: REPLACE,
    find: 'disk.syncDirectory(directoryOf(path), done)',
    replace: "done('')",
  },
  {
    name: 'what the disk refuses counts as stored',
    file: CONFIG,
    find: "done(fault === '')",
    replace: 'done(true)',
  },
  {
    name: 'a disk that refuses ends the broker',
    file: REPLACE,
    find: "if (file !== undefined && refused === '') return file",
    replace:
      "if (file !== undefined && refused === '') return file\n  if (file === undefined) throw new Error(refused)",
  },
  {
    name: 'the .bak is never read',
    file: CONFIG,
    find: 'for (const path of [this.#path, `${this.#path}.bak`]) {',
    replace: 'for (const path of [this.#path]) {',
  },
]

/** Mistakes in how a table that grows is written: lines of changes beside it. */
export const GROWING_MUTANTS: readonly Mutant[] = [
  {
    name: 'a line counts as stored before it is synced',
    file: CHANGES,
    find: 'disk.sync(written.file, (error) => {',
    replace: ";((_: number, done: (error: string) => void) => done(''))(written.file, (error) => {",
  },
  {
    name: 'the name of a new file of lines is not synced',
    file: CHANGES,
    find: "if (error !== '' || written.isNamed) return end(error)",
    replace: 'return end(error)',
  },
  {
    name: 'lines are removed as soon as the whole table is begun',
    file: GROWING,
    find: 'const generation = this.#changes.rotate()',
    replace: 'const generation = this.#changes.rotate()\n    this.#changes.prune(generation)',
  },
  {
    name: 'lines go on in the old file while the whole table is written',
    file: CHANGES,
    find: 'return ++this.#generation',
    replace: 'return this.#generation + 1',
  },
  {
    name: 'lines are not read',
    file: GROWING,
    find: 'if (counterOf(each) > counter) change(each)',
    replace: '',
  },
  {
    name: 'what the disk refuses counts as stored',
    file: CHANGES,
    find: "done(fault === '')",
    replace: 'done(true)',
  },
  {
    name: 'a new start writes over the lines of the one before',
    file: CHANGES,
    find: 'this.#generation = generation + 1',
    replace: 'this.#generation = generation',
  },
]

/** Mistakes that only a cluster shows. */
export const CLUSTER_MUTANTS: readonly Mutant[] = [
  {
    name: 'a broker acknowledges what is written, whatever the setting',
    file: PUTS,
    find: 'this.#flush instanceof GroupCommit && put.waitStoreMsgOk',
    replace: 'this.#flush instanceof GroupCommit && !put.waitStoreMsgOk',
  },
  {
    name: 'a pull skips a message now and then',
    file: GET,
    find: 'nextBeginOffset = entry.queueOffset + 1',
    replace: 'nextBeginOffset = entry.queueOffset + (entry.queueOffset % 5 === 3 ? 2 : 1)',
  },
  {
    name: 'the offset of a group is stored one too high',
    file: OFFSETS,
    find: 'queues.set(String(queueId), offset)',
    replace: 'queues.set(String(queueId), offset + 1)',
  },
]
