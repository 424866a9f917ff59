/**
 * Lab of chapter 6: the class behind SYNC_FLUSH. The starter answers everybody who waits when a sync ends, whatever its result:
 * right as long as orders come one at a time and the disk is well.
 */
import type { Lab } from '../lab.ts'
import { answerWaits, CODE, demo, duringSync, failedSync, fewSyncs, inTime, variant } from './checks.ts'

export const lab: Lab = {
  id: 'group-commit',
  version: '1.1.0',
  chapter: 'durability',
  order: 2,
  title: 'Group commit',
  story:
    'The shop has switched its broker to SYNC_FLUSH, and in the week nothing is lost any more. On Saturdays, with sixteen tills, a power cut has taken orders that were answered SEND_OK; and once, when the disk reported an error, the shop heard of none.',
  task: 'Repair the class that answers puts under SYNC_FLUSH. Many orders may share a sync, and no promise may break on the way: SEND_OK means that the order is on the disk; after a failed sync nobody is told SEND_OK; nobody waits longer than five seconds for an answer; an order that is alone is not kept waiting for company. The checks choose the worst moments that the seed can find.',
  files: [
    {
      path: CODE,
      kind: 'module',
      replaces: 'reference/store/group-commit.ts',
      names: [
        'reference/store/commit-log.ts',
        'reference/store/flush.ts',
        'reference/store/limits.ts',
        'reference/host/host.ts',
      ],
      about: 'when a put is answered under SYNC_FLUSH',
    },
  ],
  checks: [
    {
      id: 'few.syncs',
      title: 'Many orders, few syncs',
      promise: 'Orders that arrive together share their syncs, and an order that is alone meets no timer.',
      points: 200,
      run: fewSyncs,
    },
    {
      id: 'answer.waits',
      title: 'The answer waits for the disk',
      promise: 'An order that was answered SEND_OK is delivered after a power cut.',
      points: 200,
      run: answerWaits,
    },
    {
      id: 'during.sync',
      title: 'What arrives during a sync waits for the next one',
      promise:
        'An order that was answered SEND_OK is delivered after a power cut, also when it arrived while a sync ran.',
      points: 200,
      run: duringSync,
    },
    {
      id: 'failed.sync',
      title: 'A failed sync is no success',
      promise:
        'When a sync of the log has failed, no order that waited for it, and none after it, is answered SEND_OK (the rule of this book’s broker: chapter 6 says what RocketMQ does).',
      points: 200,
      run: failedSync,
    },
    {
      id: 'in.time',
      title: 'Five seconds, no more and no less',
      promise: 'On a disk that hangs, a put is answered FLUSH_DISK_TIMEOUT when it has waited for five seconds.',
      points: 200,
      run: inTime,
    },
  ],
  hints: {
    'few.syncs': [
      'Look at the run: how many syncs of the log were there, and how many orders waited while one of them ran?',
      'If the order that was alone is the one that is late: what does your code wait for, although the disk is idle?',
    ],
    'answer.waits': [
      'When was the order answered, and when did its sync end? The event list of the run has both.',
      'A sync that has begun has not yet written anything.',
    ],
    'during.sync': [
      'Find the order that is missing. Had it arrived before the sync began, or while it ran?',
      'A sync makes durable what was written when it began. Which position of the log says how far that is, and when must it be read?',
    ],
    'failed.sync': [
      'What does the callback of a sync receive? What has it received in this run?',
      'After a failed sync the operating system may count the pages as clean. A later sync then writes nothing and succeeds. Which orders does that concern?',
    ],
    'in.time': [
      'Who answers a put whose sync never ends? Something must be set when the put begins to wait.',
      'The deadline counts from the put, and has its constant in the limits of the store. A shorter one turns orders into errors that the disk would have confirmed.',
    ],
  },
  wrong: {
    empty: { caughtBy: 'answer.waits', says: /./, why: 'an empty file exports no class' },
    'answer-before-sync': {
      caughtBy: 'answer.waits',
      says: /was acknowledged \d+ ms after it was sent, while a sync took more/,
      why: 'answered when the sync begins',
    },
    'cover-arrivals': {
      caughtBy: 'during.sync',
      says: /a sync of this disk takes more than \d+ ms/,
      why: 'a sync that ends answers all who wait, also those who came while it ran',
    },
    'written-at-the-end': {
      caughtBy: 'during.sync',
      says: /a sync of this disk takes more than \d+ ms/,
      why: 'the written position is read when the sync ends instead of when it begins',
    },
    'ignore-error': {
      caughtBy: 'failed.sync',
      says: /was acknowledged, although/,
      why: 'the error of the sync is not looked at',
    },
    'waits-for-company': {
      caughtBy: 'few.syncs',
      says: /order-alone met an idle disk and was answered after \d+ ms/,
      why: 'every sync waits for a timer, so that more orders may share it',
    },
    'no-deadline': {
      caughtBy: 'in.time',
      says: /has not said FLUSH_DISK_TIMEOUT/,
      why: 'a put waits for as long as the disk does',
    },
    'all-at-the-first-deadline': {
      caughtBy: 'in.time',
      says: /the disk may still confirm it/,
      why: 'when one put has waited too long, all that wait are given up',
    },
    'one-deadline-and-no-more': {
      caughtBy: 'in.time',
      says: /has not said FLUSH_DISK_TIMEOUT/,
      why: 'the timer is set for the first put, and not again',
    },
    impatient: { caughtBy: 'in.time', says: /the disk may still confirm it/, why: 'the deadline is one second' },
    'nobody-is-told': {
      caughtBy: 'few.syncs',
      says: /nobody has killed/,
      why: 'who waits is answered, and the broker is not told that its orders may be handed out',
    },
  },
  accepted: ['noted-position', 'two-lists', 'ask-every-time'],
  variant,
  demo,
}
