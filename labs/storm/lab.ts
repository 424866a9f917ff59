/** Lab of chapter 13: the bank is down for ten minutes. The starter sleeps in the listener, and calls it again every second. */
import type { Lab } from '../lab.ts'
import { allComeHome, CODE, demo, fewCalls, hiccup, othersGoOn, refusedCard, variant } from './checks.ts'

export const lab: Lab = {
  id: 'storm',
  version: '1.1.0',
  chapter: 'retries',
  title: 'Storm',
  story:
    'The bank had a fault of ten minutes, and the billing called it all the while, every second, from all of its listeners. Free coffees had no receipt in these ten minutes either, though nobody needs a bank for those.',
  task: 'Repair the class that decides what becomes of an order when the bank does not answer. However many orders wait, a bank that does not answer is called at most 26 times within a minute (20 places, and 6 to try again); orders that need no bank go on; no order is lost in ten minutes, and each is charged within six minutes of the bank’s return, or two after a fault of two seconds. A refused card is an answer and not a fault. The listener has 20 places, and a message may be given back 16 times.',
  files: [
    {
      path: CODE,
      kind: 'module',
      replaces: 'reference/client/apps/billing/bank-gate.ts',
      names: [
        'reference/client/apps/billing/bank.ts',
        'reference/client/consumer/pull/listener.ts',
        'reference/host/host.ts',
      ],
      about: 'what becomes of an order when the bank does not answer',
    },
  ],
  checks: [
    {
      id: 'few.calls',
      title: 'Few calls',
      promise: 'A bank that does not answer is called at most 26 times within a minute, however many orders wait.',
      points: 250,
      run: fewCalls,
    },
    {
      id: 'others.go.on',
      title: 'The others go on',
      promise: 'An order that needs no bank has its receipt within five seconds.',
      points: 200,
      run: othersGoOn,
    },
    {
      id: 'all.come.home',
      title: 'All come home',
      promise: 'Each order is charged once, within six minutes of the return of a bank that was down for ten.',
      points: 250,
      run: allComeHome,
    },
    {
      id: 'hiccup',
      title: 'Two seconds',
      promise: 'After a fault of two seconds each order is charged within two minutes, and later ones at once.',
      points: 150,
      run: hiccup,
    },
    {
      id: 'refused.card',
      title: 'A refused card',
      promise: 'A card that the bank refuses delays no other order, and the bank is not asked about it again.',
      points: 150,
      run: refusedCard,
    },
  ],
  hints: {
    'few.calls': [
      'Count the calls of the first minute. How many does each order make, and when?',
      'What does the second order learn from the failure of the first?',
      'What is it that tells your class that the bank answers again?',
    ],
    'others.go.on': [
      'How many listeners are there, and what is each of them doing while the bank is down?',
      'A message that is given back occupies nobody. One that sleeps in the listener occupies a place.',
    ],
    'all.come.home': [
      'Which orders are missing, and where do they lie now? List the topics of the broker.',
      'Sixteen redeliveries at the delay that you ask for: how long is that in all? Or does your class never ask the bank again?',
    ],
    hiccup: ['How long does an order wait at the broker after your answer? Who decides that?'],
    'refused.card': [
      'What does `charge` do when the card is refused: resolve, or reject? What does your class do then?',
    ],
  },
  wrong: {
    empty: { caughtBy: 'others.go.on', says: /./, why: 'an empty file exports no class' },
    'retry-at-once': {
      caughtBy: 'few.calls',
      says: /more than \d+ times within a minute/,
      why: 'each listener calls again as soon as the bank has failed',
    },
    'sleep-in-the-listener': {
      caughtBy: 'others.go.on',
      says: /had no receipt/,
      why: 'twenty orders that sleep occupy all places of the listener',
    },
    'return-success': {
      caughtBy: 'all.come.home',
      says: /never charged/,
      why: 'the order is lost: it will not come again',
    },
    'one-second': {
      caughtBy: 'all.come.home',
      says: /never charged/,
      why: 'sixteen redeliveries after a second each are over after a quarter of a minute: then it is a dead letter',
    },
    'each-asks': {
      caughtBy: 'few.calls',
      says: /more than \d+ times within a minute/,
      why: 'each order learns of the outage by itself, three times in the first minute',
    },
    'minute-for-each': {
      caughtBy: 'few.calls',
      says: /more than \d+ times within a minute/,
      why: 'each order learns of the outage by itself, once a minute',
    },
    'dead-at-once': { caughtBy: 'all.come.home', says: /never charged/, why: 'a dead letter does not come again' },
    'two-hours': { caughtBy: 'hiccup', says: /never charged/, why: 'two hours for a fault of two seconds' },
    'never-opens': {
      caughtBy: 'all.come.home',
      says: /never charged/,
      why: 'after the first failure nobody asks the bank again',
    },
    'free-order-opens': {
      caughtBy: 'few.calls',
      says: /more than \d+ times within a minute/,
      why: 'an order that needs no bank is settled, and that counts as an answer of the bank',
    },
    'refused-closes': {
      caughtBy: 'refused.card',
      says: /was refused/,
      why: 'a refused card counts as an outage, and all others wait for it',
    },
    'closed-for-ten-minutes': {
      caughtBy: 'hiccup',
      says: /the bank failed for 2 s/,
      why: 'the gate stays closed for as long as the bank was once down',
    },
    'success-when-closed': {
      caughtBy: 'all.come.home',
      says: /were never charged/,
      why: 'an order that meets a closed gate counts as billed',
    },
  },
  accepted: ['default-delays', 'three-in-a-row', 'reopened-by-a-timer'],
  variant,
  demo,
}
