/**
 * Lab of chapter 6: a broker's log after a power cut. The learner repairs where the walk of a start begins, and where it ends the
 * log. What lies at one position is the step of chapter 4, which is right.
 *
 * The starter has three faults that look like kindness or thrift: it does not compare the CRC, it passes over what it cannot
 * decode, and it begins at the newest file.
 */
import type { Lab } from '../lab.ts'
import { BEGIN, demo, earlyEnough, noMore, nothingBehind, tornGo, variant, WALK, wholeStay } from './checks.ts'

export const lab: Lab = {
  id: 'torn-tail',
  version: '2.0.0',
  chapter: 'durability',
  order: 1,
  title: 'Torn tail',
  story:
    'A machine lost power, and its broker is back. Since then the billing has been handed an order whose text has a hole in it, an order for which the shop never got an answer. The disk is healthy, and no log shows an error.',
  task: 'Two files: the walk that a start takes along the log, and the choice of the file in which it begins after an unclean stop. What lies at one position says stepAt, which is right. Repair the two. The log must end at the first record that is not whole, no sooner and no later, wherever the power cut has left one; and a start reads no more than it must. Every check sells orders, ends the broker, leaves its log as a power cut can leave one, and starts it again.',
  files: [
    {
      path: WALK,
      kind: 'module',
      replaces: 'reference/store/log-walker.ts',
      names: [
        'reference/store/log-step.ts',
        'reference/store/mapped-file-queue.ts',
        'reference/common/message.ts',
        'reference/common/bytes.ts',
      ],
      about: 'the walk along the log, and where it ends the log',
    },
    {
      path: BEGIN,
      kind: 'module',
      replaces: 'reference/store/first-record.ts',
      names: [
        'reference/store/checkpoint.ts',
        'reference/store/mapped-file-queue.ts',
        'reference/common/message-codec.ts',
        'reference/common/message.ts',
      ],
      about: 'the file in which the walk begins',
    },
  ],
  checks: [
    {
      id: 'whole.stay',
      title: 'Whole records stay',
      promise:
        'Every record before the first one that is not whole is delivered, whichever file of the log it lies in.',
      points: 200,
      run: wholeStay,
    },
    {
      id: 'torn.go',
      title: 'A torn record goes',
      promise: 'Nothing is delivered that the shop did not send exactly so.',
      points: 200,
      run: tornGo,
    },
    {
      id: 'nothing.behind',
      title: 'Nothing behind it counts',
      promise: 'The queue has no hole: an order is delivered only when all orders before it in the log are.',
      points: 200,
      run: nothingBehind,
    },
    {
      id: 'early.enough',
      title: 'Wherever it was torn',
      promise: 'A torn record ends the log in whichever file it lies, if the checkpoint does not vouch for it.',
      points: 200,
      run: earlyEnough,
    },
    {
      id: 'no.more',
      title: 'No more than it must',
      promise: 'A start does not read files of which the checkpoint says that they and their entries were on the disk.',
      points: 200,
      run: noMore,
    },
  ],
  hints: {
    'whole.stay': [
      'Which records were whole, and in which file do they lie? "mq dump" and the list of files show it; so does the log of the cluster.',
      'The log has several files. What stands at the end of each but the last, and how does the walk get past it?',
      'The last whole record is as good as the others. What makes it look different to your code?',
    ],
    'torn.go': [
      'Compare the delivered body with the one that was sent. From where to where do they differ, and which multiple of 512 is that?',
      'Size, magic and end of the record are as they were written. Which field of the record depends on every byte of the body, and who asks for it to be compared?',
    ],
    'nothing.behind': [
      'Which order was delivered, and which one before it was not? Look at their positions in the log.',
      'A disk writes the pages of a file in any order. That a record is whole says nothing about the one before it, and the other way round.',
      'The queue counts without gaps. What does the group of the billing know of an offset that nobody can fill?',
    ],
    'early.enough': [
      'In which file does the walk begin, and in which one lies the torn record that the sentence names?',
      'A power cut takes what no sync has covered. How many files can have been written since the last time that is known to be safe, and which one holds the first of those records?',
      'The last file begins with a record that is torn. What does your code say of a file whose first record it cannot read?',
    ],
    'no.more': [
      'How many records has the broker read when it started (the event log says it), and how many lie in files that are older than the checkpoint?',
      'Within one file, and from file to file, store times only rise. Which file is the newest one that begins with a record of which you know that it was safe?',
    ],
  },
  wrong: {
    empty: { caughtBy: 'whole.stay', says: /./, why: 'empty files export no functions' },
    'nothing-is-safe': {
      caughtBy: 'whole.stay',
      says: /acknowledged and whole on the disk, and were not delivered/,
      why: 'the log is thrown away: after a crash nothing is trusted',
    },
    'blank-ends': {
      caughtBy: 'whole.stay',
      says: /acknowledged and whole on the disk, and were not delivered/,
      why: 'the blank at the end of a file is taken for the end of the log',
    },
    'one-too-early': {
      caughtBy: 'whole.stay',
      says: /acknowledged and whole on the disk, and were not delivered/,
      why: 'the last whole record is not trusted, because nothing stands behind it',
    },
    'everything-is-safe': {
      caughtBy: 'whole.stay',
      says: /the first order after the restart, was written at byte/,
      why: 'the log is said to go to the end of its last file, whatever stands there',
    },
    'size-without-crc': {
      caughtBy: 'torn.go',
      says: /a sector of its record never reached the disk/,
      why: 'size and magic are right, so the record is believed; the CRC is not compared',
    },
    'skip-and-go-on': {
      caughtBy: 'nothing.behind',
      says: /and whole records lie behind it|the queue has a hole/,
      why: 'a torn record is passed over by its size, and what lies behind it is kept',
    },
    'next-file': {
      caughtBy: 'nothing.behind',
      says: /and whole records lie behind it|the queue has a hole/,
      why: 'the rest of the file is given up, and the walk goes on in the next one',
    },
    'next-record': {
      caughtBy: 'nothing.behind',
      says: /and whole records lie behind it|the queue has a hole/,
      why: 'the walk looks for the next whole record and goes on there',
    },
    'newest-file': {
      caughtBy: 'early.enough',
      says: /is torn, in the first of four files/,
      why: 'the walk begins in the newest file, because only that one was being written',
    },
    'torn-file-is-old': {
      caughtBy: 'early.enough',
      says: /is torn, in the first of four files/,
      why: 'a file whose first record is torn counts as one that is safe',
    },
    'newer-than-the-checkpoint': {
      caughtBy: 'early.enough',
      says: /is torn, in the first of four files/,
      why: 'the walk begins at the first file that is newer than the checkpoint; newer records of the file before are not looked at',
    },
    'whole-log': {
      caughtBy: 'no.more',
      says: /although its checkpoint vouches for those of the first file/,
      why: 'every start reads the whole log',
    },
  },
  accepted: ['always-crc', 'chunk-of-file', 'from-the-front'],
  variant,
  demo,
}
