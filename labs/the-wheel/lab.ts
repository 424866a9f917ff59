/** Lab of chapter 15: a wheel of 64 slots and a hand, as somebody has built it who had read about wheels. */
import type { Lab } from '../lab.ts'
import {
  aPause,
  aRestart,
  CODE,
  demo,
  farAndNear,
  fullSlot,
  inTime,
  sameSecond,
  secondLap,
  takenBack,
  variant,
} from './checks.ts'

export const lab: Lab = {
  id: 'the-wheel',
  version: '1.1.0',
  chapter: 'delays',
  order: 1,
  title: 'The wheel',
  story:
    'A colleague has built the slots of the timer wheel anew: a ring, and a hand that goes round. Since then one reminder came a minute before its time, another one a second late, and some do not come.',
  task: 'Repair the class that holds the slots in memory. Each reminder comes once: not before the time that was asked for, and less than a second after it; several in one second all come; whatever the broker missed while it stood still or was away comes when it is there again. How you keep the slots is up to you. The broker asks waitMs how long to sleep, then calls takeDue until it returns undefined; after a restart it puts the entries of the timer log that still wait back with put. A recall is put as well, with a change of -1, and count is what the broker compares with its limit. Judged is what comes and when, and not how fast the class is: see for yourself how much it looks at to find one slot.',
  files: [
    {
      path: CODE,
      kind: 'module',
      replaces: 'reference/store/timer/slot-ring.ts',
      names: ['reference/store/timer/timer-wheel.ts', 'reference/store/timer/timer-record.ts'],
      about: 'the slots of the timer wheel in memory',
    },
  ],
  checks: [
    {
      id: 'in.time',
      title: 'In time',
      promise:
        'A reminder comes once, not before its time and less than a second after it; one of a second sharp comes then.',
      points: 150,
      run: inTime,
    },
    {
      id: 'same.second',
      title: 'The same second',
      promise: 'All reminders of one second come, each once, whatever was sent between them.',
      points: 150,
      run: sameSecond,
    },
    {
      id: 'far.and.near',
      title: 'Far and near',
      promise: 'A reminder that is far away neither holds up nearer ones nor comes with them.',
      points: 150,
      run: farAndNear,
    },
    {
      id: 'a.pause',
      title: 'A pause',
      promise: 'What fell due while the broker stood still comes when it goes on, each once.',
      points: 100,
      run: aPause,
    },
    {
      id: 'a.restart',
      title: 'A restart',
      promise: 'What fell due while the broker was stopped comes when it starts again, each once.',
      points: 150,
      run: aRestart,
    },
    {
      id: 'second.lap',
      title: 'Fourteen days later',
      promise: 'What was delivered does not come again when its place in the wheel is used again.',
      points: 100,
      run: secondLap,
    },
    {
      id: 'taken.back',
      title: 'A recall in the slot',
      promise: 'A reminder comes whatever others of its second were taken back, and however often.',
      points: 100,
      run: takenBack,
    },
    {
      id: 'full.slot',
      title: 'A limit for a second',
      promise:
        'As many reminders wait in one second as the broker’s limit allows, and no more; one that was taken back leaves room.',
      points: 100,
      run: fullSlot,
    },
  ],
  hints: {
    'in.time': [
      'Take one reminder and write down four times: when it was wanted, when its tick begins, when its tick ends, when it came.',
      'A tick has a beginning and an end, and reminders in between. When is it safe for all of them? And to which tick does a time belong that is exactly a beginning?',
    ],
    'same.second': ['What does the slot know after the second reminder of its second, and what did it know before?'],
    'far.and.near': [
      'Which two times share a place in your ring? Can both wait at the same time?',
      'How does a reader of a slot know whose slot it is?',
    ],
    'a.pause': ['The broker sleeps, and wakes up six seconds late. Which ticks does it look at?'],
    'a.restart': ['After a restart, put brings slots back whose ticks have ended. Where is the hand then?'],
    'second.lap': ['What does lastPos say about a slot whose messages have all been delivered?'],
    'taken.back': [
      'Two reminders wait in a slot, and one of them is taken back twice. What is num then, and what waits?',
      'A recall is an entry of the chain like any other.',
    ],
    'full.slot': ['Write down what count returns after a reminder, after its recall, and after two reminders more.'],
  },
  wrong: {
    empty: { caughtBy: 'in.time', says: /./, why: 'an empty file exports no class' },
    'due-at-its-start': { caughtBy: 'in.time', says: /too early/, why: 'a slot is delivered when its tick begins' },
    'all-at-once': { caughtBy: 'in.time', says: /too early/, why: 'whatever waits is delivered' },
    'a-tick-late': {
      caughtBy: 'in.time',
      says: /too late/,
      why: 'a time that is exactly the start of a tick waits for the end of this tick',
    },
    'never-due': { caughtBy: 'in.time', says: /had not come/, why: 'nothing is delivered' },
    'chain-overwritten': {
      caughtBy: 'same.second',
      says: /had not come/,
      why: 'the newest entry takes the place of the others of its slot',
    },
    'first-come': {
      caughtBy: 'far.and.near',
      says: /too late/,
      why: 'the slots are taken in the order in which they were filled, as in one queue',
    },
    'lap-unchecked': {
      caughtBy: 'far.and.near',
      says: /too early|too late|had not come/,
      why: 'two times that share a place of the ring share a slot',
    },
    'present-tick-only': {
      caughtBy: 'a.pause',
      says: /had not come/,
      why: 'ticks that ended during a pause are skipped',
    },
    'hand-starts-now': {
      caughtBy: 'a.restart',
      says: /had not come/,
      why: 'ticks that ended before the start are skipped',
    },
    'slot-not-emptied': {
      caughtBy: 'second.lap',
      says: /came twice/,
      why: 'a slot that is filled again after fourteen days still points to the delivered chain',
    },
    'zero-is-empty': {
      caughtBy: 'taken.back',
      says: /had not come/,
      why: 'a slot is thrown away when as many were taken back as were put in',
    },
    'change-ignored': {
      caughtBy: 'full.slot',
      says: /was not taken/,
      why: 'a recall counts like a reminder',
    },
  },
  accepted: ['buckets', 'hand', 'scan'],
  variant,
  demo,
}
