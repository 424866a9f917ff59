/**
 * Lab of chapter 6: a broker's log after a power cut, and the function that decides where it ends.
 *
 * The starter has two faults that look like kindness: it does not compare the CRC, and it passes over what it cannot decode.
 */
import type { Lab } from '../lab.ts'
import { CODE, demo, nothingBehind, otherPlace, sizesLie, tornGo, variant, wholeStay } from './checks.ts'

export const lab: Lab = {
  id: 'torn-tail',
  version: '1.0.0',
  chapter: 'durability',
  order: 1,
  title: 'Torn tail',
  story:
    'A machine lost power, and its broker is back. Since then the billing has been handed an order whose text has a hole in it, an order for which the shop never got an answer. The disk is healthy, and no log shows an error.',
  task: 'Recovery walks the log and asks your file at each position how to go on: here is a record, go on there, or the log ends here. Repair the answer. The log must end at the first record that is not whole: no sooner, no later. Every check sells orders, ends the broker, leaves its log as a power cut can leave one, and starts it again.',
  files: [
    {
      path: CODE,
      kind: 'module',
      replaces: 'reference/store/log-step.ts',
      names: [
        'reference/common/message-codec.ts',
        'reference/common/message.ts',
        'reference/common/bytes.ts',
        'reference/common/crc32.ts',
      ],
      about: 'how a walk over the commit log continues at one position',
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
      id: 'sizes.lie',
      title: 'Any size may stand there',
      promise:
        'Whatever four bytes a power cut leaves at the start of a record, the broker starts and keeps what lies before.',
      points: 200,
      run: sizesLie,
    },
    {
      id: 'other.place',
      title: 'A record is at home in one place',
      promise: 'A record counts at the position that it was written for, and nowhere else.',
      points: 200,
      run: otherPlace,
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
      'Size, magic and end of the record are as they were written. Which field of the record depends on every byte of the body?',
    ],
    'nothing.behind': [
      'Which order was delivered, and which one before it was not? Look at their positions in the log.',
      'A disk writes the pages of a file in any order. That a record is whole says nothing about the one before it, and the other way round.',
      'The queue counts without gaps. What does the group of the billing know of an offset that nobody can fill?',
    ],
    'sizes.lie': [
      'The four bytes are read before anything else. Which values can be the size of a record in a file of this size, and which cannot?',
      'Think of values that are negative, smaller than any record, or larger than the rest of the file.',
    ],
    'other.place': [
      'The record is whole and its CRC is right. What does it say about itself that is not true where it lies?',
      'A record names its own position in the log. The list of names beside the editor says how that field is called.',
    ],
  },
  wrong: {
    empty: { caughtBy: 'whole.stay', says: /./, why: 'an empty file exports no function' },
    'nothing-is-safe': {
      caughtBy: 'whole.stay',
      says: /acknowledged and whole on the disk, and were not delivered/,
      why: 'the log is thrown away: after a crash nothing is trusted',
    },
    'size-without-crc': {
      caughtBy: 'torn.go',
      says: /a sector of its record never reached the disk/,
      why: 'size and magic are right, so the record is believed; the CRC is not compared',
    },
    'skip-and-go-on': {
      caughtBy: 'nothing.behind',
      says: /never reached the disk|the queue has a hole/,
      why: 'a torn record is passed over by its size, and what lies behind it is kept',
    },
    'next-magic': {
      caughtBy: 'nothing.behind',
      says: /never reached the disk|the queue has a hole/,
      why: 'the walk looks for the next magic number and goes on there',
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
    'size-trusted': {
      caughtBy: 'sizes.lie',
      says: /./,
      why: 'the size field decides where the walk goes on, whatever it holds',
    },
    'place-unchecked': {
      caughtBy: 'other.place',
      says: /./,
      why: 'a whole record is believed wherever it lies',
    },
  },
  accepted: ['own-crc', 'faults-first', 'all-to-the-codec'],
  variant,
  demo,
}
