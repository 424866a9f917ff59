/** The same cut, and the settings under which an answer waits for the whole in-sync set: the old master cannot say SEND_OK any more. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { SAFE } from '../replicas.ts'
import { figure as cut, run } from './cut.ts'

const { from } = cut.passages['fork']!

export const figure: FigureSource = {
  ...cut,
  title: 'The same cut, with the whole in-sync set',
  question: 'What may be cut away without harm?',
  summary:
    'With allAckInSyncStateSet=true and minInSyncReplicas=2 a master that is cut off answers nothing with SEND_OK; its tail is cut away, and no answered order is lost.',
  passages: {
    tail: {
      title: 'The same cut: what is behind the line was promised to nobody',
      from,
      view: 'log',
      opens: 'end',
      cast: ['a', 'b'],
      tells: ['script.step', 'epoch.began', 'role.taken', 'log.truncated'],
      shows: { copies: 'epochs' },
    },
  },
  run: (cluster) => run(cluster, SAFE),
}
