/** Transactions: half messages, questions to producers, commits and rollbacks. */
import { keep, mechanism, release } from '../state.ts'

/** What a shop asks of the database behind it; undefined when the text is for somebody else. */
export function databaseAsked(node: string, name: string, key: string): string | undefined {
  if (name === 'save' || name === 'database.save') return `${node} saves ${key} in its database.`
  if (name === 'executeLocalTransaction') return `${node} saves ${key} in its database: its local transaction.`
  return name === 'checkLocalTransaction' ? `${node} is asked about ${key}, and looks into its database.` : undefined
}

/** What the database answers; undefined when somebody else does. */
export function databaseSays(node: string, name: string, text: string): string | undefined {
  if (name === 'save') return `The database of ${node} has saved it.`
  const isAsked = name === 'executeLocalTransaction' || name === 'checkLocalTransaction'
  return isAsked ? `The database of ${node} says ${/"state":"(\w+)"/.exec(text)?.[1] ?? 'nothing'}.` : undefined
}

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
