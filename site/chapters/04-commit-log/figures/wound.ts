/** How chapter 4 begins: the same night with a broker whose files end in another way. Orders with SEND_OK are never billed. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { BROKER, FILE_BYTES, night, STEP, sendOne } from '../night.ts'

const LOG = { files: 'named', fileBytes: FILE_BYTES, strips: 'none', rows: 3 } as const

export const figure: FigureSource = {
  title: 'A kill, a start, and eight orders are gone',
  question: 'What does a broker lose that keeps no room for a blank?',
  summary:
    'The same fourteen orders and five clicks. The broker is killed and started, and everything behind five bytes at the end of a file is cut off.',
  topic: 'Orders',
  cast: [
    { name: 'namesrv', role: 'namesrv' },
    { name: BROKER, role: 'broker' },
    { name: 'shop', role: 'producer' },
    { name: 'billing', role: 'consumer', group: 'billing' },
  ],
  instead: [
    {
      replaces: 'reference/store/roll-over.ts',
      by: 'site/chapters/04-commit-log/naive/roll-over.ts',
      says: 'a record may use a log file to its last byte.',
    },
  ],
  passages: {
    wound: {
      title: 'Fourteen orders, a kill, a start. Watch the ledger',
      from: STEP.third,
      view: 'log',
      tells: ['log.rolled', 'node.stopped', 'node.started', 'log.recovered', 'queue.assigned'],
      shows: LOG,
    },
    five: {
      title: 'The end of the first file, byte by byte',
      from: STEP.edge,
      to: STEP.exact,
      view: 'log',
      cast: [BROKER],
      tells: ['log.rolled', 'record.appended'],
      shows: { ...LOG, rows: 2, edge: 0 },
    },
    cut: {
      title: 'The walk comes to the five bytes, and ends there',
      from: STEP.kill,
      view: 'log',
      cast: [BROKER, 'billing'],
      tells: ['node.stopped', 'node.started', 'log.recovered', 'disk.removed', 'queue.assigned'],
      shows: { ...LOG, edge: 0 },
    },
  },
  seed: 4,
  lengthMs: 14_000,
  run: night,
  send: sendOne,
}
