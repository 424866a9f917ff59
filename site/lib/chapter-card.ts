/** What a chapter's `chapter.ts` says: all that the contents need. Number and slug are the name of its folder. */

/** The card of one chapter, written or planned. */
export interface ChapterCard {
  /** The number of its part, from 1 (`site/chapters/parts.ts`). */
  readonly part: number
  readonly title: string
  /** In the reader's words; the chapter answers it by its end. */
  readonly question: string
  /** What it covers, in one sentence. */
  readonly about: string
  /** What the shop or the billing loses until the chapter is read: open on the board of contents until its lab is passed. */
  readonly wound?: string
}
