/**
 * Lab of chapter 18: an old master comes back with records that its master does not have. The starter compares the ends of the logs,
 * moves the end of the log without removing bytes, and leaves the queues as they are.
 */
import type { Lab } from '../lab.ts'
import {
  anUnknownEpoch,
  CUT,
  demo,
  keepsWhatIsGood,
  longerThanTheTail,
  masterAgain,
  POINT,
  sameBytes,
  staysCut,
  variant,
} from './checks.ts'

export const lab: Lab = {
  id: 'truncate',
  version: '1.0.0',
  chapter: 'failover',
  order: 1,
  title: 'Truncate',
  story:
    'Since a cable was cut in March, the two replicas of the shop have different logs, and nobody noticed until the old master became the master again: it delivered orders whose sends had failed, and others were missing. After a power cut, orders came back that had been gone for weeks.',
  task: 'Two files. One says up to where the log of a slave equals the log of its master; the other one removes what lies behind, and all that was derived from it. Repair both. What the new master has stays, the tail of the old master goes for good, and what both logs have is not copied again. The checks cut cables, kill machines and take their power, and then they compare the two disks byte by byte and look at what was billed.',
  files: [
    {
      path: POINT,
      kind: 'module',
      replaces: 'reference/store/ha/consistent-point.ts',
      names: ['reference/store/ha/epoch-file.ts'],
      about: 'up to which position two logs are equal',
    },
    {
      path: CUT,
      kind: 'module',
      replaces: 'reference/store/truncation.ts',
      names: [
        'reference/store/commit-log.ts',
        'reference/store/consume-queue-store.ts',
        'reference/store/consume-queue.ts',
        'reference/store/dispatcher.ts',
        'reference/store/checkpoint-service.ts',
        'reference/store/checkpoint.ts',
      ],
      about: 'removes the end of the log, and what was derived from it',
    },
  ],
  checks: [
    {
      id: 'same.bytes',
      title: 'The same bytes',
      promise: 'When an old master is back and has copied, the two logs are the same, byte by byte.',
      points: 200,
      run: sameBytes,
    },
    {
      id: 'longer',
      title: 'Longer than the tail',
      promise: 'The two logs become the same also when the new master has written more than the old one.',
      points: 150,
      run: longerThanTheTail,
    },
    {
      id: 'unknown.epoch',
      title: 'An unknown epoch',
      promise: 'The two logs become the same also when the old master has an epoch of which its master knows nothing.',
      points: 150,
      run: anUnknownEpoch,
    },
    {
      id: 'master.again',
      title: 'Master again',
      promise:
        'When the old master becomes the master again, what the new master had is billed once, and the tail that was cut is billed to nobody.',
      points: 200,
      run: masterAgain,
    },
    {
      id: 'stays.cut',
      title: 'Cut for good',
      promise: 'What was cut away does not come back when the power fails.',
      points: 200,
      run: staysCut,
    },
    {
      id: 'keeps',
      title: 'Keeps what is good',
      promise: 'What both logs have is not sent again.',
      points: 100,
      run: keepsWhatIsGood,
    },
  ],
  hints: {
    'same.bytes': [
      'Find the first byte that differs. In which epoch was it written on each side?',
      'The end of a log says how much was written, and not by whom. Which of the parameters says by whom?',
    ],
    longer: [
      'Two logs may be equally long and have no record of the last epoch in common. From where on can they differ?',
    ],
    'unknown.epoch': [
      'Write down the epochs of both logs. Is the newest one of the slave among those of the master?',
      'Which is the newest one that both have, at the same position?',
    ],
    'master.again': [
      'A consumer does not read the log. What leads it to a record, and what does it lead to after the cut?',
      'The next order gets the next offset of its queue. Where does the broker take it from?',
    ],
    'stays.cut': [
      'After a power cut the broker looks at its disk and believes what it finds there. What does it find behind the cut?',
      'Is there a call that removes bytes, and one that only says where the log ends?',
    ],
    keeps: ['Count the bytes that the master sends after the handshake. Which of them did the slave have?'],
  },
  wrong: {
    empty: { caughtBy: 'same.bytes', says: /./, why: 'empty files export no functions' },
    'to-the-new-end': {
      caughtBy: 'longer',
      says: /byte \d+ of the log is not the same/,
      why: 'cut to the end of the shorter log, whoever wrote it',
    },
    'newest-epoch-only': {
      caughtBy: 'unknown.epoch',
      says: /byte \d+ of the log is not the same/,
      why: 'only the newest epoch of the slave is looked for, and nothing is in common when the master does not have it',
    },
    'epochs-by-number': {
      caughtBy: 'unknown.epoch',
      says: /byte \d+ of the log is not the same/,
      why: 'a later epoch of the master is taken for the same one',
    },
    'everything-again': {
      caughtBy: 'keeps',
      says: /its whole log has \d+/,
      why: 'the whole log is removed and copied again',
    },
    'queues-not-cut': {
      caughtBy: 'master.again',
      says: /./,
      why: 'the queues still lead to records that are gone',
    },
    'start-of-the-epoch': {
      caughtBy: 'keeps',
      says: /its whole log has \d+/,
      why: 'cut where the newest common epoch begins, so what both have of it is copied again',
    },
    'end-moved-bytes-kept': {
      caughtBy: 'stays.cut',
      says: /./,
      why: 'the end of the log is moved in memory, and the bytes stay on the disk',
    },
  },
  accepted: ['from-the-first-epoch', 'log-before-queues', 'one-function'],
  variant,
  demo,
}
