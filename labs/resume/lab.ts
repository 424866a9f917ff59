/**
 * Lab of chapter 17: the two ends of the connection by which a slave copies its master's log. The starter is thrifty in three ways:
 * the master remembers how far it has sent and goes on there, it counts what it has sent as copied, and the slave reports what it is
 * about to write.
 */
import type { Lab } from '../lab.ts'
import {
  answeredIsCopied,
  CLIENT,
  CONNECTION,
  demo,
  newestFile,
  prompt,
  sameBytes,
  slaveIsAhead,
  variant,
  writtenIsReported,
} from './checks.ts'

export const lab: Lab = {
  id: 'resume',
  version: '1.0.0',
  chapter: 'replication',
  order: 1,
  title: 'Resume',
  story:
    'On Tuesday the link between the two machine rooms was broken for a few seconds. Since then the slave has copied nothing: it connects every five seconds, and lets go again. And in an exercise on Friday, in which the master was switched off, an order was missing on the slave that had been answered SEND_OK, under inSyncReplicas=2.',
  task: 'Two files, the two ends of one connection: the slave’s and the master’s. Repair them. After a broken link the slave must go on where its own log ends, without a hole and without a byte that is written twice; and the master may count as copied only what is on the slave. The checks break links, lose machines and slow disks down at moments that the seed draws, and then they compare the two disks byte by byte.',
  files: [
    {
      path: CONNECTION,
      kind: 'module',
      replaces: 'reference/store/ha/ha-connection.ts',
      names: [
        'reference/store/ha/ha-frames.ts',
        'reference/store/commit-log.ts',
        'reference/store/mapped-file-queue.ts',
        'reference/store/ha/limits.ts',
        'reference/host/host.ts',
      ],
      about: 'the master’s end: what is sent, from where on, and what counts as copied',
    },
    {
      path: CLIENT,
      kind: 'module',
      replaces: 'reference/store/ha/ha-client.ts',
      names: [
        'reference/store/ha/replica-log.ts',
        'reference/store/ha/ha-frames.ts',
        'reference/store/ha/limits.ts',
        'reference/host/host.ts',
      ],
      about: 'the slave’s end: connect, append, report',
    },
  ],
  checks: [
    {
      id: 'same.bytes',
      title: 'The same bytes on both disks',
      promise:
        'After a broken link, the log on the slave’s disk becomes the master’s, byte for byte, and each order is delivered once from it.',
      points: 300,
      run: sameBytes,
    },
    {
      id: 'answered.is.copied',
      title: 'What was answered is copied',
      promise:
        'Under inSyncReplicas=2, an order that was answered SEND_OK is on the slave’s disk, whatever happens to the master.',
      points: 200,
      run: answeredIsCopied,
    },
    {
      id: 'written.is.reported',
      title: 'A slave with a slow disk',
      promise: 'Under inSyncReplicas=2, an order is answered SEND_OK when the slave has written it, and not sooner.',
      points: 200,
      run: writtenIsReported,
    },
    {
      id: 'prompt',
      title: 'No waiting without a reason',
      promise: 'While nothing is broken, an order is answered as soon as the slave has it: within 40 ms here.',
      points: 100,
      run: prompt,
    },
    {
      id: 'newest.file',
      title: 'An empty slave',
      promise:
        'A slave that comes with an empty disk gets at least the newest file of the log, from its first byte on.',
      points: 100,
      run: newestFile,
    },
    {
      id: 'slave.is.ahead',
      title: 'A slave that has more than its master',
      promise:
        'A slave whose log goes beyond its master’s counts as no copy of new orders, and nothing is written into its log (the rule of this book’s broker: chapter 17 says what RocketMQ does).',
      points: 100,
      run: slaveIsAhead,
    },
  ],
  hints: {
    'same.bytes': [
      'Find the first position after the break that the master sends, and the position at which the slave’s log ended then. The event list of the run has both.',
      'Bytes that were sent over a connection that broke may have arrived or not. Which of the two ends can know?',
    ],
    'answered.is.copied': [
      'Find the order that is missing on the slave. When was it answered, and which event came just before?',
      'What has the master heard from the slave at that moment, and what has it merely done itself?',
    ],
    'written.is.reported': [
      'In which order does the slave’s end do its two things for a frame? What may happen between them?',
      'A report says where the slave’s log ends. Look at where the number comes from.',
    ],
    prompt: [
      'What does a put wait for, and at which moment does the slave say it?',
      'After a link has broken, who connects again, and when?',
    ],
    'newest.file': ['An empty slave reports 0. Where does its copy begin then, and where does the newest file begin?'],
    'slave.is.ahead': [
      'The slave reports where its log ends. What can a master conclude from a position that lies beyond its own end?',
      'A position is a promise about bytes only as long as both logs have one history.',
    ],
  },
  wrong: {
    empty: { caughtBy: 'same.bytes', says: /./, why: 'an empty file exports no class' },
    'from-the-start-of-the-file': {
      caughtBy: 'same.bytes',
      says: /byte \d+ of the log is not the same/,
      why: 'every connection begins at the start of the newest file, as that of an empty slave does',
    },
    'resume-where-it-was-sent': {
      caughtBy: 'same.bytes',
      says: /byte \d+ of the log is not the same/,
      why: 'the master goes on where it stopped sending; what was under way is a hole',
    },
    'one-try': {
      caughtBy: 'same.bytes',
      says: /byte \d+ of the log is not the same/,
      why: 'a slave whose connection has ended does not connect again',
    },
    'ack-what-was-sent': {
      caughtBy: 'answered.is.copied',
      says: /was answered SEND_OK, and it is not on the disk of the slave/,
      why: 'a byte that was sent is taken for a byte that the slave has',
    },
    'ack-on-receipt': {
      caughtBy: 'written.is.reported',
      says: /so the slave had not written it/,
      why: 'the slave reports what it has received, before it has written it',
    },
    'reports-now-and-then': {
      caughtBy: 'prompt',
      says: /was answered .* after \d+ ms/,
      why: 'the slave reports with its heartbeat alone',
    },
    'from-the-end': {
      caughtBy: 'newest.file',
      says: /byte \d+ of the log is not the same/,
      why: 'an empty slave gets only what comes from now on',
    },
    'sends-again-what-is-not-reported': {
      caughtBy: 'prompt',
      says: /was answered .* after \d+ ms/,
      why: 'each report moves the sender back to it, although more is under way',
    },
    'trusts-the-slave': {
      caughtBy: 'slave.is.ahead',
      says: /was answered SEND_OK, and no slave has it/,
      why: 'a position beyond the own end is taken for a copy of what will be written there',
    },
  },
  accepted: ['one-report-a-read', 'quick-reconnect', 'whole-history'],
  variant,
  demo,
}
