/** What a reader may try in chapter 4: a file that is nearly full, and nothing that fails by itself. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { BROKER, EVENING, evening, FILE_BYTES, sendOne } from '../night.ts'

export const figure: FigureSource = {
  title: 'A file that is nearly full',
  question: 'Which record leaves which blank?',
  summary: 'A broker has 486 bytes left in its first log file; order-6 does not fit and begins the second one.',
  topic: 'Orders',
  cast: [
    { name: 'namesrv', role: 'namesrv' },
    { name: BROKER, role: 'broker' },
    { name: 'shop', role: 'producer' },
    { name: 'billing', role: 'consumer', group: 'billing' },
  ],
  passages: {
    tries: {
      title: '486 bytes are left. The next order is yours',
      from: EVENING.room,
      view: 'log',
      tells: ['log.rolled', 'record.appended', 'node.stopped', 'node.started', 'log.recovered', 'queue.assigned'],
      shows: { files: 'named', fileBytes: FILE_BYTES, strips: 'none', rows: 2, edge: 0 },
    },
  },
  tasks: {
    smallest: {
      goal: 'Make the smallest blank: send an order that leaves exactly eight bytes.',
      pane: 'tries',
      when: `smallestBlank('${BROKER}') == 8`,
      shows: { ask: `smallestBlank('${BROKER}')`, unit: 'bytes in the smallest blank' },
      proof: [{ does: 'send', on: 'order-8=254', atMs: 2_600 }],
    },
    lose: {
      goal: 'Lose an order that was answered SEND_OK. (A kill will not do; chapter 6 says what does.)',
      pane: 'tries',
      when: 'lost() > 0',
      shows: { ask: 'lost()', unit: 'orders lost' },
      proof: [
        { does: 'powercut', on: BROKER, atMs: 4_800 },
        { does: 'restart', on: BROKER, atMs: 5_000 },
      ],
    },
  },
  offers: { sizes: [200, 246, 250, 253, 254, 255, 258, 262, 300] },
  seed: 4,
  lengthMs: 10_000,
  run: evening,
  send: sendOne,
}
