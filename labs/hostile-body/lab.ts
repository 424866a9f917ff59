/**
 * Lab of chapter 4, "The commit log": the walk along a log. The broker that the learner repairs finds its records by the magic
 * number with which they begin; bodies may hold that number, too.
 */
import type { Lab } from '../lab.ts'
import { bodiesKept, damageEnds, demo, filesPassed, sizesLie, variant } from './checks.ts'

export const lab: Lab = {
  id: 'hostile-body',
  version: '1.1.0',
  chapter: 'commit-log',
  order: 2,
  title: 'A hostile body',
  story:
    'One customer attached a file to his order. The order was stored, acknowledged and kept like all others. Then the broker was killed and started again, and since that start this order and all that came after it are gone from its log. Nothing on the disk was damaged before the start.',
  task: 'The file beside this text is one step of the walk that a broker takes along its log at a start: what lies at a position, and where does the walk go on? Repair it. Whatever bytes an order holds and whatever a crash has left on the disk: what was stored before the damage is kept, nothing behind it is believed, and nobody is handed a message that nobody has sent.',
  files: [
    {
      path: 'log-step.ts',
      kind: 'module',
      replaces: 'reference/store/log-step.ts',
      names: ['reference/common/message-codec.ts', 'reference/common/bytes.ts', 'reference/common/message.ts'],
      about: 'one step of the walk along the log: record, blank or end',
    },
  ],
  checks: [
    {
      id: 'bodies.kept',
      title: 'A body may hold anything',
      promise: 'Every acknowledged order is delivered after a kill as it was sent, whatever bytes its body holds.',
      points: 300,
      run: bodiesKept,
    },
    {
      id: 'files.passed',
      title: 'The walk goes on in the next file',
      promise: 'A log of several files is walked to its end.',
      points: 200,
      run: filesPassed,
    },
    {
      id: 'damage.ends',
      title: 'The log ends where it is damaged',
      promise:
        'What was stored before a damaged record is kept; what lies behind it is handed to nobody; and nobody is handed what nobody has sent.',
      points: 300,
      run: damageEnds,
    },
    {
      id: 'sizes.lie',
      title: 'A broker starts on any disk',
      promise:
        'Whatever a crash has left behind the last record, the broker starts, keeps what it had, and takes new orders.',
      points: 200,
      run: sizesLie,
    },
  ],
  hints: {
    'bodies.kept': [
      'Take the order whose delivery is missing, and look at its body in the disk’s file: which of its bytes does your step take for something else?',
      'Two things in a record could say where it ends: what stands behind it, and what stands at its beginning. Which of them can the sender of a body write?',
      'The first four bytes of a record are its length.',
    ],
    'files.passed': [
      'Where does the walk stop: at the end of which file? What stands there, and what does your step say of it?',
      'A blank covers the rest of its file, however few of its bytes were written. The next record begins where the next file begins.',
    ],
    'damage.ends': [
      'The sentence names an order or a refund. Where do its bytes lie, and by which steps did your walk come there from the damaged record?',
      'A damaged record cannot be asked where the next one begins: its length may be what is damaged. And what looks like a record may lie in a body.',
      'Zeros are neither a record nor a blank. A body is sound when its checksum says so: decodeRecord can compare it.',
    ],
    'sizes.lie': [
      'The check writes a size behind the last record that no record has. Follow your step with this number: what does it read, and where does it go on?',
      'A step must lead forward, and not out of the file. What your step says when it cannot believe a size is the end of the log.',
    ],
  },
  wrong: {
    empty: { caughtBy: 'bodies.kept', says: /./, why: 'the file emptied: it exports no function' },
    'commented-out': { caughtBy: 'bodies.kept', says: /./, why: 'the whole file commented out' },
    'zero-ends': {
      caughtBy: 'bodies.kept',
      says: /with bodies of all kinds were not delivered/,
      why: 'a record ends where zeros begin',
    },
    'last-magic': {
      caughtBy: 'bodies.kept',
      says: /with bodies of all kinds were not delivered/,
      why: 'a magic number counts when a size stands before it that fits: a body may hold that, too',
    },
    'blank-is-the-end': {
      caughtBy: 'files.passed',
      says: /in three files were not delivered/,
      why: 'a blank is taken for the end of the log',
    },
    'blank-is-eight': {
      caughtBy: 'files.passed',
      says: /in three files were not delivered/,
      why: 'the walk goes on behind the eight bytes that were written of a blank',
    },
    'look-for-the-next': {
      caughtBy: 'damage.ends',
      says: /the cashier was handed refund|was delivered, although/,
      why: 'behind a damaged record the next magic number is looked for, and found in a body',
    },
    'skip-by-size': {
      caughtBy: 'damage.ends',
      says: /the cashier was handed refund|was delivered, although/,
      why: 'a damaged record is passed over by its own size',
    },
    'next-file-after-damage': {
      caughtBy: 'damage.ends',
      says: /was delivered, although|although the log is damaged at byte/,
      why: 'the rest of a file with a damaged record is given up, and the next file is believed',
    },
    'size-too-large-is-blank': {
      caughtBy: 'damage.ends',
      says: /was delivered, although|although the log is damaged at byte/,
      why: 'a size that leads out of the file is taken for the rest of it, and the next file is believed',
    },
    'zeros-are-blank': {
      caughtBy: 'damage.ends',
      says: /although the log is damaged at byte/,
      why: 'a size of 0 sends the walk to the next file, as a blank does',
    },
    'crc-ignored': {
      caughtBy: 'damage.ends',
      says: /although its record on the disk is damaged/,
      why: 'the body is not compared with its checksum',
    },
    'size-trusted': {
      caughtBy: 'sizes.lie',
      says: /the broker does not start/,
      why: 'the walk goes on by a size that no record has: on the spot, or backwards',
    },
  },
  accepted: ['as-rocketmq', 'the-whole-rest', 'blank-by-its-size'],
  variant,
  demo,
}
