/**
 * Mistakes that somebody could make in replicas under a controller, one small replacement each: what the campaigns must notice.
 * Mistakes in the in-sync set that need two events within a millisecond are tested in `test/unit/store/auto-switch.test.ts`.
 */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of source code
import type { Mutant } from './mutants.ts'

const SERVICE = 'reference/store/ha/auto-switch-service.ts'
const CLIENT = 'reference/store/ha/auto-switch-client.ts'
const SET = 'reference/store/ha/in-sync-set.ts'
const EPOCHS = 'reference/store/ha/epoch-file.ts'
const FOLLOWER = 'reference/store/ha/log-follower.ts'
const TRUNCATION = 'reference/store/truncation.ts'
const MANAGER = 'reference/broker/replicas/replicas-manager.ts'
const QUEUES = 'reference/store/consume-queue-store.ts'

/** Mistakes in the store of a replica. */
export const COPIES_MUTANTS: readonly Mutant[] = [
  {
    name: 'a put is answered before the slaves have it',
    file: SET,
    find: 'return this.#members.size < this.#rules.minInSyncReplicas ? -1 : this.copiedByAll(Number.MAX_SAFE_INTEGER)',
    replace: 'return Number.MAX_SAFE_INTEGER',
  },
  {
    name: 'a put waits for one slave only',
    file: SET,
    find: 'if (id === this.#ownId) continue',
    replace: 'if (id === this.#ownId || id > 2) continue',
  },
  {
    name: 'a member without a connection counts as if it had everything',
    file: SET,
    find: 'copiedAt = Math.min(copiedAt, Math.max(-1, ...acked.map(({ ackedAt }) => ackedAt)))',
    replace: 'for (const { ackedAt } of acked) copiedAt = Math.min(copiedAt, ackedAt)',
  },
  {
    name: 'the master uses a smaller set before the controller has accepted it',
    file: SET,
    find: '    this.#proposed = new Set(set)\n',
    replace:
      '    this.#proposed = new Set(set)\n    if (set.length < this.#members.size) this.#members = new Set(set)\n',
  },
  {
    name: 'nothing is cut off',
    file: CLIENT,
    find: 'if (cutAt < log.writtenAt) this.#events.truncate(cutAt, adopt)',
    replace: 'if (cutAt < 0) this.#events.truncate(cutAt, adopt)',
  },
  {
    name: 'too little is cut off',
    seeds: [25],
    file: 'reference/store/ha/consistent-point.ts',
    find: 'return Math.min(slave[i + 1]?.startOffset ?? slaveEndsAt, master[at + 1]?.startOffset ?? masterEndsAt)',
    replace: 'return Math.min(slaveEndsAt, masterEndsAt)',
  },
  {
    name: 'an epoch without bytes gets no entry, and a slave does not take those of its master, as in RocketMQ',
    file: EPOCHS,
    find: 'if (last?.epoch === entry.epoch && last.startOffset === entry.startOffset) return this.#whenDurable(done)',
    replace: 'if (last !== undefined && last.startOffset >= entry.startOffset) return this.#whenDurable(done)',
    also: [
      {
        file: CLIENT,
        find: '    if (epoch === epochs.lastEpoch) return this.#append(frame)\n',
        replace:
          '    if (epoch <= epochs.lastEpoch || startOffset === epochs.last?.startOffset) return this.#append(frame)\n',
      },
    ],
  },
  {
    name: 'the next queue offsets are not taken from the queues at a promotion',
    file: SERVICE,
    find: '    this.#events.onAllDispatched()\n',
    replace: '',
  },
  {
    name: 'next offsets stay as they were before the cut',
    seeds: [68],
    file: QUEUES,
    find: '    this.#nextOffsets.clear() // a queue whose only messages were removed has no entry any more\n',
    replace: '',
  },
  {
    name: 'a new master dispatches only what was confirmed',
    file: SERVICE,
    find: '    this.#confirmOffset = log.writtenAt\n    const failure = attempt(() => this.#follower.follow(log.writtenAt)) || dispatcher.dispatchUpTo(log.writtenAt)\n',
    replace:
      '    const failure = dispatcher.dispatchUpTo(this.#confirmOffset)\n    this.#confirmOffset = log.writtenAt\n',
  },
  {
    name: 'records are shown before they are confirmed',
    file: SERVICE,
    find: 'const upTo = Math.min(localEnd, this.confirmOffset)',
    replace: 'const upTo = localEnd',
  },
  {
    name: 'an incomplete record at the end stays at a promotion',
    seeds: [117],
    file: SERVICE,
    find: 'if (end < log.writtenAt) this.#truncate(end, done)',
    replace: 'if (end < 0) this.#truncate(end, done)',
  },
  {
    name: 'a slave follows a record whose end has not arrived',
    file: FOLLOWER,
    find: 'return at + sizeBytes <= end ? sizeBytes : 0',
    replace: 'return at < end ? sizeBytes : 0',
  },
  {
    name: 'the epochs of the master are not taken after a cut',
    seeds: [86],
    file: CLIENT,
    find: 'else this.#adopt(entries, cutAt, done)',
    replace: 'else epochs.cutAfter(cutAt - 1, done)',
  },
  {
    name: 'bytes of an earlier epoch are removed from memory only (apache/rocketmq#10666)',
    after: 'apache/rocketmq#10666',
    file: 'reference/store/commit-log.ts',
    find: 'const failure = attempt(() => this.files.truncateAfter(position, true))',
    replace: 'const failure = attempt(() => {})',
  },
  {
    name: 'queues keep the entries of removed records',
    file: TRUNCATION,
    find: 'for (const queue of queues.all()) queue.forgetAfter(position)',
    replace: 'for (const queue of queues.all()) queue.forgetAfter(position + 1_000_000)',
  },
  {
    name: 'the index keeps the keys of removed records',
    file: TRUNCATION,
    find: 'if (index === undefined || index.lastPhyOffset < position) return',
    replace: 'if (index === undefined || index.lastPhyOffset < position + 1_000_000) return',
  },
  {
    name: 'recovery shows what was not confirmed',
    file: 'reference/store/recovery.ts',
    find: 'if (isHidden) this.firstHidden ??= message.physicalOffset',
    replace: 'if (isHidden && this.#from < 0) this.firstHidden ??= message.physicalOffset',
  },
  {
    name: 'the confirm offset of the checkpoint is the end of the log',
    seeds: [94],
    file: 'reference/store/checkpoint-service.ts',
    find: 'const confirmOffset = this.#events.confirmOffset?.()',
    replace: 'const confirmOffset = this.#events.confirmOffset === undefined ? undefined : log.appendedAt',
  },
]

/** Mistakes in what a broker does with the word of a controller. */
export const REPLICAS_MUTANTS: readonly Mutant[] = [
  {
    name: 'an old master stays the master',
    file: MANAGER,
    find: '    else this.#becomeSlave(masterEpoch, masterAddress)\n',
    replace: "    else if (this.#parts.config.brokerRole === 'SLAVE') this.#becomeSlave(masterEpoch, masterAddress)\n",
  },
]
