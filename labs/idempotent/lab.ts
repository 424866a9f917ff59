/** Lab of chapter 13: a billing whose messages come more than once. The starter charges for each message. */
import type { Lab } from '../lab.ts'
import {
  alike,
  bankFails,
  CODE,
  demo,
  refusedCard,
  restarted,
  sameTime,
  sentTwice,
  unheard,
  variant,
} from './checks.ts'

export const lab: Lab = {
  id: 'idempotent',
  version: '1.1.0',
  chapter: 'retries',
  title: 'Idempotent',
  story:
    'Customers write that their coffee was charged twice, on the days on which the billing was deployed, and sometimes on other days. The broker has done what it promises: each message at least once. The bank, too: it charges as often as it is asked to.',
  task: 'Repair the class through which the billing charges an order. Each order must be charged once: when its message comes twice, when the shop sends it twice, when the billing is killed at any moment, and when the bank does not answer a call. An order whose card the bank refuses is settled, too. Your class has a notebook whose lines survive a kill, and the bank answers a second question: whether its books have a reference. One billing process runs at a time.',
  files: [
    {
      path: CODE,
      kind: 'module',
      replaces: 'reference/client/apps/billing/charge-once.ts',
      names: ['reference/client/apps/billing/bank.ts', 'reference/client/apps/billing/notebook.ts'],
      about: 'how the billing charges an order',
    },
  ],
  checks: [
    {
      id: 'sent.twice',
      title: 'Two messages, one order',
      promise: 'An order that the shop has sent twice is charged once.',
      points: 150,
      run: sentTwice,
    },
    {
      id: 'alike',
      title: 'Two orders that look alike',
      promise: 'Different orders for the same drink at the same price are each charged.',
      points: 100,
      run: alike,
    },
    {
      id: 'restarted',
      title: 'The billing is killed',
      promise: 'An order whose message comes again after the billing was killed is charged once.',
      points: 150,
      run: restarted,
    },
    {
      id: 'bank.fails',
      title: 'No answer',
      promise:
        'An order about which calls got no answer is charged once when its message comes again, whether or not the bank had heard them.',
      points: 150,
      run: bankFails,
    },
    {
      id: 'unheard',
      title: 'Charged, and not heard',
      promise: 'An order that the bank had charged when the billing was killed is not charged again.',
      points: 200,
      run: unheard,
    },
    {
      id: 'same.time',
      title: 'At the same time',
      promise: 'Two messages about one order that are worked on at the same time lead to one charge.',
      points: 150,
      run: sameTime,
    },
    {
      id: 'refused.card',
      title: 'A refused card',
      promise: 'An order whose card the bank refuses is settled: the bank is not asked to charge it again.',
      points: 100,
      run: refusedCard,
    },
  ],
  hints: {
    'sent.twice': [
      'Compare the two messages in the event list: which of their fields are equal, and which are not?',
      'A message has an id and an offset. What has the order?',
    ],
    alike: ['Which orders were not charged? What do they have in common with the one that was?'],
    restarted: [
      'What did your class know before the kill, and where did it know it from?',
      'What a process has in memory ends with the process. The notebook is a file.',
    ],
    'bank.fails': [
      'What stands in the notebook after the first call, and what does your class make of it when the message comes again?',
      'Which calls of the bank can fail? What does your class know when one of them has?',
    ],
    unheard: [
      'Which lines were in the notebook when the billing was killed? Which of them can be true and not yet written?',
      'No order of “note” and “charge” is right for every kill. Somebody else knows what happened: who, and how can he be asked?',
    ],
    'same.time': [
      'Between a question and its answer other messages are worked on. What does your class know about an order whose call is under way?',
      'The second message could wait for the result of the first one.',
    ],
    'refused.card': ['`charge` has two results and may reject. What does your class make of each of the three?'],
  },
  wrong: {
    empty: { caughtBy: 'alike', says: /./, why: 'an empty file exports no class' },
    'by-message-id': {
      caughtBy: 'sent.twice',
      says: /charged 2 times: the shop sent two messages/,
      why: 'the id belongs to the message: an order that is sent again has another one',
    },
    'by-offset': {
      caughtBy: 'sent.twice',
      says: /charged 2 times: the shop sent two messages/,
      why: 'the offset belongs to one record; each copy has another one',
    },
    'by-text': { caughtBy: 'alike', says: /never charged/, why: 'two customers may buy the same thing' },
    'set-in-memory': {
      caughtBy: 'restarted',
      says: /came again after the billing was killed/,
      why: 'what was charged is remembered in memory only',
    },
    'mark-before': {
      caughtBy: 'bank.fails',
      says: /never charged/,
      why: 'the note says that it is done before it is done',
    },
    'mark-after': {
      caughtBy: 'unheard',
      says: /had charged it when the billing was killed/,
      why: 'a kill between the charge and the note leaves a charge without a note',
    },
    'down-means-not-charged': {
      caughtBy: 'bank.fails',
      says: /its answer was lost/,
      why: 'a call without an answer counts as a call that was not heard; the bank is asked only after a restart',
    },
    'ask-then-act': {
      caughtBy: 'same.time',
      says: /worked on at the same time/,
      why: 'both messages ask the bank before either of them charges',
    },
    'asks-when-it-fails': {
      caughtBy: 'unheard',
      says: /the bank had charged it when the billing was killed/,
      why: 'the bank is asked after a failed call, and not after a kill',
    },
    'find-down-means-not-charged': {
      caughtBy: 'bank.fails',
      says: /its answer was lost/,
      why: 'a bank that does not say whether it has charged is taken for one that has not',
    },
    'find-down-means-charged': {
      caughtBy: 'bank.fails',
      says: /never charged/,
      why: 'a bank that does not say whether it has charged is taken for one that has',
    },
    'throws-when-refused': {
      caughtBy: 'refused.card',
      says: /was asked \d+ times/,
      why: 'a refused card is treated as a failure: the order comes again, seventeen times',
    },
    'swallows-failures': {
      caughtBy: 'bank.fails',
      says: /were never charged/,
      why: 'a call without an answer counts as one that went well',
    },
  },
  accepted: ['note-the-answer', 'ask-first', 'one-at-a-time'],
  variant,
  demo,
}
