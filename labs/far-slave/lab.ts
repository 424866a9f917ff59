/**
 * Lab of chapter 17: a double write that is answered over a link of 20 ms, although a slave stands in the same room.
 *
 * Two faults lie on top of each other. The near slave has an old address of its master in its configuration and copies nothing; when
 * that is mended, the class that waits for copies turns out to wait for the slowest slave instead of for enough of them.
 */
import type { Lab } from '../lab.ts'
import {
  answersNear,
  CODE,
  demo,
  farToo,
  MASTER_CONF,
  NEAR_CONF,
  nearDies,
  nearIsRead,
  noCopyNoOk,
  variant,
} from './checks.ts'

export const lab: Lab = {
  id: 'far-slave',
  version: '1.0.0',
  chapter: 'replication',
  order: 2,
  title: '1 ms over a 20 ms link',
  story:
    'The shop’s orders must be on two machines before they are answered: SYNC_MASTER, inSyncReplicas=2. A slave stands in another city, 20 ms away. Each order takes more than 40 ms, and the shop’s people say that a second slave was bought for that very reason, for the same room as the master, where the way takes one or two. It runs. No log of this book’s brokers shows an error.',
  task: 'Find out why the answers take so long, with what an operator has: the console, the logs, the configuration, the code. There may be more than one cause. Then repair it: an order is answered as soon as two machines have it, whichever they are; no answer says SEND_OK while the master alone has it; and both slaves go on copying. Every check builds a cluster of its own, with other names and ports; those in the two .conf files stand for them.',
  files: [
    {
      path: CODE,
      kind: 'module',
      replaces: 'reference/store/ha/slave-policy.ts',
      names: ['reference/store/ha/group-transfer.ts', 'reference/store/ha/ha-master.ts'],
      about: 'which slaves an answer waits for',
    },
    { path: NEAR_CONF, kind: 'config', about: 'configuration of the slave in the room of the master' },
    { path: MASTER_CONF, kind: 'config', about: 'configuration of the master, whose machine is rack-1' },
  ],
  checks: [
    {
      id: 'answers.near',
      title: 'Two machines are enough',
      promise: 'An order is answered SEND_OK as soon as the master and one slave have it: within 20 ms here.',
      points: 300,
      run: answersNear,
    },
    {
      id: 'no.copy.no.ok',
      title: 'No copy, no SEND_OK',
      promise: 'No order is answered SEND_OK while the master alone has it.',
      points: 200,
      run: noCopyNoOk,
    },
    {
      id: 'far.too',
      title: 'Both slaves copy',
      promise: 'Two seconds after an order was sold, both slaves have it.',
      points: 150,
      run: farToo,
    },
    {
      id: 'near.dies',
      title: 'Either slave will do',
      promise: 'When the near slave is dead, orders are answered SEND_OK by way of the far one, within 90 ms.',
      points: 150,
      run: nearDies,
    },
    {
      id: 'near.is.read',
      title: 'A copy that can be read',
      promise: 'When the near slave alone is left, the billing is handed every order from it.',
      points: 200,
      run: nearIsRead,
    },
  ],
  hints: {
    'answers.near': [
      'Which machine has reported the end of its log just before each answer? And which ones can reach their master at all? RocketMQ has `mqadmin haStatus` for this, and its slave warns in its log every five seconds that it cannot connect. This book’s console and slave say neither: compare the addresses in the configuration files.',
      'When the near slave copies and the answers are as slow as before: for which of the two reports does the master wait?',
    ],
    'no.copy.no.ok': [
      'What have you changed that the answer no longer waits for? A quick answer is easy when nobody is asked.',
    ],
    'far.too': ['Compare the two slaves: to whom is each of them connected?'],
    'near.dies': ['How many slaves does an answer need, and how many are left?'],
    'near.is.read': [
      'Ask the NameServer who belongs to the broker’s name, and under which ids. What must a client see so that it reads there?',
    ],
  },
  wrong: {
    empty: { caughtBy: 'answers.near', says: /./, why: 'an empty file exports no class' },
    'sync-flush': {
      caughtBy: 'answers.near',
      says: /was answered SEND_OK after \d+ ms/,
      why: 'the master’s disk is not what the answer waits for',
    },
    'longer-time-out': {
      caughtBy: 'answers.near',
      says: /was answered SEND_OK after \d+ ms/,
      why: 'a longer time-out makes no slave quicker',
    },
    'more-replicas': {
      caughtBy: 'answers.near',
      says: /was answered SEND_OK after \d+ ms/,
      why: 'three copies need the far slave each time',
    },
    'code-alone': {
      caughtBy: 'far.too',
      says: /is not on the disk of/,
      why: 'the near slave still has an address at which nobody is',
    },
    'conf-alone': {
      caughtBy: 'answers.near',
      says: /was answered SEND_OK after \d+ ms/,
      why: 'the near slave copies, and the master waits for the slowest all the same',
    },
    'whoever-was-first': {
      caughtBy: 'answers.near',
      says: /was answered SEND_OK after \d+ ms/,
      why: 'the slave that connected first is waited for',
    },
    'the-average': {
      caughtBy: 'answers.near',
      says: /was answered SEND_OK after \d+ ms/,
      why: 'the average of two positions is where neither of them is',
    },
    'one-replica': {
      caughtBy: 'no.copy.no.ok',
      says: /is on no disk that is left/,
      why: 'the master counts as the one replica',
    },
    'async-master': {
      caughtBy: 'no.copy.no.ok',
      says: /is on no disk that is left/,
      why: 'an ASYNC_MASTER waits for nobody',
    },
    'connected-is-enough': {
      caughtBy: 'no.copy.no.ok',
      says: /is on no disk that is left/,
      why: 'a slave that is connected is taken for one that has the order',
    },
    'short-time-out': {
      caughtBy: 'near.dies',
      says: /was answered FLUSH_SLAVE_TIMEOUT after \d+ ms/,
      why: 'a time-out of 15 ms makes slow answers quick, by giving them up',
    },
    'a-broker-of-its-own': {
      caughtBy: 'near.is.read',
      says: /alone is left, and/,
      why: 'a copy under another broker name is a copy that no client finds',
    },
  },
  accepted: ['address-put-right', 'count-for-each-put', 'line-left-empty'],
  variant,
  demo,
}
