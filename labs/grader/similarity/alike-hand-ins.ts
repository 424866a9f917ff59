/** The hand-ins of an assignment that are alike, file by file, with the lines a human looks at. */
import { labById } from '../../find.ts'
import { answerFiles, answerNames } from '../../runtime/lab-files.ts'
import type { Assignment } from '../schema/assignment.ts'
import { type Submission, submittedFiles } from '../schema/submission.ts'
import { type AlikePair, alike, type Lines, type Text } from './pairs.ts'

/** Two hand-ins, or a hand-in and a published answer, with what they share. */
export interface AlikeHandIns extends AlikePair {
  readonly lab: string
  readonly path: string
  /** The shared lines as each has them, at most `LINES_SHOWN`. */
  readonly textA: string
  readonly textB: string
}

export interface Likeness {
  readonly pairs: readonly AlikeHandIns[]
  /** Hand-ins with too little code of their own to be compared. */
  readonly tooSmall: number
}

/** Lines of a shared run that are shown. */
const LINES_SHOWN = 14

export function likenessOf(
  assignment: Assignment,
  submissions: readonly { readonly learner: string; readonly submission: Submission }[],
): Likeness {
  const pairs: AlikeHandIns[] = []
  let tooSmall = 0
  for (const { lab: id } of assignment.labs) {
    const lab = labById(id)
    if (lab === undefined) continue
    const starter = answerFiles(lab, 'starter')
    const answers = ['solution', ...answerNames(lab, 'accepted').map((name) => `accepted/${name}`)]
    for (const { path } of lab.files.filter(({ kind }) => kind === 'module')) {
      const own = submissions
        .filter(({ submission }) => submission.lab.id === id)
        .flatMap(({ learner, submission }): Text[] => {
          const text = submittedFiles(submission).get(path)
          return text === undefined ? [] : [{ who: learner, text }]
        })
      const published = answers.map(
        (name): Text => ({
          who: `the book’s ${name}`,
          text: answerFiles(lab, name).get(path) ?? '',
          isPublished: true,
        }),
      )
      const texts = [...own, ...published]
      const textOf = (who: string) => texts.find((one) => one.who === who)!.text
      const found = alike(texts, starter.get(path) ?? '')
      tooSmall += found.tooSmall.length
      for (const pair of found.pairs)
        pairs.push({
          ...pair,
          lab: id,
          path,
          textA: shown(textOf(pair.a), pair.linesA),
          textB: shown(textOf(pair.b), pair.linesB),
        })
    }
  }
  return { pairs: pairs.sort((x, y) => y.tokens - x.tokens), tooSmall }
}

function shown(text: string, { from, to }: Lines): string {
  const lines = text.split('\n').slice(from - 1, to)
  const rest = lines.length - LINES_SHOWN
  return rest > 0 ? `${lines.slice(0, LINES_SHOWN).join('\n')}\n… and ${rest} lines more` : lines.join('\n')
}
