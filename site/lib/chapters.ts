/** The book's contents: its parts, and in them the chapters that `rooms.ts` finds. */
import { PART_TITLES } from '../chapters/parts.ts'
import type { ChapterCard } from './chapter-card.ts'
import { isWritten, type Room, roomModule, rooms } from './rooms.ts'

/** One chapter: its card, its room, and whether its page exists. */
export interface Chapter extends ChapterCard, Room {
  readonly isWritten: boolean
}

/** A part of the book. */
export interface Part {
  readonly number: number
  readonly title: string
  readonly chapters: readonly Chapter[]
}

/** All chapters in reading order. */
export const CHAPTERS: readonly Chapter[] = await Promise.all(rooms().map(chapterIn))

/** The parts in reading order. */
export const PARTS: readonly Part[] = PART_TITLES.map((title, index) => ({
  number: index + 1,
  title,
  chapters: CHAPTERS.filter(({ part }) => part === index + 1),
}))

/** The chapter with this slug, and its part; undefined when there is none. */
export function chapterOf(slug: string): { readonly chapter: Chapter; readonly part: Part } | undefined {
  const chapter = CHAPTERS.find((one) => one.slug === slug)
  return chapter && { chapter, part: PARTS[chapter.part - 1]! }
}

async function chapterIn(room: Room): Promise<Chapter> {
  const card = (await roomModule<{ readonly chapter?: ChapterCard }>(room, 'chapter.ts'))?.chapter
  if (card === undefined)
    throw new Error(`${room.folder}/chapter.ts must export "chapter": title, question, about, part`)
  if (PART_TITLES[card.part - 1] === undefined)
    throw new Error(`${room.folder}/chapter.ts names part ${card.part}; there are parts 1 to ${PART_TITLES.length}`)
  return { ...card, ...room, isWritten: isWritten(room) }
}
