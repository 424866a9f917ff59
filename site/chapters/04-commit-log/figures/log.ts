/** Chapter 4's run: one log for orders and clicks, cut into files of 4,096 bytes; a kill, a start, and every order is billed. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { BROKER, FILE_BYTES, FORGER, night, STEP, sendOne } from '../night.ts'

const LOG = { files: 'named', fileBytes: FILE_BYTES, strips: 'none', rows: 3 } as const

export const figure: FigureSource = {
  title: 'One log, three files',
  question: 'Where does a message live, and what stands where it does not fit?',
  summary:
    'A broker keeps fourteen orders and five clicks in one log of three files, is killed, starts again and finds every record.',
  topic: 'Orders',
  cast: [
    { name: 'namesrv', role: 'namesrv' },
    { name: BROKER, role: 'broker' },
    { name: 'shop', role: 'producer' },
    { name: 'billing', role: 'consumer', group: 'billing' },
  ],
  passages: {
    mix: {
      title: 'Orders and clicks, one file, in the order in which they come',
      from: STEP.open,
      to: STEP.edge,
      view: 'log',
      cast: [BROKER],
      tells: ['record.appended'],
      shows: { ...LOG, rows: 1 },
    },
    record: {
      title: 'order-1 as it lies in the file, field by field',
      from: STEP.one,
      to: STEP.edge,
      view: 'bytes',
      cast: [BROKER, 'shop'],
      tells: ['record.appended'],
      shows: { event: 'record order-1' },
    },
    edge: {
      title: 'order-6 does not fit; a blank fills the rest',
      from: STEP.edge,
      to: STEP.exact,
      view: 'log',
      cast: [BROKER],
      tells: ['log.rolled', 'record.appended'],
      shows: { ...LOG, rows: 2, edge: 0 },
    },
    exact: {
      title: 'order-11 leaves eight bytes; the next one begins a file',
      from: STEP.exact,
      to: STEP.kill,
      view: 'log',
      cast: [BROKER],
      tells: ['log.rolled', 'record.appended'],
      shows: { ...LOG, edge: FILE_BYTES },
    },
    names: {
      title: 'Three files, each named by the position at which it begins',
      from: STEP.third,
      to: STEP.kill,
      view: 'log',
      cast: [BROKER],
      tells: ['log.rolled', 'record.appended'],
      shows: LOG,
    },
    forged: {
      title: 'order-8: a body that holds a record',
      from: STEP.forger,
      to: STEP.exact,
      view: 'bytes',
      cast: [BROKER, 'shop'],
      tells: ['record.appended', 'message.sent'],
      shows: { event: `record ${FORGER}` },
    },
    walk: {
      title: 'The broker is killed, starts, and walks its log to the end',
      from: STEP.kill,
      view: 'log',
      cast: [BROKER, 'billing'],
      tells: ['node.stopped', 'node.started', 'log.recovered', 'queue.assigned'],
      shows: { ...LOG, edge: 'last' },
    },
  },
  seed: 4,
  lengthMs: 14_000,
  run: night,
  send: sendOne,
}
