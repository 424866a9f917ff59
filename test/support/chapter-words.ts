/**
 * Words of a chapter as its folder has them. A test that looks for words of the book on a page takes them from here, so that
 * the words can be rewritten without a change in a test.
 */
import { parse } from 'yaml'
import { type Room, rooms, roomText } from '../../site/lib/rooms.ts'

interface Choice {
  readonly text: string
  readonly because: string
  readonly right?: boolean
}

function room(slug: string): Room {
  const found = rooms().find((one) => one.slug === slug)
  if (found === undefined) throw new Error(`no chapter "${slug}"`)
  return found
}

/** The title of a chapter, as its page heads it. */
export function chapterTitle(slug: string): string {
  const [, title] = /^title: (.+)$/m.exec(roomText(room(slug), 'page.mdx') ?? '') ?? []
  if (title === undefined) throw new Error(`the page of "${slug}" has no title`)
  return title
}

/**
 * The first question of a chapter's quiz: the text of the right choice, and a wrong choice whose explanation has a door into a
 * run. Of the explanation, the words before the door.
 */
export function firstQuestion(slug: string): { readonly right: string; readonly wrong: Choice } {
  const quiz = parse(roomText(room(slug), 'quiz.yaml') ?? '') as {
    questions: readonly { choices: readonly Choice[] }[]
  }
  const { choices } = quiz.questions[0]!
  const wrong = choices.find((choice) => choice.right !== true && choice.because.includes(']('))
  if (wrong === undefined) throw new Error(`no wrong choice of the first question of "${slug}" has a door`)
  const because = wrong.because.split(/[[`]/)[0]!.trim()
  return { right: choices.find((choice) => choice.right === true)!.text, wrong: { ...wrong, because } }
}
