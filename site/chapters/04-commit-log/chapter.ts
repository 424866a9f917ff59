/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 2,
  title: 'The commit log',
  question: 'Where does a message live?',
  about: 'One append-only file for all topics, the record’s layout, the blank at the end.',
  wound: 'order-6 left five bytes at the end of a file; after a restart, orders 7 to 14 are gone.',
}
