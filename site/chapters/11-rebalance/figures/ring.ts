/** The changes of the table under the ring of hashes: whoever comes takes, whoever goes gives back, and nobody else moves. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, TOPIC } from '#site/figures/shop.ts'
import { CAST, CHANGES_MS, change, STEP } from '../strategies.ts'

export const figure: FigureSource = {
  title: 'A ring',
  question: 'Can a member come without disturbing the others?',
  summary:
    'Four changes under CONSISTENT_HASH: each queue that moves goes to the one who came, or comes from the one who went.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    ring: {
      title: 'Who loses a queue to whom?',
      from: STEP.joins,
      view: 'owners',
      tells: ['script.step', 'consumer.joined', 'consumer.left'],
    },
  },
  seed: 1,
  lengthMs: CHANGES_MS[4],
  records: [
    'consumer.joined',
    'consumer.left',
    'queue.assigned',
    'queue.released',
    'message.consumed',
    'message.sent',
    'record.appended',
  ],
  run: (cluster, settings) => change(cluster, settings, 'CONSISTENT_HASH'),
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
