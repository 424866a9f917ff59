/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 6,
  title: 'Overload',
  question: 'What do you drop when you cannot keep up?',
  about: 'Fast failure, four rate limiters, a circuit breaker.',
}
