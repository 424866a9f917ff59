/**
 * Copies of a log: what a master sends to its slaves, and how far they have come.
 *
 * What a slave has is told by its own `record.appended`, as on a master. `ha.acked` says what the master knows of it: up to there its
 * records are drawn with a doubled edge.
 */
import { mechanism } from '../state.ts'
import { forgetAfter } from './storage.ts'

export const replication = mechanism({
  on: {
    'ha.acked': (scene, { node, physicalOffset }) => {
      const broker = scene.brokers[node]
      if (broker !== undefined) broker.copiedTo = Math.max(broker.copiedTo, physicalOffset)
    },
    'confirm.moved': (scene, { node, physicalOffset, syncStateSet }) => {
      const broker = scene.brokers[node]
      // without allAckInSyncStateSet a master confirms the end of its log and reports nothing: its slaves show nothing either
      const isConfirmed = syncStateSet !== '' || Object.values(scene.brokers).some(({ confirmedTo }) => confirmedTo > 0)
      if (broker !== undefined && isConfirmed) broker.confirmedTo = Math.max(broker.confirmedTo, physicalOffset)
    },
    'log.truncated': (scene, { node, physicalOffset }) => {
      const broker = scene.brokers[node]
      if (broker !== undefined) forgetAfter(broker, physicalOffset)
    },
    'acting.began': (scene, { node }) => {
      const broker = scene.brokers[node]
      if (broker !== undefined) broker.isActing = true
    },
    'acting.ended': (scene, { node }) => {
      const broker = scene.brokers[node]
      if (broker !== undefined) broker.isActing = false
    },
  },
  words: {
    'ha.connected': ({ node, master, physicalOffset }) =>
      `${node} is connected to its master at ${master}, and says that its own log ends at ${physicalOffset}.`,
    'ha.transferred': ({ node, slave, physicalOffset, sizeBytes }) =>
      `${node} sends ${sizeBytes} bytes of its log, from ${physicalOffset} on, to the slave at ${slave}.`,
    'ha.appended': ({ node, physicalOffset, sizeBytes }) =>
      `${node} appends ${sizeBytes} bytes of its master's log at ${physicalOffset}.`,
    'ha.acked': ({ node, slave, physicalOffset }) =>
      `${node} knows that the slave at ${slave} has its log up to ${physicalOffset}.`,
    'ha.refused': ({ node, slave, reason }) => `${node} refuses the slave at ${slave}: ${reason}.`,
    'ha.closed': ({ node, peer, reason }) => `${node}: the connection to ${peer}, for copies, has ended: ${reason}.`,
    'epoch.began': ({ node, epoch, physicalOffset }) =>
      `${node}: epoch ${epoch} begins at ${physicalOffset} of its log.`,
    'confirm.moved': ({ node, physicalOffset }) =>
      `${node} knows that every member of the in-sync set has the log up to ${physicalOffset}.`,
    'acting.began': ({ node, brokerName }) =>
      `${node} acts as the master of ${brokerName}: no broker of this name with a smaller id is left.`,
    'acting.ended': ({ node, brokerName, minBrokerId }) =>
      `${node} acts no longer as the master of ${brokerName}: the broker with the id ${minBrokerId} is there.`,
    'message.escaped': ({ node, key, brokerName }) =>
      `${node} has no master, so it stores ${key}, which is due, on ${brokerName}.`,
    'master.prepared': ({ node, slave }) =>
      `${node} has asked ${slave} what changed while it was gone. Now it may serve as the master.`,
    'log.truncated': ({ node, physicalOffset, removedBytes }) =>
      `${node} removes ${removedBytes} bytes of its log, from ${physicalOffset} on: its master does not have them.`,
  },
})
