/** Queue locks: a broker gives a queue to one member of a group alone. */
import { mechanism } from '../state.ts'
import { queueName } from '../words/say.ts'

export const lock = mechanism({
  on: {
    'queue.locked': (scene, { node, group, topic, queueId, clientId }) => {
      const queue = scene.brokers[node]?.queues[`${topic}/${queueId}`]
      if (queue !== undefined) queue.lockedBy[group] = clientId
    },
    'queue.unlocked': (scene, { node, group, topic, queueId }) => {
      delete scene.brokers[node]?.queues[`${topic}/${queueId}`]?.lockedBy[group]
    },
  },
  words: {
    'queue.locked': ({ node, group, topic, queueId }) =>
      `${node} locks ${queueName(topic, queueId)} for one member of ${group}.`,
    'queue.unlocked': ({ node, group, topic, queueId }) => `${node} unlocks ${queueName(topic, queueId)} of ${group}.`,
  },
})
