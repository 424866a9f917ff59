/** Three controllers, as in the figure `raft`, for longer: two of them die, and the one that is left decides nothing. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey } from '#site/figures/shop.ts'
import { KIOSK, RECORDED } from '../replicas.ts'
import { CONTROLLERS, figure as raft, run, STEP, WHOLE_MS } from './raft.ts'

export const figure: FigureSource = {
  ...raft,
  title: 'One controller of three',
  question: 'What does a controller do that is left alone?',
  summary:
    'Two of three controllers are dead when the master dies; nobody is elected until a second controller is back.',
  cast: [...raft.cast, KIOSK],
  passages: {
    one: {
      title: 'Two of three are dead, and the master dies',
      from: STEP.second,
      view: 'lanes',
      opens: 'end',
      cast: [...CONTROLLERS, 'a', 'b', 'kiosk'],
      tells: [
        'script.step',
        'node.stopped',
        'leader.resigned',
        'leader.elected',
        'replica.inactive',
        'master.elected',
        'role.taken',
        'app.answered',
      ],
      shows: { lane: 'master' },
    },
  },
  records: [...RECORDED, 'leader.elected', 'leader.resigned'],
  lengthMs: WHOLE_MS,
  run: (cluster) => run(cluster, true),
  send: (cluster, key) => sendKey(cluster, 'kiosk', key),
}
