/** Lab of chapter 11: queues that nobody reads after a member has left. The starter never believes a list that has become shorter. */
import type { Lab } from '../lab.ts'
import { drawCrew } from '../members.ts'
import { CODE, cutOff, demo, leaver, newcomer, paused, replaced, twoBrokers } from './checks.ts'

export const lab: Lab = {
  id: 'starved-queue',
  version: '1.1.0',
  chapter: 'rebalance',
  order: 2,
  title: 'A starved queue',
  story:
    'On some days the orders of one or two queues lie there for hours, while every process of the billing runs, and bills what lies in the other queues. The operators have a recipe: restart all processes of the billing. It has helped so far. The broker shows nothing unusual: its list of the group’s members is right at any time.',
  task: 'The file beside this text is the part of the consumer that finds out which queues are its own: it asks a broker for the list of the members, and lets the strategy compute. Repair it. Whoever comes, goes, is replaced or cannot be reached: each queue is read by one member as soon as the members know who they are, members who stay are not disturbed by a broker that does not answer, and a Java member of the same group computes the same.',
  files: [
    {
      path: CODE,
      kind: 'module',
      replaces: 'reference/client/consumer/rebalance/share.ts',
      names: [
        'reference/common/allocate/allocate-strategy.ts',
        'reference/client/client-instance.ts',
        'reference/common/message.ts',
        'reference/remoting/response-code.ts',
      ],
      about: 'which queues are this member’s own',
    },
  ],
  checks: [
    {
      id: 'leaver',
      title: 'A member leaves',
      promise: 'The queues of a member that has left are read by those who stay.',
      points: 300,
      run: leaver,
    },
    {
      id: 'newcomer',
      title: 'A member comes',
      promise:
        'A member that has joined gets its part of the queues, and each queue is read by one member: the one for whom a Java member computes it.',
      points: 100,
      run: newcomer,
    },
    {
      id: 'replaced',
      title: 'A member is replaced',
      promise: 'When one member has taken the place of another one, each queue is read by one member 20 s later.',
      points: 300,
      run: replaced,
    },
    {
      id: 'two.brokers',
      title: 'Two brokers, one group',
      promise:
        'Members that nobody leaves and nobody joins keep their queues to themselves, whichever broker they ask.',
      points: 100,
      run: twoBrokers,
    },
    {
      id: 'paused',
      title: 'No answer',
      promise:
        'A member that gets no answer goes on with the queues it has; no order is handed out again because of it.',
      points: 100,
      run: paused,
    },
    {
      id: 'cut.off',
      title: 'One broker cannot be reached',
      promise: 'A member that cannot reach one broker takes no queue that belongs to another member.',
      points: 100,
      run: cutOff,
    },
  ],
  hints: {
    leaver: [
      'Which list does the broker send after the member has left, and which list does the strategy get? The demo run shows one question to the broker for each look.',
      'Write down, for each look at the list, what this object knew before and what it knows afterwards.',
    ],
    newcomer: [
      'When does a member learn that it is one of three, and what did it know before?',
      'Write the ids of the three members down in the order in which your code divides. Is it the order of the chapter?',
    ],
    replaced: [
      'How many members does the list have before and after? What else is different?',
      'Who stands first in the list now? The share depends on the place in it.',
    ],
    'two.brokers': [
      'Each member asks one broker, drawn at random. What is different between the answers of two brokers that know the same members?',
      'The members compute from the same list only if they agree about more than who is in it.',
    ],
    paused: [
      'What does a member that gives a queue up do with the orders that it has in hand, and where does the next owner begin?',
      'Two answers are possible besides a list of queues. What does the caller do with each?',
    ],
    'cut.off': [
      'A member asks the broker that it cannot reach. What does it know then about the others?',
      'Compare what each of the three members believes while one of them has no list.',
    ],
  },
  wrong: {
    empty: { caughtBy: 'leaver', says: /./, why: 'an empty file exports no class' },
    'never-knows': {
      caughtBy: 'leaver',
      says: /With three members, 4 of 4 orders were handed to nobody/,
      why: 'whoever is never sure takes nothing',
    },
    union: {
      caughtBy: 'leaver',
      says: /was stopped, \d of 4 orders were handed to nobody/,
      why: 'whoever was a member once is one for good',
    },
    'believed-later': {
      caughtBy: 'leaver',
      says: /was stopped, \d of 4 orders were handed to nobody/,
      why: 'a shorter list is believed when it has been seen four times',
    },
    'first-list': {
      caughtBy: 'newcomer',
      says: /was handed (none of|to|both)|was handed to/,
      why: 'the list is asked for once',
    },
    'every-queue': {
      caughtBy: 'newcomer',
      says: /was handed to \S+ and to/,
      why: 'each member takes all',
    },
    backwards: {
      caughtBy: 'newcomer',
      says: /a Java member that knows the same members/,
      why: 'all members sort alike, and not as every other client of the group does',
    },
    'same-length': {
      caughtBy: 'replaced',
      says: /had taken the place of/,
      why: 'a list with as many members is taken for the same list',
    },
    unsorted: {
      caughtBy: 'two.brokers',
      says: /and two brokers, .*(was handed|handed to nobody)/,
      why: 'the order in which a broker got to know the members is taken for the order of the members',
    },
    'nothing-means-none': {
      caughtBy: 'paused',
      says: /gave no answers for 25 s and both members stayed, held-\d in queue \d was handed/,
      why: 'no answer is taken for an empty list',
    },
    'alone-means-mine': {
      caughtBy: 'cut.off',
      says: /did not reach the other broker, .* was handed to/,
      why: 'whoever hears of nobody believes to be alone',
    },
  },
  accepted: ['last-good-list', 'one-read', 'a-set'],
  variant: drawCrew,
  demo,
}
