/** Mistakes that somebody could make with transactions, one small replacement each: what the campaign must notice. */
import type { Mutant } from './mutants.ts'

const SERVICE = 'reference/broker/transaction/transactional-message-service.ts'
const CHECKS = 'reference/broker/transaction/check-service.ts'
const TABLE = 'reference/broker/transaction/half-table.ts'
const FORMS = 'reference/broker/transaction/half-message.ts'

export const TRANSACTION_MUTANTS: readonly Mutant[] = [
  {
    name: 'a half message with an immunity of its own is passed by when its round comes',
    file: CHECKS,
    find: 'const ageMs = this.#ageMs(half)',
    replace:
      'const ageMs = this.#ageMs(half)\n    if (ownImmunityMs(message, 0) !== undefined) return this.#owner.table.remove(half)',
    after: '#544',
  },
  {
    name: 'what the op queue does not say yet counts as open',
    file: SERVICE,
    find: "half.state = 'ended'\n    this.#tell(",
    replace: "half.state = 'open'\n    this.#tell(",
    after: '#10199',
  },
  {
    name: 'an announcement that comes too late ends the transaction again',
    file: SERVICE,
    find: "if (half === undefined || half.state === 'ending' || half.state === 'ended') {",
    replace: 'if (half === undefined) {',
  },
  {
    name: 'the progress is never noted',
    file: SERVICE,
    find: 'if (settled !== undefined && nowMs - settled.atMs >= this.#settleMs) {',
    replace: 'if (settled !== undefined && nowMs < 0) {',
    after: '#9500, #1568',
  },
  {
    name: 'after a crash nobody looks for commits in the log',
    file: SERVICE,
    find: 'outcomesInLog(this.#parts.store, this.#table.undecided())',
    replace: 'outcomesInLog(this.#parts.store, [])',
  },
  {
    name: 'a copy is a transaction of its own',
    file: FORMS,
    find: 'return wholeNumber(properties.get(PROPERTY.TRANSACTION_PREPARED_QUEUE_OFFSET)) ?? queueOffset',
    replace: 'return properties.size < 0 ? -1 : queueOffset',
  },
  {
    name: 'the progress passes what is open',
    file: TABLE,
    find: 'for (const offset of this.#byOffset.keys()) return offset\n',
    replace: '',
  },
  {
    name: 'given up one question early',
    file: CHECKS,
    find: 'half.checkTimes >= transactionCheckMax',
    replace: 'half.checkTimes + 1 >= transactionCheckMax',
  },
  {
    name: 'a question is not counted',
    file: CHECKS,
    find: 'checkCopy(message, times)',
    replace: 'checkCopy(message, half.checkTimes)',
  },
  {
    name: 'unknown is taken for a rollback',
    file: 'reference/broker/processors/end-transaction.ts',
    find: 'if (!isCommit && commitOrRollback !== SYS_FLAG.TRANSACTION_ROLLBACK) return NO_ANSWER',
    replace: '',
  },
]
