/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 4,
  title: 'Groups',
  question: 'Who gets which message?',
  about: 'Clustering and broadcasting, and the subscription that two members disagree on.',
}
