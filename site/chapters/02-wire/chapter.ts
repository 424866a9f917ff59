/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 1,
  title: 'What they say to each other',
  question: 'What is in the bytes between them?',
  about: 'The remoting frame, JSON and binary headers, opaque numbers, oneway calls, threads and the event loop.',
}
