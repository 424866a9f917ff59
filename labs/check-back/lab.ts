/**
 * Lab of chapter 16: the listener of a shop whose orders are saved in a database, and what it answers when a broker asks.
 *
 * The starter answers from its memory. The memory dies with the process, and another process never had it.
 */
import type { Lab } from '../lab.ts'
import { CODE, demo, lateSave, nothingSaved, sameKey, siblingKnows, slowSave, variant } from './checks.ts'

export const lab: Lab = {
  id: 'check-back',
  version: '1.2.0',
  chapter: 'transactions',
  title: 'The check-back',
  story:
    'A shop saves its orders in a database and sends them in transactions. It has two processes. Each time one of them dies at a bad moment, the accountants find orders that are saved and were never billed, although the broker had asked the other process what became of them.',
  task: 'Repair the listener. Whatever dies, waits or comes late: an order that the database has is billed, one that it does not have is not, and the broker is told how each transaction ended. Every check plays the database itself and compares it with what the billing was handed. The class Database at the end of the file is what it is; use it as it is described.',
  files: [
    {
      path: CODE,
      kind: 'module',
      replaces: 'reference/client/apps/transaction-listener.ts',
      names: [
        'reference/client/producer/transaction-producer.ts',
        'reference/common/message.ts',
        'reference/host/host.ts',
      ],
      about: 'how the shop saves an order, and what it answers when it is asked',
    },
  ],
  checks: [
    {
      id: 'sibling.knows',
      title: 'Another process is asked',
      promise: 'What the database has decided is what the broker is told, whichever process it asks.',
      points: 200,
      run: siblingKnows,
    },
    {
      id: 'slow.save',
      title: 'Not decided yet',
      promise: 'While the database still works on an order, nobody tells the broker how it ended.',
      points: 200,
      run: slowSave,
    },
    {
      id: 'nothing.saved',
      title: 'Nothing was saved',
      promise:
        'A transaction that saved nothing ends: it is not billed, and the broker need not ask for the rest of its days.',
      points: 200,
      run: nothingSaved,
    },
    {
      id: 'late.save',
      title: 'Too late to save',
      promise: 'What the broker was told stays true afterwards.',
      points: 200,
      run: lateSave,
    },
    {
      id: 'same.key',
      title: 'Sold twice under one key',
      promise: 'Two attempts to sell one order are two transactions, and each has its own outcome.',
      points: 200,
      run: sameKey,
    },
  ],
  hints: {
    'sibling.knows': [
      'Which process was asked, and what does it know? The event log shows who was handed what.',
      'What does the process that is asked have in common with the one that died?',
    ],
    'slow.save': [
      'Compare the time of the question with the time at which the database had decided.',
      'A listener has three answers. Which of them says “ask me again later”?',
    ],
    'nothing.saved': [
      'The database knows nothing of the order. What does your listener answer then, each time?',
      'Who could still save it? The process that wanted to is dead. Does your listener know that?',
    ],
    'late.save': [
      'Follow the order: when was the other process asked, what did it answer, and what did the database do afterwards?',
      '“It is not there” was true when it was said. How can a process make sure that it stays true?',
      'Two processes meet in one place only. Which operation of the database looks and writes in one step?',
    ],
    'same.key': [
      'The database was asked to save twice. Under which ids?',
      'What does a transaction have that an order sold twice does not share?',
    ],
  },
  wrong: {
    empty: { caughtBy: 'sibling.knows', says: /./, why: 'an empty file exports no function' },
    'commits-when-unknown': {
      caughtBy: 'nothing.saved',
      says: /was billed, and the database does not have it/,
      why: 'what the process does not remember is committed, so that no order is lost',
    },
    'rolls-back-while-it-runs': {
      caughtBy: 'slow.save',
      says: /saved in the database and was never billed/,
      why: 'what is not saved yet is taken for what is not saved',
    },
    'commits-while-it-runs': {
      caughtBy: 'slow.save',
      says: /was billed, and the database does not have it/,
      why: 'what is not refused is committed, also while the database still works on it',
    },
    'unknown-for-ever': {
      caughtBy: 'nothing.saved',
      says: /was never told, and put it aside/,
      why: 'what the database does not have stays undecided',
    },
    'looks-and-rolls-back': {
      caughtBy: 'late.save',
      says: /saved in the database and was never billed/,
      why: 'it looks, finds nothing, and says so; nothing keeps the order from being saved a moment later',
    },
    'saves-in-the-check': {
      caughtBy: 'nothing.saved',
      says: /was saved by shop-\d, which had not sold it/,
      why: 'what is missing is saved by whoever is asked',
    },
    'rolls-back-whatever-it-said': {
      caughtBy: 'sibling.knows',
      says: /is saved in the database and was never billed/,
      why: 'the id is cancelled, and what the database says to that is not read',
    },
    'rolls-back-after-some-questions': {
      caughtBy: 'late.save',
      says: /is saved in the database and was never billed/,
      why: 'what is not there after some questions is taken for what never will be',
    },
    'waits-and-rolls-back': {
      caughtBy: 'late.save',
      says: /is saved in the database and was never billed/,
      why: 'it looks again for a while, and then takes “not there” for “never”',
    },
    'commits-what-was-refused': {
      caughtBy: 'slow.save',
      says: /was billed, and the database does not have it/,
      why: 'it waits for the database, and does not read its answer',
    },
    'remembers-running': {
      caughtBy: 'sibling.knows',
      says: /is saved in the database and was never billed; .* still worked on it/,
      why: 'what the database said when it was asked first is remembered, also that it was not decided yet',
    },
    'key-as-id': {
      caughtBy: 'same.key',
      says: /is not in the database/,
      why: 'the order’s key stands for the transaction: a second attempt gets the outcome of the first',
    },
    'does-not-wait': {
      caughtBy: 'slow.save',
      says: /was billed, and the database does not have it/,
      why: 'the commit does not wait for the database',
    },
  },
  accepted: ['find-first', 'memory-as-cache', 'left-to-the-check'],
  variant,
  demo,
}
