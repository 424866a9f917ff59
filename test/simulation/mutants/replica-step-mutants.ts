/**
 * Mistakes in replicas that show only in a few steps in a certain order, which a random run seldom draws. Each is shown by a
 * scenario of its own: `test/scenarios/replica-stores.test.ts`, `test/scenarios/replica-roles.test.ts`, `test/scenarios/acting.test.ts`.
 */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of source code
import type { Mutant } from './mutants.ts'

const SET = 'reference/store/ha/in-sync-set.ts'
const CLIENT = 'reference/store/ha/auto-switch-client.ts'
const EPOCHS = 'reference/store/ha/epoch-file.ts'
const POINT = 'reference/store/ha/consistent-point.ts'
const CONNECTION = 'reference/store/ha/auto-switch-connection.ts'
const TRUNCATION = 'reference/store/truncation.ts'

/** Mistakes in the store of a replica. */
export const STEP_MUTANTS: readonly Mutant[] = [
  {
    name: 'a proposed member is not waited for',
    file: SET,
    find: 'return this.#proposed === undefined ? this.#members : new Set([...this.#members, ...this.#proposed])',
    replace: 'return this.#members',
  },
  {
    name: 'a slave that lacks bytes joins the set',
    file: SET,
    find: 'const hasAll = ackedAt >= confirmOffset && ackedAt >= epochStart',
    replace: 'const hasAll = ackedAt >= 0',
  },
  {
    name: 'a member that lost bytes stays in the set',
    file: SET,
    find: 'const hasLost = this.#rules.allAckInSyncStateSet && ackedAt < confirmOffset',
    replace: 'const hasLost = false',
    also: [
      {
        file: SET,
        find: '  left(brokerId: number): void {\n',
        replace: '  left(brokerId: number): void {\n    if (brokerId > 0) return\n',
      },
    ],
  },
  {
    name: 'too much is cut off: everything of the last common epoch',
    file: POINT,
    find: 'return Math.min(slave[i + 1]?.startOffset ?? slaveEndsAt, master[at + 1]?.startOffset ?? masterEndsAt)',
    replace: 'return startOffset',
  },
  {
    name: 'too much is cut off: the last record before the new epoch, too',
    file: CLIENT,
    find: 'Math.max(position, log.files.startsAt)',
    replace: 'Math.max(position === log.writtenAt ? position : position - 100, log.files.startsAt)',
  },
  {
    name: 'frames go over the end of an epoch',
    file: CONNECTION,
    find: 'endsAt - physicalOffset)',
    replace: 'Math.max(endsAt, Number.MAX_SAFE_INTEGER))',
  },
  {
    name: 'an epoch is reported before the file is durable',
    file: CLIENT,
    find: '(done) => epochs.append({ epoch, startOffset }, done),',
    replace: "(done) => {\n        epochs.append({ epoch, startOffset }, () => {})\n        done('')\n      },",
    also: [
      {
        file: EPOCHS,
        find: 'const entries = master.filter(({ startOffset }) => startOffset <= position).slice(-EPOCHS_MAX)',
        replace: 'const entries = master.filter(({ startOffset }) => startOffset < position).slice(-EPOCHS_MAX)',
      },
    ],
  },
  {
    name: 'a master proposes a set while its new epoch begins, and forgets it then',
    file: 'reference/store/ha/auto-switch-service.ts',
    find: "return this.#role === 'master' && this.#epochsToBegin === 0",
    replace: "return this.#role === 'master'",
  },
  {
    name: 'a slave whose disk cannot be read throws',
    file: 'reference/store/ha/auto-switch-service.ts',
    find: 'if (error instanceof DiskError) this.#events.onDiskFailed(error.message)',
    replace: 'if (error instanceof DiskError) throw error',
  },
  {
    name: 'a master that cannot read its log throws',
    file: CONNECTION,
    find: "    const failure = attempt(() => {\n      bytes = readLogRange(log, physicalOffset, sizeBytes)\n    })\n    if (failure !== '') return this.close(failure)\n",
    replace: '    bytes = readLogRange(log, physicalOffset, sizeBytes)\n',
  },
  {
    name: 'the checkpoint vouches for what was cut off',
    file: TRUNCATION,
    find: 'const problem = attempt(() => checkpoints.noteLogDurable(lastStoreTimestamp))',
    replace: 'const problem = attempt(() => {})',
  },
]

const ACTING = 'reference/broker/slave/acting-master.ts'
const PRE_ONLINE = 'reference/broker/slave/pre-online.ts'
const BRIDGE = 'reference/broker/slave/escape-bridge.ts'
const GROUP = 'reference/broker/slave/member-group.ts'
const POPPED = 'reference/broker/pop/popped-messages.ts'
const ROLES = 'reference/broker/broker-roles.ts'

/** Mistakes in a slave that acts as the master, and in the master that returns. */
export const ACTING_MUTANTS: readonly Mutant[] = [
  {
    name: 'a slave acts although a slave with a smaller id is alive',
    file: ACTING,
    find: 'this.#isActing = minId === brokerId',
    replace: 'this.#isActing = minId !== 0',
    shownBy: 'of two slaves',
  },
  {
    name: 'a slave goes on acting when the master is back',
    file: ACTING,
    find: 'this.#isActing = minId === brokerId',
    replace: 'this.#isActing ||= minId === brokerId',
    shownBy: 'while the master is gone',
  },
  {
    name: 'the members of the group send no heartbeats',
    file: GROUP,
    find: 'for (const namesrv of namesrvAddr) this.#client.invokeOneway(namesrv, request)',
    replace: 'for (const namesrv of namesrvAddr.slice(0, 0)) this.#client.invokeOneway(namesrv, request)',
    shownBy: 'also when its master only stops',
  },
  {
    name: 'a master that returns serves at once',
    file: ROLES,
    find: 'config.totalReplicas > 1 && !config.skipPreOnline',
    replace: 'config.totalReplicas > 100',
    shownBy: 'while the master is gone',
  },
  {
    name: 'a master that returns does not fetch the offsets of groups',
    file: PRE_ONLINE,
    find: "(body) => offsets.adoptLater(decodeJsonBody('answer', body, offsetTableShape)),",
    replace: '() => {},',
    shownBy: 'a group goes on reading',
  },
  {
    name: 'a master that returns does not fetch the offsets of delay levels',
    file: PRE_ONLINE,
    find: "(body) => schedule.adoptLater(decodeJsonBody('answer', body, delayOffsetShape)),",
    replace: '() => {},',
    shownBy: 'escape to another broker once (level)',
  },
  {
    name: 'a master that returns does not fetch the progress of the timer',
    file: PRE_ONLINE,
    find: '(body) => this.#adoptTimer(body)',
    replace: '() => {}',
    shownBy: 'escape to another broker once (timer)',
  },
  {
    name: 'a message that escapes waits its delay level again',
    file: BRIDGE,
    find: 'return properties.delete(PROPERTY.DELAY_TIME_LEVEL) ?',
    replace: 'return properties.delete(PROPERTY.TAGS) ?',
    shownBy: 'escape to another broker once (level)',
  },
  {
    name: 'messages escape although enableRemoteEscape is false',
    file: BRIDGE,
    find: 'if (!config.enableRemoteEscape) return',
    replace: "if (config.brokerName === '') return",
    shownBy: 'wait for the master without enableRemoteEscape',
  },
  {
    name: 'an acting slave stores a due message in its own log',
    file: BRIDGE,
    find: "if (config.brokerRole !== 'SLAVE') return store.putMessage(message, done)",
    replace: "if (config.brokerRole !== 'ASYNC_MASTER') return store.putMessage(message, done)",
    shownBy: 'escape to another broker once (level)',
  },
  {
    name: 'a popped message of another broker is looked for in the own store',
    file: POPPED,
    find: 'if (this.isElsewhere(ck)) this.#findElsewhere(ck, queueOffset, done)',
    replace: "if (ck.brokerName === '') this.#findElsewhere(ck, queueOffset, done)",
    shownBy: 'gets popped messages again although their master is gone',
  },
  {
    name: 'an acting slave puts off pops',
    file: ROLES,
    find: "return mayPop ? '' : this.refusesBecause",
    replace: "return mayPop ? 'later' : this.refusesBecause",
    shownBy: 'pops from the acting slave, and acknowledges there',
  },
  {
    name: 'an acting slave stores check points in its own log',
    file: 'reference/broker/pop/revive-log.ts',
    find: 'this.#broker.escape.putMessages(messages,',
    replace: 'this.#broker.store.putMessages(messages,',
    shownBy: 'pops from the acting slave, and acknowledges there',
  },
  {
    name: 'what cannot be read now is taken for gone',
    file: POPPED,
    find: 'if (error !== undefined) return { notNow: error.message }',
    replace: 'if (error !== undefined) return { gone: error.message }',
    shownBy: 'gets them later, when the acting slave cannot be reached at first',
  },
]

const MANAGER = 'reference/broker/replicas/replicas-manager.ts'

/** Mistakes in what a broker does with the word of a controller. */
export const ROLE_MUTANTS: readonly Mutant[] = [
  {
    name: 'an old role is taken again',
    file: MANAGER,
    find: 'if (masterEpoch <= this.#masterEpoch || masterBrokerId === 0) return',
    replace: 'if (masterEpoch === this.#masterEpoch || masterBrokerId === 0) return',
    shownBy: 'a notice that comes late',
  },
  {
    name: 'a new role is not registered at once',
    file: ROLES,
    find: 'if (this.#isListed) return this.#namesrv.registerNow()',
    replace: 'if (this.#isListed) return',
    shownBy: 'a new master is in the route',
  },
  {
    name: 'a master that lost its power goes on in the same epoch',
    file: MANAGER,
    find: 'this.#isOutdated = isOwn && masterEpoch <= this.#replicas.lastEpoch',
    replace: 'this.#isOutdated = false',
    shownBy: 'a master that has restarted',
  },
]
