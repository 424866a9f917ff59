/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 5,
  title: 'Transactions',
  question: 'How do a database and a broker agree?',
  about: 'Half messages, the local transaction, commit, rollback, check-back.',
  wound: 'Save, then send, or send, then save: a crash between bills nothing, or a phantom.',
}
