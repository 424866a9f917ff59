/** Six strategies, four changes: each row of the table is the same script under another strategy. */
import type { FigureSource, GridSource, GridVerdict, RunLog } from '#site/figures/kit/types.ts'
import { sendKey, TOPIC } from '#site/figures/shop.ts'
import { CAST, CHANGES_MS, change, outcomeOf, STEP, STRATEGIES } from '../strategies.ts'

/** Moves, and who has how many; bad when a queue has nobody, good when none moved between members that stay. */
function says(run: RunLog, column: number): GridVerdict {
  const { moves, needless, spread, nobodys } = outcomeOf(run, column)
  const verdict = nobodys > 0 ? 'bad' : needless === 0 ? 'good' : 'even'
  return { verdict, text: nobodys > 0 ? `${moves}, ${nobodys} nobody’s` : `${moves}: ${spread.join(' ')}` }
}

const grid: GridSource = {
  rows: { title: 'strategy', labels: STRATEGIES.map((name) => name.replace(/^.*_(HASH|NEARBY)$/, '$1')) },
  columns: {
    title: 'queues that moved: queues of each member',
    labels: ['ann joins', 'ann leaves', 'dot joins', 'bea dies'],
  },
  actions: (row) => [{ does: 'set', on: `allocateMessageQueueStrategy=${STRATEGIES[row]!}`, atMs: 0 }],
  says: (run, _row, column) => says(run, column),
  opens: 'change',
}

export const figure: FigureSource = {
  title: 'Six strategies',
  question: 'How many queues move when a member comes or goes?',
  summary: 'The same four changes under six strategies.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    grid: {
      title: 'Queues that moved: queues of each member. Open a cell: it is a run',
      from: STEP.joins,
      view: 'grid',
      tells: ['script.step', 'consumer.joined', 'consumer.left'],
      shows: { grid: 'strategies' },
    },
    change: {
      title: 'One row of the table as a run',
      from: STEP.joins,
      view: 'owners',
      tells: ['script.step', 'consumer.joined', 'consumer.left'],
    },
  },
  grids: { strategies: grid },
  seed: 2,
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
  run: change,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
