/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 5,
  title: 'Delays',
  question: 'How does a broker keep an appointment?',
  about: 'Eighteen delay levels, and the timer wheel for any time.',
  wound: 'Unpaid orders die after 15 minutes; the levels offer 10 or 20.',
}
