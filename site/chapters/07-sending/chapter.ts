/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 3,
  title: 'Three ways to send, four ways to succeed',
  question: 'What does SEND_OK promise?',
  about: 'Sync, async, oneway, batches, and what each status promises under each setting.',
}
