/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 2,
  title: 'What “stored” means',
  question: 'When is a message safe?',
  about: 'Page cache, flushing, group commit, checkpoints, recovery after a clean and an unclean stop.',
  wound: 'SEND_OK, then the power failed: sold, never billed.',
}
