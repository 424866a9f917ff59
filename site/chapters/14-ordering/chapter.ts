/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 4,
  title: 'Order',
  question: 'What does order cost?',
  about: 'Order within a queue, locks, suspending in place.',
}
