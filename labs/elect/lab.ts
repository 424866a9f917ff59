/**
 * Lab of chapter 18: who becomes the master. The starter elects the longest log of all replicas that are alive.
 */
import type { Lab } from '../lab.ts'
import { betterThanNobody, CODE, demo, nobodyElse, noChange, theLongTail, variant, whoHasMost } from './checks.ts'

export const lab: Lab = {
  id: 'elect',
  version: '1.0.0',
  chapter: 'failover',
  order: 2,
  title: 'Elect',
  story:
    'Since spring the controllers of the shop elect with a policy of their own: “so that there is always a master”. There always was one. In June and in August orders were missing after an election, and each of them had been answered SEND_OK.',
  task: 'One function decides who becomes the master of three replicas. Repair it. A replica that lacks what was answered must not become the master while the settings forbid it; among those that may, the one that has most of the latest epoch is the right one; and where unclean elections are allowed, some master is better than none. The checks cut cables and kill machines at moments and under names that the seed draws, and then they look at what the billing was handed. Leave the line with `designated` (an operator’s choice) as it is.',
  files: [
    {
      path: CODE,
      kind: 'module',
      replaces: 'reference/controller/elect-policy.ts',
      names: ['reference/controller/heartbeat-manager.ts', 'reference/controller/broker-set.ts'],
      about: 'which replica becomes the master',
    },
  ],
  checks: [
    {
      id: 'long.tail',
      title: 'The long tail',
      promise:
        'What was answered SEND_OK is billed, also when the master dies while a replica with a longer log is alive.',
      points: 250,
      run: theLongTail,
    },
    {
      id: 'who.has.most',
      title: 'Who has most',
      promise: 'When two members of the in-sync set are alive, what either of them has is not lost.',
      points: 200,
      run: whoHasMost,
    },
    {
      id: 'nobody.else',
      title: 'Nobody else',
      promise:
        'While no member of the in-sync set is alive, no other replica takes its place, unless the settings allow it.',
      points: 200,
      run: nobodyElse,
    },
    {
      id: 'unclean',
      title: 'Better than nobody',
      promise:
        'Where unclean elections are allowed, there is a master, and it is the replica that knows most of the latest epoch.',
      points: 200,
      run: betterThanNobody,
    },
    {
      id: 'no.change',
      title: 'No change without need',
      promise: 'A master that is alive stays; when it dies, another member of the set takes its place.',
      points: 150,
      run: noChange,
    },
  ],
  hints: {
    'long.tail': [
      'Which replica was elected, and in which epoch had it written its last orders? To whom had these been answered?',
      'A log may be long because its replica was alone. What does the controller know that says who was not?',
    ],
    'who.has.most': [
      'With inSyncReplicas=2 an answer waits for one slave. Is every member of the in-sync set equally far then?',
      'What do the heartbeats say about the two, and what does the priority say?',
    ],
    'nobody.else': [
      'How long was the cluster without a master, and what would have been lost with one?',
      'Who is allowed to say that an answered order may be forgotten: your function, or the settings?',
    ],
    unclean: [
      'Which list is empty while unclean elections are forbidden?',
      'Two replicas are left. One has more bytes, the other one has seen a later master. Which of the two bytes were answered?',
    ],
    'no.change': ['Is the old master alive? Whom does `alive` return something for?'],
  },
  wrong: {
    empty: { caughtBy: 'long.tail', says: /./, why: 'an empty file exports no function' },
    'longest-wins': {
      caughtBy: 'long.tail',
      says: /answered SEND_OK are billed to nobody/,
      why: 'the longest log of all that are alive, whether it is in the set or not',
    },
    'first-of-the-set': {
      caughtBy: 'who.has.most',
      says: /answered SEND_OK are billed to nobody/,
      why: 'the first member that is alive, the one with the lowest id',
    },
    'priority-first': {
      caughtBy: 'who.has.most',
      says: /answered SEND_OK are billed to nobody/,
      why: 'what operators prefer counts more than what a replica has',
    },
    'anyone-in-need': {
      caughtBy: 'nobody.else',
      says: /answered SEND_OK are billed to nobody/,
      why: 'when no member of the set is alive, any replica is elected, whatever the settings say',
    },
    'never-unclean': {
      caughtBy: 'unclean',
      says: /nobody takes van-1/,
      why: 'the list of the others is never looked at',
    },
    'offset-before-epoch': {
      caughtBy: 'unclean',
      says: /answered SEND_OK are billed to nobody/,
      why: 'a long tail of an old epoch beats the latest epoch',
    },
    'loyal-to-the-dead': {
      caughtBy: 'no.change',
      says: /nobody takes kiosk-1/,
      why: 'the old master stays although it is dead',
    },
  },
  accepted: ['one-walk', 'step-by-step', 'higher-id-last'],
  variant,
  demo,
}
