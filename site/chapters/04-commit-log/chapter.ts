/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 2,
  title: 'The commit log',
  question: 'Where does a message live?',
  about: 'One append-only file for all topics, the record’s layout, the blank at the end.',
  wound: 'Fourteen orders with SEND_OK; after a kill and a start eight are gone, and the disk lost no byte.',
}
