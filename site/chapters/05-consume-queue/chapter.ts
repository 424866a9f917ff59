/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 2,
  title: 'Finding it again',
  question: 'How is one message found among millions?',
  about: 'Twenty-byte entries, dispatch, index files by key and time, message ids.',
  wound: '“Where is order-4711?” Somewhere in 40 GB of clicks.',
}
