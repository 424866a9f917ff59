/** The same fire, with a master that counts what it has sent as what the slave has. */
import type { FigureSource, Replacement } from '#site/figures/kit/types.ts'
import { figure as had } from './had.ts'

const NAIVE: Replacement = {
  replaces: 'reference/store/ha/ha-connection.ts',
  by: 'site/chapters/17-replication/naive/ha-connection.ts',
  says: 'the master counts a byte as copied when it has sent it.',
}

export const figure: FigureSource = {
  ...had,
  title: 'What the master has sent',
  question: 'Is a byte that was sent a byte that the slave has?',
  summary:
    'The same six orders and the same fire; this master takes what it has sent for what the slave has, and orders that were answered SEND_OK are lost.',
  instead: [NAIVE],
  passages: {
    sent: { ...had.passages['had']!, title: 'This master counts what it has sent. Where is the line of SEND_OK?' },
  },
}
