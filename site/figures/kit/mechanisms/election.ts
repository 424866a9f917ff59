/**
 * A group of controllers: its leader and its log, and the masters that it elects.
 *
 * A controller's log lies on its disk, so it outlives its process. That it leads, and how much is committed, is in memory alone.
 */
import type { EventLog } from '../log.ts'
import { mechanism, type Scene } from '../state.ts'

export const election = mechanism({
  on: {
    'term.began': (scene, { node, term }) => {
      const it = scene.controllers[node]
      if (it === undefined) return
      it.term = term
      it.votedFor = ''
      it.isLeader = false
    },
    'vote.cast': (scene, { node, term, candidate }) => {
      const it = scene.controllers[node]
      if (it === undefined) return
      it.term = term
      it.votedFor = candidate
    },
    'leader.elected': (scene, { node }) => lead(scene, node, true),
    'leader.resigned': (scene, { node }) => lead(scene, node, false),
    'raft.appended': (scene, { node, index, term, command }) => {
      const it = scene.controllers[node]
      // a controller that starts again tells its log once more
      if (it === undefined) return
      it.log = [...it.log.filter((one) => one.index < index), { index, term, command }]
      const replica = replicaIn(command)
      if (replica !== undefined) it.replicas[replica.name] = replica.node
    },
    'raft.cut': (scene, { node, index }) => {
      const it = scene.controllers[node]
      if (it !== undefined) it.log = it.log.filter((one) => one.index < index)
    },
    'raft.committed': (scene, { node, index }) => {
      const it = scene.controllers[node]
      if (it !== undefined) it.committed = Math.max(it.committed, index)
    },
    'master.elected': (scene, { node, brokerName, brokerId, masterEpoch, syncStateSet }) => {
      const it = scene.controllers[node]
      if (it !== undefined) it.masters[brokerName] = { brokerId, masterEpoch, syncStateSet }
    },
    'syncset.changed': (scene, { node, brokerName, masterEpoch, syncStateSet }) => {
      const masters = scene.controllers[node]?.masters
      const brokerId = masters?.[brokerName]?.brokerId ?? 0
      if (masters !== undefined) masters[brokerName] = { brokerId, masterEpoch, syncStateSet }
    },
    'role.taken': (scene, { node, role, masterEpoch }) => {
      const [it, broker] = [scene.nodes[node], scene.brokers[node]]
      if (it === undefined || broker === undefined) return
      it.role = role === 'master' ? 'broker' : 'slave'
      broker.masterEpoch = masterEpoch
      // what a new master counts as confirmed is told later; a slave keeps what it knows
      if (role === 'master') broker.confirmedTo = 0
      // and it takes over the offsets of its master
      else for (const queue of Object.values(broker.queues)) queue.committed = {}
    },
  },
  words: {
    'term.began': ({ node, term, cause }) =>
      cause === 0 ? `${node} begins term ${term}.` : `${node} hears of term ${term}.`,
    'vote.cast': ({ node, term, candidate }) =>
      `${node} votes for ${candidate} in term ${term}. The vote is on its disk.`,
    'leader.elected': ({ node, term }) => `${node} has the votes of a majority: it leads term ${term}.`,
    'leader.resigned': ({ node, reason }) => `${node} no longer leads: ${reason}.`,
    'raft.appended': ({ node, index, term, command }) =>
      `${node} has entry ${index} of term ${term}: ${command === '' ? 'a term begins' : command}.`,
    'raft.cut': ({ node, index }) => `${node} removes its entries from ${index} on: its leader has other ones.`,
    'raft.committed': ({ node, index }) => `${node} knows that a majority has the entries up to ${index}.`,
    'raft.compacted': ({ node, index }) => `${node} keeps the entries up to ${index} as a snapshot.`,
    'master.elected': ({ node, brokerName, brokerId, masterEpoch }, log) =>
      brokerId === 0
        ? `${node}: ${brokerName} has no master in epoch ${masterEpoch}.`
        : `${node}: ${nodeIn(log, brokerName, brokerId)} is the master of ${brokerName} in epoch ${masterEpoch}.`,
    'syncset.changed': ({ node, brokerName, syncStateSet, syncStateSetEpoch }, log) =>
      `${node}: the in-sync set of ${brokerName} is ${membersIn(log, brokerName, syncStateSet)}, in its epoch ${syncStateSetEpoch}.`,
    'replica.inactive': ({ node, brokerName, brokerId, reason }, log) =>
      `${node} no longer counts ${nodeIn(log, brokerName, brokerId)} of ${brokerName} as alive: ${reason}.`,
    'role.taken': ({ node, brokerName, role, masterEpoch, master }) =>
      role === 'master'
        ? `${node} becomes the master of ${brokerName}, in epoch ${masterEpoch}.`
        : `${node} becomes a slave: in epoch ${masterEpoch} the master of ${brokerName} is ${master}.`,
  },
})

/** The replica that a command of the controllers' log gives an id: its name as `pair/2`, and its node. */
function replicaIn(command: string): { readonly name: string; readonly node: string } | undefined {
  if (!command.includes('"applyBrokerId"')) return undefined
  const { brokerName, brokerId, brokerAddress } = JSON.parse(command) as Record<string, unknown>
  return { name: `${brokerName}/${brokerId}`, node: String(brokerAddress).replace(/:\d+$/, '') }
}

/** The node of a replica, as the run tells it; `replica 2` where the run does not. */
function nodeIn(log: EventLog, brokerName: string, brokerId: number): string {
  for (const event of log.events) {
    const replica = event.kind === 'raft.appended' ? replicaIn(event.command) : undefined
    if (replica?.name === `${brokerName}/${brokerId}`) return replica.node
  }
  return `replica ${brokerId}`
}

/** The nodes of an in-sync set, whose ids have commas between them. */
function membersIn(log: EventLog, brokerName: string, ids: string): string {
  if (ids === '') return 'empty'
  const names = ids.split(',').map((id) => nodeIn(log, brokerName, Number(id)))
  return names.join(', ')
}

function lead(scene: Scene, node: string, isLeader: boolean): void {
  const it = scene.controllers[node]
  if (it !== undefined) it.isLeader = isLeader
}
