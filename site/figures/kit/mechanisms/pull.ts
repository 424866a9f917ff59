/** Consuming by pulling: pulls that wait, what is in the cache, what is consumed, how far a group has read. */
import { mechanism, move } from '../state.ts'
import { queueName } from '../words/say.ts'

export const pull = mechanism({
  on: {
    'pull.held': (scene, { node, group, topic, queueId }) => {
      const queue = scene.brokers[node]?.queues[`${topic}/${queueId}`]
      if (queue !== undefined && !queue.held.includes(group)) queue.held.push(group)
    },
    'pull.woken': (scene, { node, group, topic, queueId }) => {
      const queue = scene.brokers[node]?.queues[`${topic}/${queueId}`]
      if (queue !== undefined) queue.held = queue.held.filter((one) => one !== group)
    },
    'offset.committed': (scene, { node, group, topic, queueId, queueOffset }) => {
      const queue = scene.brokers[node]?.queues[`${topic}/${queueId}`]
      if (queue !== undefined) queue.committed[group] = queueOffset
    },
    'consumer.left': (scene, { node, group }) => {
      for (const queue of Object.values(scene.brokers[node]?.queues ?? {}))
        queue.held = queue.held.filter((one) => one !== group)
    },
    'message.cached': (scene, { node, key }) => {
      const it = scene.nodes[node]
      if (it !== undefined && !it.working.includes(key)) it.working.push(key)
      move(scene, key, 'cached', node)
    },
    'message.consumed': (scene, { node, key, status }) => {
      const it = scene.nodes[node]
      if (it === undefined || status !== 'CONSUME_SUCCESS') return
      it.working = it.working.filter((one) => one !== key)
      it.done.push(key)
      move(scene, key, 'consumed', node)
    },
  },
  words: {
    'pull.answered': ({ node, group, topic, queueId, messages, status }) =>
      `${node} answers the pull of ${group} on ${queueName(topic, queueId)}: ${messages === 0 ? status : `${messages} message${messages === 1 ? '' : 's'}`}.`,
    'pull.held': ({ node, group, topic, queueId }) =>
      `${node} has nothing for ${group} in ${queueName(topic, queueId)}, and lets the pull wait.`,
    'pull.woken': ({ node, topic, queueId, reason }) =>
      `${node} wakes the pull on ${queueName(topic, queueId)}: ${reason}.`,
    'offset.committed': ({ node, group, topic, queueId, queueOffset }) =>
      `${node} notes that ${group} has read ${queueName(topic, queueId)} up to offset ${queueOffset}.`,
    'consumer.joined': ({ node, group }) => `${node} counts a new member of ${group}.`,
    'consumer.left': ({ node, group, reason }) => `${node} counts one member of ${group} less: ${reason}.`,
    'producer.joined': ({ node, group }) => `${node} counts a new producer of ${group}.`,
    'producer.left': ({ node, group, reason }) => `${node} counts one producer of ${group} less: ${reason}.`,
    'message.cached': ({ node, key }) => `${node} has ${key} in its cache.`,
    'breaker.turned': ({ node, group, state }) =>
      `${node}: the circuit breaker around the listener of ${group} is ${state}.`,
    'message.consumed': ({ node, key, status }) => `${node} has consumed ${key}: ${status}.`,
  },
})
