/**
 * A test that opens the built book quotes no sentence of a chapter: it would fail, after a long wait, when somebody writes the
 * sentence better. `chapter-words.ts` reads the words where they stand.
 */
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, it } from 'vitest'
import { roomNames, rooms, roomText } from '../../site/lib/rooms.ts'
import { filesBelow } from '../support/files-below.ts'
import { ROOT } from '../support/stages.ts'

/** A shorter text may be the name of a button, which chapters use as well. */
const LETTERS_MIN = 16
/** Tests of the example chapter may quote it: nobody rewrites it to be read better. */
const EXAMPLE = 'openExampleSite'

const plain = (text: string) => text.replace(/\s+/g, ' ')

it('no browser test quotes a sentence of a chapter', () => {
  const chapters = rooms().flatMap((room) =>
    ['page.mdx', 'quiz.yaml', 'claims.ts'].map((file) => plain(roomText(room, file) ?? '')),
  )
  const figures = rooms().flatMap((room) =>
    roomNames(room, 'figures').map((name) => plain(roomText(room, `figures/${name}.ts`) ?? '')),
  )
  const quotes = filesBelow(join(ROOT, 'test/site/browser')).flatMap((path) => {
    const text = readFileSync(path, 'utf8')
    if (text.includes(EXAMPLE)) return []
    return [...text.matchAll(/(?<=['`“])[^'`“”\\\n]+(?=['`”])/g)]
      .map(([words]) => plain(words))
      .filter((words) => words.length >= LETTERS_MIN && / /.test(words))
      .filter((words) => [...chapters, ...figures].some((chapter) => chapter.includes(words)))
      .map((words) => `${relative(ROOT, path)}: ${words}`)
  })
  expect(quotes).toEqual([])
})
