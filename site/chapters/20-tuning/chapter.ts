/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 6,
  title: 'Tuning',
  question: 'Where did the milliseconds go?',
  about: 'Pauses, page cache, swapping: what each setting was for, and what replaced it.',
}
