/** The same billing, with the settings under which no answered order is lost: it bills nothing that is cut away. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { SAFE } from '../replicas.ts'
import { figure as reader, run } from './reader.ts'

export const figure: FigureSource = {
  ...reader,
  title: 'The same billing, with the whole in-sync set',
  question: 'What may a consumer be handed?',
  summary:
    'With allAckInSyncStateSet=true and minInSyncReplicas=2 a group is handed nothing that is cut away later, and it goes on where it was.',
  passages: { safely: { ...reader.passages['reader']!, title: 'The same time, with both settings. Watch the flag' } },
  run: (cluster) => run(cluster, SAFE),
}
