/**
 * Lab of chapter 16: a broker that commits a transaction again after a crash, because its op queue had not yet listed the end.
 *
 * The starter behaves as RocketMQ does. The order of the steps of a commit is right in it, and it is tempting to turn it round.
 */
import type { Lab } from '../lab.ts'
import { afterACheck, COMMIT, demo, noneLost, OUTCOMES, onceAfterCrash, openStays, twins, variant } from './checks.ts'

export const lab: Lab = {
  id: 'committed-twice',
  version: '1.2.0',
  chapter: 'transactions',
  title: 'Committed twice',
  story:
    'A broker was killed and started again. A minute later, orders are billed a second time that were sold once, saved once and committed once. RocketMQ does the same; this broker shall do better.',
  task: 'Two files: how the broker commits a transaction, and what it knows of ended transactions when it starts. Repair what needs repair. Whatever dies or is busy around a commit, each order whose local transaction has succeeded is billed once. Every check kills the broker or keeps its store busy, and counts what the billing is handed.',
  files: [
    {
      path: OUTCOMES,
      kind: 'module',
      replaces: 'reference/broker/transaction/outcomes-in-log.ts',
      names: [
        'reference/broker/stored-messages.ts',
        'reference/broker/transaction/half-message.ts',
        'reference/broker/transaction/half-table.ts',
        'reference/common/sys-flag.ts',
        'reference/common/message.ts',
        'reference/store/message-store.ts',
      ],
      about: 'what a broker that starts knows of transactions that the op queue does not list',
    },
    {
      path: COMMIT,
      kind: 'module',
      replaces: 'reference/broker/transaction/commit.ts',
      names: ['reference/broker/transaction/half-table.ts', 'reference/remoting/refusal.ts'],
      about: 'the order of the steps of a commit',
    },
  ],
  checks: [
    {
      id: 'once.after.crash',
      title: 'Once, also after a crash',
      promise: 'An order that was committed before the broker died is not committed again.',
      points: 200,
      run: onceAfterCrash,
    },
    {
      id: 'open.stays',
      title: 'Open stays open',
      promise:
        'An order that was not yet committed when the broker died is committed afterwards, when its shop says so.',
      points: 200,
      run: openStays,
    },
    {
      id: 'twins',
      title: 'Two of a kind',
      promise: 'Two orders are two transactions, whatever they have in common.',
      points: 200,
      run: twins,
    },
    {
      id: 'after.a.check',
      title: 'After a question',
      promise: 'An order that was committed because its shop was asked is not committed again, either.',
      points: 200,
      run: afterACheck,
    },
    {
      id: 'none.lost',
      title: 'The store was busy',
      promise:
        'An order whose commit the store has refused is not forgotten, and what was committed is noted as ended.',
      points: 200,
      run: noneLost,
    },
  ],
  hints: {
    'once.after.crash': [
      'Look at the records in the log of the broker. What is there of the order, and what is not there yet, when the broker dies?',
      'A variable dies with its process. What does a process find when it starts?',
      'A commit puts the whole message into its queue. What stands in that record that stands in no other one?',
    ],
    'open.stays': [
      'Which orders were committed when the broker died, and which were not? Which of them are never billed?',
      'For each half message the log answers a question with yes or no. What is the question?',
    ],
    twins: [
      'What do the two orders share, and what is different in their records? The bytes of both are in the log.',
      'Two half messages never lie at the same place.',
    ],
    'after.a.check': [
      'A question stores the half message again. Which of its records does the commit name?',
      'Was the transaction still open because somebody was asked about it?',
    ],
    'none.lost': [
      'The store refused the whole message. What did the broker remember of the transaction then?',
      'Which of the two steps can be repeated, and which one can never be taken back?',
    ],
  },
  wrong: {
    empty: { caughtBy: 'once.after.crash', says: /./, why: 'empty files export no functions' },
    'dedupe-in-memory': {
      caughtBy: 'once.after.crash',
      says: /was billed 2 times/,
      why: 'the commits are remembered in a variable of the process that dies',
    },
    'note-before-the-put': {
      caughtBy: 'none.lost',
      says: /was never billed/,
      why: 'the end is noted first; then nothing brings back a message that the store refuses',
    },
    'refused-is-ended': {
      caughtBy: 'none.lost',
      says: /was never billed/,
      why: 'a commit that the store refuses counts as one',
    },
    'all-have-ended': {
      caughtBy: 'open.stays',
      says: /was never billed/,
      why: 'what was open when the broker died is taken for ended',
    },
    'older-than-the-newest': {
      caughtBy: 'open.stays',
      says: /was never billed/,
      why: 'a commit counts for all half messages that were stored before',
    },
    'by-key': {
      caughtBy: 'twins',
      says: /was never billed/,
      why: 'the outcome is found by the order’s key, which two orders may share',
    },
    'by-body': {
      caughtBy: 'twins',
      says: /was never billed/,
      why: 'the outcome is found by the text of the order',
    },
    'newest-only': {
      caughtBy: 'once.after.crash',
      says: /was billed 2 times/,
      why: 'only the last record of the queue is looked at',
    },
    'one-queue': {
      caughtBy: 'once.after.crash',
      says: /was billed 2 times/,
      why: 'only queue 0 is looked at',
    },
    'first-batch-only': {
      caughtBy: 'once.after.crash',
      says: /was billed 2 times/,
      why: 'one read of the queue returns at most 32 records, and nobody reads on',
    },
    'one-read-on': {
      caughtBy: 'once.after.crash',
      says: /was billed 2 times/,
      why: 'it reads on from the time of the half message, once: at most 32 records',
    },
    'queue-offset': {
      caughtBy: 'once.after.crash',
      says: /was billed 2 times/,
      why: 'a queue offset is compared with a position in the log',
    },
    'asked-is-open': {
      caughtBy: 'after.a.check',
      says: /was billed 2 times/,
      why: 'a transaction about which somebody was asked is taken for open',
    },
    'any-record-that-names-it': {
      caughtBy: 'open.stays',
      says: /never billed/,
      why: 'a record counts that is no commit: in an ordinary message the field holds 0, and the first half message lies at 0',
    },
    'by-birth': {
      caughtBy: 'open.stays',
      says: /never billed/,
      why: 'the outcome is found by the time at which the order was made, which two orders may share',
    },
    'one-stands-for-all': {
      caughtBy: 'open.stays',
      says: /never billed/,
      why: 'where one has ended, all are taken for ended',
    },
    'next-one-only': {
      caughtBy: 'once.after.crash',
      says: /was billed 2 times/,
      why: 'only the first record that came after the half message is looked at',
    },
    'never-notes': {
      caughtBy: 'none.lost',
      says: /its op queue lists no end/,
      why: 'a commit is not noted, since the log has it',
    },
    'stays-in-between': {
      caughtBy: 'none.lost',
      says: /was never billed/,
      why: 'a commit that the store refuses leaves the transaction neither open nor ended',
    },
  },
  accepted: ['by-id', 'whole-queue', 'one-walk'],
  variant,
  demo,
}
