/** Transactions: half messages, questions to producers, commits and rollbacks. */
import { keep, mechanism, release } from '../state.ts'

export const transaction = mechanism({
  on: {
    'transaction.prepared': (scene, { node, key, group }) => keep(scene, node, key, { why: 'half', note: group }),
    'transaction.checked': (scene, { node, key, times }) =>
      keep(scene, node, key, { why: 'half', note: `asked ${times} time${times === 1 ? '' : 's'}` }),
    'transaction.ended': (scene, { node, key }) => release(scene, node, key),
  },
  words: {
    'transaction.prepared': ({ node, key, topic }) =>
      `${node} keeps ${key} for ${topic} back until its producer commits.`,
    'transaction.checked': ({ node, group, key, times, asked }) =>
      asked === ''
        ? `${node} would ask ${group} what became of ${key} (question ${times}), but nobody is there.`
        : `${node} asks ${group} what became of ${key}: question ${times}.`,
    'transaction.ended': ({ node, key, outcome }) => `${node}: the transaction of ${key} is ${outcome}.`,
    'transaction.ignored': ({ node, key, outcome }) =>
      `${node}: "${outcome}" comes too late for ${key}, its transaction has ended.`,
    'transaction.noted': ({ node, halfOffsets }) => `${node} notes that the half messages at ${halfOffsets} are done.`,
    'transaction.executed': ({ node, key, state }) =>
      `${node}: the local transaction of ${key} has ended with ${state}.`,
    'transaction.answered': ({ node, key, state }) => `${node} was asked about ${key} and says ${state}.`,
  },
})
