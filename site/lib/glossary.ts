/**
 * The words of the book: English, 中文, RocketMQ's own name and one definition each.
 *
 * A term stands in the `glossary.yaml` of the chapter that introduces it. `Term` links a word in the text to its entry and
 * shows the entry on the spot; `/glossary/` prints them all.
 */
import { parse } from 'yaml'
import { z } from 'zod'
import { rooms, roomText } from './rooms.ts'

const entry = z.strictObject({
  /** The anchor on the glossary page and the `id` of `Term`; never changes. */
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  english: z.string().min(1),
  chinese: z.string().min(1),
  /** Class, option or wire name in Apache RocketMQ, where it can be looked up. */
  rocketmq: z.string().min(1),
  /** One or two sentences that a newcomer can read without any other entry. */
  definition: z.string().min(10),
})

/** One entry, with the slug of the chapter that introduces it. */
export type GlossaryEntry = Readonly<z.infer<typeof entry>> & { readonly chapter: string }

/** All entries, sorted by English name. */
export const GLOSSARY: readonly GlossaryEntry[] = readAll()

/** The entry with this id; undefined if there is none. */
export function glossaryEntry(id: string): GlossaryEntry | undefined {
  return GLOSSARY.find((one) => one.id === id)
}

/** Throws a sentence for an entry that is not in order, and for a term that two chapters introduce. */
function readAll(): GlossaryEntry[] {
  const all = new Map<string, GlossaryEntry>()
  for (const room of rooms()) {
    const text = roomText(room, 'glossary.yaml')
    if (text === undefined) continue
    const where = `${room.folder}/glossary.yaml`
    const read = z.array(entry).safeParse(parse(text) ?? [])
    if (!read.success) throw new Error(`${where} is not in order:\n${z.prettifyError(read.error)}`)
    for (const one of read.data) {
      const known = all.get(one.id)
      if (known !== undefined)
        throw new Error(`${where}: the term "${one.id}" is introduced by ${known.chapter} already`)
      all.set(one.id, { ...one, chapter: room.slug })
    }
  }
  return [...all.values()].sort((a, b) => (a.english.toLowerCase() < b.english.toLowerCase() ? -1 : 1))
}
