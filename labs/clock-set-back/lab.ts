/** Lab of chapter 15: the clock of a broker was wrong, and an operator has corrected it. */
import type { Lab } from '../lab.ts'
import { aRestart, backAndRestart, busyLevel, CODE, calm, demo, setBackOnce, theirClock, variant } from './checks.ts'

export const lab: Lab = {
  id: 'clock-set-back',
  version: '1.1.0',
  chapter: 'delays',
  order: 2,
  title: 'A clock set back',
  story:
    'The clock of the broker was some hours fast, and on Tuesday an operator corrected it. Reminders of five seconds that were waiting then came in the evening.',
  task: 'Repair the class that decides when a message of a delay level is due. As long as nobody touches the clock of the broker, a reminder comes after its delay, within a fifth of a second, also when the broker was stopped for a moment. When the clock is set back by hours, no reminder comes before its delay has passed, and none later than twice its delay (plus the time that the broker was away). The clocks of other machines may be wrong at any time. A node has two clocks: clock.nowMs may be set, clock.monotonicMs may not, and begins anew with each process.',
  files: [
    {
      path: CODE,
      kind: 'module',
      replaces: 'reference/broker/schedule/level-clock.ts',
      names: ['reference/host/host.ts', 'reference/common/message.ts', 'reference/broker/schedule/delay-queue.ts'],
      about: 'when a message of a delay level is due',
    },
  ],
  checks: [
    {
      id: 'calm',
      title: 'Calm',
      promise: 'While all clocks are right, a reminder comes once its delay has passed, within a fifth of a second.',
      points: 150,
      run: calm,
    },
    {
      id: 'their.clock',
      title: 'The shop’s clock',
      promise: 'A reminder comes after its delay whatever the clock of its sender says.',
      points: 150,
      run: theirClock,
    },
    {
      id: 'set.back',
      title: 'Set back',
      promise:
        'When the clock is set back, no reminder comes before its delay has passed, and none later than twice its delay.',
      points: 200,
      run: setBackOnce,
    },
    {
      id: 'busy.level',
      title: 'A busy level',
      promise:
        'While reminders come all the time, each comes within twice its delay and none before it, also when the clock was set back.',
      points: 200,
      run: busyLevel,
    },
    {
      id: 'a.restart',
      title: 'A restart',
      promise: 'A reminder that waits across a restart comes after its delay, counted from when it was sent.',
      points: 150,
      run: aRestart,
    },
    {
      id: 'back.and.restart',
      title: 'Set back, and a restart',
      promise: 'A restart after the clock was set back makes no reminder early, and none late by hours.',
      points: 150,
      run: backAndRestart,
    },
  ],
  hints: {
    calm: ['From which moment is the delay counted, and by which clock?'],
    'their.clock': ['A message carries two times. Who wrote each of them?'],
    'set.back': [
      'After the clock was set back, how long is it until the due time of a reminder that was stored before? Is that possible, for a level with this delay?',
      'You know that the clock is of no use for this reminder. Which clock is?',
    ],
    'busy.level': ['What do you remember, and what makes you forget it? Count how long the third reminder waits.'],
    'a.restart': ['What does your class know in the first moment of a new process?'],
    'back.and.restart': [
      'In the new process nothing says that the clock was set back. Nothing but the reminder itself: what does it say?',
    ],
  },
  wrong: {
    empty: { caughtBy: 'calm', says: /./, why: 'an empty file exports no class' },
    'all-due': { caughtBy: 'calm', says: /too early/, why: 'no delay at all' },
    'waits-twice': { caughtBy: 'calm', says: /too late/, why: 'every reminder is late, so that none can be early' },
    'senders-clock': {
      caughtBy: 'their.clock',
      says: /too early|too late|had not come/,
      why: 'a sender whose clock is wrong moves the due time',
    },
    'stored-time': {
      caughtBy: 'set.back',
      says: /had not come/,
      why: 'after the clock was set back by hours, the reminder waits for hours',
    },
    'at-once': {
      caughtBy: 'set.back',
      says: /too early/,
      why: 'what was stored before the jump is delivered before its delay has passed',
    },
    'start-again': {
      caughtBy: 'busy.level',
      says: /too late|had not come/,
      why: 'each reminder that comes makes all others wait from the beginning',
    },
    'first-batch': {
      caughtBy: 'busy.level',
      says: /too late|had not come/,
      why: 'what waited when the clock was set back is counted rightly, and each later one waits from when it is in front',
    },
    'one-by-one': {
      caughtBy: 'busy.level',
      says: /too late|had not come/,
      why: 'the second waits for its whole delay after the first, the third after the second',
    },
    'memory-only': {
      caughtBy: 'a.restart',
      says: /too late|had not come/,
      why: 'a new process counts from its own beginning',
    },
    'at-once-after-a-start': {
      caughtBy: 'back.and.restart',
      says: /too early/,
      why: 'a new process delivers at once what it cannot have seen wait',
    },
    'jumps-in-memory': {
      caughtBy: 'back.and.restart',
      says: /had not come/,
      why: 'a new process has not seen the clock being set back',
    },
  },
  accepted: ['adds-the-jumps', 'looks-often', 'seen-each'],
  variant,
  demo,
}
