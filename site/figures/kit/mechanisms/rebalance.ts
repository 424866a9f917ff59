/** Which member owns which queue. */
import { mechanism } from '../state.ts'
import { queueName } from '../words/say.ts'

export const rebalance = mechanism({
  on: {
    'queue.assigned': (scene, { node, brokerName, topic, queueId }) => {
      const it = scene.nodes[node]
      const queue = `${brokerName}/${topic}/${queueId}`
      if (it !== undefined && !it.assigned.includes(queue)) it.assigned.push(queue)
    },
    'queue.released': (scene, { node, brokerName, topic, queueId }) => {
      const it = scene.nodes[node]
      if (it !== undefined) it.assigned = it.assigned.filter((one) => one !== `${brokerName}/${topic}/${queueId}`)
    },
  },
  words: {
    'queue.assigned': ({ node, topic, brokerName, queueId }) =>
      `${node} takes ${queueName(topic, queueId)} of ${brokerName}.`,
    'queue.released': ({ node, topic, brokerName, queueId }) =>
      `${node} gives up ${queueName(topic, queueId)} of ${brokerName}.`,
  },
})
