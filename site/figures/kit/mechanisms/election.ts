/** A group of controllers: its leader and its log, and the masters that it elects. */
import { mechanism } from '../state.ts'

export const election = mechanism({
  on: {},
  words: {
    'term.began': ({ node, term }) => `${node} is in term ${term}.`,
    'vote.cast': ({ node, term, candidate }) =>
      `${node} votes for ${candidate} in term ${term}. The vote is on its disk.`,
    'leader.elected': ({ node, term }) => `${node} has the votes of a majority: it leads term ${term}.`,
    'leader.resigned': ({ node, reason }) => `${node} no longer leads: ${reason}.`,
    'raft.appended': ({ node, index, term, command }) =>
      `${node} has entry ${index} of term ${term}: ${command === '' ? 'a term begins' : command}.`,
    'raft.cut': ({ node, index }) => `${node} removes its entries from ${index} on: its leader has other ones.`,
    'raft.committed': ({ node, index }) => `${node} knows that a majority has the entries up to ${index}.`,
    'raft.compacted': ({ node, index }) => `${node} keeps the entries up to ${index} as a snapshot.`,
    'master.elected': ({ node, brokerName, brokerId, masterEpoch }) =>
      brokerId === 0
        ? `${node}: ${brokerName} has no master in epoch ${masterEpoch}.`
        : `${node}: replica ${brokerId} of ${brokerName} is the master of epoch ${masterEpoch}.`,
    'syncset.changed': ({ node, brokerName, syncStateSet, syncStateSetEpoch }) =>
      `${node}: the in-sync set of ${brokerName} is ${syncStateSet === '' ? 'empty' : syncStateSet}, in its epoch ${syncStateSetEpoch}.`,
    'replica.inactive': ({ node, brokerName, brokerId, reason }) =>
      `${node} no longer counts replica ${brokerId} of ${brokerName} as alive: ${reason}.`,
  },
})
