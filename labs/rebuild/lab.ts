/**
 * Lab of chapter 5: queues that a start makes again from the log, and the class that says what goes into them.
 *
 * The starter counts offsets by itself and writes no tag: it is right as long as nothing was ever deleted and nobody filters.
 */
import type { Lab } from '../lab.ts'
import { allFound, CODE, demo, lastOrders, oneQueue, sameOffsets, tagsKept, variant } from './checks.ts'

export const lab: Lab = {
  id: 'rebuild',
  version: '1.1.0',
  chapter: 'consume-queue',
  title: 'Rebuild',
  story:
    'After a disk was moved, the files of a broker’s queues were empty. The broker started, said that it had made the queues again from its log, and went on. Since then one billing gets nothing, another one misses the oldest orders, and a third is happy. Every record is in the log, whole.',
  task: 'The file beside this text is called for each record that a start finds in the log, from the oldest to the newest, and puts the record’s entry into its queue. Repair it. A queue that was made again must serve every consumer of orders as the old one did. Every check stops a broker, starts it again, and looks at what the billing is handed; all but one fill files of its queues with zeros in between.',
  files: [
    {
      path: CODE,
      kind: 'module',
      replaces: 'reference/store/offer-to-queues.ts',
      names: [
        'reference/store/consume-queue.ts',
        'reference/store/consume-queue-store.ts',
        'reference/store/put-message.ts',
        'reference/common/message.ts',
        'reference/common/hash.ts',
      ],
      about: 'what a start does with each record of the log',
    },
  ],
  checks: [
    {
      id: 'all.found',
      title: 'Every order is found',
      promise:
        'Every acknowledged order is delivered once after the queues were made again, whichever queue it was in.',
      points: 200,
      run: allFound,
    },
    {
      id: 'same.offsets',
      title: 'A group goes on where it was',
      promise: 'A group that had read up to some order is handed the orders behind it, and none of those before.',
      points: 200,
      run: sameOffsets,
    },
    {
      id: 'tags.kept',
      title: 'Filters find what they found',
      promise: 'A group that asks for one tag is handed all orders with this tag.',
      points: 200,
      run: tagsKept,
    },
    {
      id: 'one.queue',
      title: 'One queue of several',
      promise: 'A queue that was emptied is whole again when the others were not, however many files the log has.',
      points: 200,
      run: oneQueue,
    },
    {
      id: 'last.orders',
      title: 'Killed, and nothing emptied',
      promise:
        'After a kill every order is delivered once, and a start does not read the whole log again for queues that lack nothing of it.',
      points: 200,
      run: lastOrders,
    },
  ],
  hints: {
    'all.found': [
      'Which order is missing, and what do the twenty bytes of its entry hold? "mq dump" of the queue’s file shows it; compare with the record.',
      'An entry leads to a record: where it begins, and how many bytes of the log it has.',
    ],
    'same.offsets': [
      'Which offset had the order in its queue when it was sold, and which one has it now? The record knows the first.',
      'The log’s first file is gone. How many entries does a queue lack at its beginning then, and who remembers where it has read up to?',
    ],
    'tags.kept': [
      'The broker compares tags before it hands anything over. With which bytes of the entry?',
      'What did those bytes hold in the old queue? The code that a put uses for them is among the names beside the editor.',
    ],
    'one.queue': [
      'Where does the first walk begin when most queues are whole? With which record of the emptied queue does it meet first?',
      'A queue can be continued at its end. What stood before its first entry cannot be put in front of it afterwards.',
      'There is a way to ask for a walk over the whole log. When do you know that you need it?',
    ],
    'last.orders': [
      'Nothing was emptied. Which entries does a broker that was killed not trust, and from which record on does its walk go?',
      'The sentence names an order, or a second walk. Which offset had its queue as its last one, and which offset has the first record of the walk?',
    ],
  },
  wrong: {
    empty: { caughtBy: 'all.found', says: /./, why: 'an empty file exports no class' },
    'believes-the-files': {
      caughtBy: 'all.found',
      says: /all queues were made again, and no consumer is handed it/,
      why: 'a queue without entries is taken for one that never had any',
    },
    'body-size': {
      caughtBy: 'all.found',
      says: /all queues were made again, and no consumer is handed it/,
      why: 'the entry has the size of the body, not that of the record',
    },
    'one-queue': {
      caughtBy: 'all.found',
      says: /all queues were made again, and no consumer is handed it/,
      why: 'all entries of a topic go into its first queue',
    },
    'from-zero': {
      caughtBy: 'same.offsets',
      says: /the billing had read up to offset/,
      why: 'entries are counted from 0, although the first records of the queue are deleted',
    },
    'tag-forgotten': {
      caughtBy: 'tags.kept',
      says: /has this tag in the log, and it is held back/,
      why: 'the tag’s hash is left out of the entry',
    },
    'one-tag': {
      caughtBy: 'tags.kept',
      says: /has this tag in the log, and it is held back/,
      why: 'every tag gets one and the same number',
    },
    'begins-anywhere': {
      caughtBy: 'one.queue',
      says: /was emptied and the others were not/,
      why: 'an emptied queue begins with the first record that a walk meets, wherever this walk began',
    },
    'never-asks': {
      caughtBy: 'one.queue',
      says: /was emptied and the others were not/,
      why: 'a record that does not fit is left out, and nobody learns that entries are missing',
    },
    'errors-swallowed': {
      caughtBy: 'one.queue',
      says: /was emptied and the others were not/,
      why: 'every record is put, and what the queue refuses is caught and forgotten',
    },
    'whole-walks-only': {
      caughtBy: 'last.orders',
      says: /nothing was emptied, and/,
      why: 'a walk over a part of the log does nothing',
    },
    'always-asks': {
      caughtBy: 'last.orders',
      says: /read its whole log a second time/,
      why: 'every start asks for a walk over the whole log',
    },
  },
  accepted: ['known-by-place', 'own-count', 'straight'],
  variant,
  demo,
}
