/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 4,
  title: 'Retries and dead letters',
  question: 'What becomes of a message nobody can process?',
  about: 'At least once, growing delays, the dead-letter queue, idempotent consumers.',
  wound: 'One bad price: the billing throws 17 times in 4 h 46 min, then silence.',
}
