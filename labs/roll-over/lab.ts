/**
 * Lab of chapter 4, "The commit log": the end of a file. The broker that the learner repairs keeps no room for a blank, so that
 * from time to time a few bytes at the end of a file say nothing, and everything behind them is lost at the next start.
 */
import type { Lab } from '../lab.ts'
import { demo, filesEnd, noWaste, ordersKept, recordsWhole, variant } from './checks.ts'

export const lab: Lab = {
  id: 'roll-over',
  version: '1.1.0',
  chapter: 'commit-log',
  order: 1,
  title: 'Roll over',
  story:
    'A broker was killed at night and started again. Nothing but the process died: what it had written was in the page cache. Yet orders that the shop had got SEND_OK for were never billed, and all of them had been stored after one of them. On other nights nothing was lost.',
  task: 'The file beside this text decides where a record lies when a log file is nearly full, and what stands at the end of that file. Repair it, so that nothing acknowledged is lost, other programs can read the files, and no space is given away. The checks draw the sizes of files and orders; they fill files to the last byte.',
  files: [
    {
      path: 'roll-over.ts',
      kind: 'module',
      replaces: 'reference/store/roll-over.ts',
      names: ['reference/common/bytes.ts', 'reference/common/message-codec.ts'],
      about: 'where the next record lies, and what fills the rest of a file',
    },
  ],
  checks: [
    {
      id: 'orders.kept',
      title: 'Acknowledged orders survive a kill',
      promise: 'What a broker has acknowledged is delivered, also after its process was killed and started again.',
      points: 300,
      run: ordersKept,
    },
    {
      id: 'files.end',
      title: 'Every full file ends in a blank',
      promise:
        'Behind the last record of a file there is a blank that covers all bytes up to the end of the file, so any reader of the format finds its way.',
      points: 300,
      run: filesEnd,
    },
    {
      id: 'records.whole',
      title: 'A record lies in one file',
      promise: 'Every acknowledged order is one whole record in one file.',
      points: 200,
      run: recordsWhole,
    },
    {
      id: 'no.waste',
      title: 'A record that fits stays',
      promise: 'A file is left only when the next record and a blank have no room in it.',
      points: 200,
      run: noWaste,
    },
  ],
  hints: {
    'orders.kept': [
      'Which order is the first that is missing, and where did the record before it end? Look at the end of that file, byte by byte.',
      'At its start the broker walks over the log, from record to record. What does it read at the end of a file, and what does it need to find there to go on?',
      'How many bytes does it take to say "here is nothing more, go to the next file"? Are they free behind every record that your code lets into a file?',
    ],
    'files.end': [
      'A reader that comes to the end of the last record reads two numbers: a size and a magic number, four bytes each. Which two does your code write?',
      'The size of a blank is the number of bytes that a reader has to pass over, its own two numbers included.',
      'A record that fills its file to the last byte leaves no room for those two numbers. RocketMQ stops reading there (CommitLog.checkMessageAndReturnSize).',
    ],
    'records.whole': [
      'A position in the log is a file and a place in it. What does your code answer for a record that is longer than the rest of the file?',
      'Readers map one file at a time into memory. A record must not begin in one file and end in the next.',
    ],
    'no.waste': [
      'The check names a record, its size, and the bytes that were left. Put these numbers into your comparison.',
      'The smallest rest that a file may keep behind its last record: is it allowed by your comparison, or does it begin one byte too late?',
    ],
  },
  wrong: {
    empty: { caughtBy: 'orders.kept', says: /./, why: 'the file emptied: it exports no function' },
    'commented-out': { caughtBy: 'orders.kept', says: /./, why: 'both functions commented out' },
    'exact-fit': {
      caughtBy: 'files.end',
      says: /^0 bytes follow the last record/,
      why: 'a record may fill a file to its last byte: this book’s broker reads on, RocketMQ’s stops there',
    },
    'seven-free': { caughtBy: 'orders.kept', says: /./, why: 'seven bytes are kept free, one too few for a blank' },
    'room-for-the-size': {
      caughtBy: 'orders.kept',
      says: /were not delivered after the kill/,
      why: 'four bytes are kept free, enough for a size without a magic number',
    },
    'off-by-one': {
      caughtBy: 'no.waste',
      says: /although \d+ bytes were left/,
      why: '< in place of <=: a record that leaves exactly eight bytes goes to the next file',
    },
    cautious: { caughtBy: 'no.waste', says: /although \d+ bytes were left/, why: '64 bytes are kept free, to be safe' },
    'over-two-files': {
      caughtBy: 'records.whole',
      says: /./,
      why: 'a record begins where the last one ended, whatever the file has left',
    },
    'blank-counts-eight': {
      caughtBy: 'files.end',
      says: /but the blank there says 8$/,
      why: 'the blank says the bytes that are written, not the bytes that it covers',
    },
    zeros: {
      caughtBy: 'orders.kept',
      says: /were not delivered after the kill/,
      why: 'the rest is left as zeros: a walk over the log ends there',
    },
    'magic-first': {
      caughtBy: 'files.end',
      says: /does not find the magic number of a blank/,
      why: 'magic number and size change places',
    },
    'one-file-size': {
      caughtBy: 'records.whole',
      says: /./,
      why: 'the size of a file is typed in: right in the cluster beside the text, and in no other',
    },
  },
  accepted: ['whole-rest', 'by-the-next-file', 'byte-by-byte'],
  variant,
  demo,
}
