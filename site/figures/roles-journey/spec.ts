/** Chapter 1's figure: what it asks, who is in it, and the moments its stills show. */
import type { FigureSpec } from '../kit/types.ts'

export const TOPIC = 'Orders'

export const spec: FigureSpec = {
  id: 'roles-journey',
  title: 'One message’s journey',
  question: 'Which program does what between send() and CONSUME_SUCCESS?',
  summary:
    'Two brokers register, a producer finds them and sends seven orders; a consumer that starts later pulls them all and reports how far it came.',
  topic: TOPIC,
  cast: [
    { name: 'namesrv', role: 'namesrv' },
    { name: 'broker-a', role: 'broker', queues: [`${TOPIC}/0`, `${TOPIC}/1`] },
    { name: 'broker-b', role: 'broker', queues: [`${TOPIC}/0`, `${TOPIC}/1`] },
    { name: 'producer', role: 'producer' },
    { name: 'consumer', role: 'consumer', group: 'billing' },
  ],
  moments: [
    { caption: 'Both brokers have told the NameServer who they are.', step: 'The producer asks where Orders is' },
    { caption: 'order-1 is stored, and nobody has read it yet.', step: 'The consumer starts' },
    {
      caption: 'Pulled and consumed: the pulls now wait at the brokers.',
      step: 'Pulls wait at the brokers; more orders come',
    },
    {
      caption: 'The flags move: the brokers know how far billing has come.',
      step: 'Half a minute: everybody says “still here”',
    },
  ],
}
