/** A send: the queue that the producer picks, and how the send ends. */
import { mechanism, move } from '../state.ts'

export const send = mechanism({
  on: {
    'message.sending': (scene, { key, brokerName, queueId }) =>
      move(scene, key, 'sending', `${brokerName}, queue ${queueId}`),
    'message.sent': (scene, { node, key, status }) => {
      const it = scene.nodes[node]
      const isGood = status === 'SEND_OK'
      if (it !== undefined) {
        it.working = it.working.filter((one) => one !== key)
        if (isGood) it.done.push(key)
        else it.failed.push(key)
      }
      const message = scene.messages[key]
      if (message === undefined || message.state === 'cached' || message.state === 'consumed') return
      message.state = isGood ? 'acknowledged' : 'failed'
    },
  },
  words: {
    'send.limited': ({ node, topic, afterMs, reason }) =>
      afterMs < 0
        ? `${node} refuses a send to ${topic}: ${reason}.`
        : `${node} takes a send to ${topic} ${afterMs} ms later: ${reason}.`,
    'message.sending': ({ node, key, brokerName, queueId, attempt }) =>
      `${node} picks queue ${queueId} of ${brokerName} for ${key}${attempt > 1 ? ` (try ${attempt})` : ''}.`,
    'message.sent': ({ node, key, status }) => `${node}: the send of ${key} ends with ${status}.`,
  },
})
