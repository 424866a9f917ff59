/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 2,
  title: 'The commit log',
  question: 'Where does a message live?',
  about: 'One append-only file for all topics, the record’s layout, the blank at the end.',
  wound: 'order-88 left five bytes in the file; after the restart, recovery cuts off orders 89 to 120.',
}
