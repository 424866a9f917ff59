/**
 * Functions that the commands of the grader share: collecting an option, reading a file, finding the secret of an assignment,
 * telling errors in one sentence, and showing the progress.
 */
import { readFileSync } from 'node:fs'
import { SentenceError } from './sentence-error.ts'

/** Collects the values of an option that may be given more than once. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

/**
 * Returns the path of the secret: `given`, or the path beside the assignment. Without `given`, returns `assignment` itself when
 * its name does not end in `.json`. Throws a SentenceError when the name of `assignment` ends like that of a secret.
 */
export function secretOf(assignment: string, given: string | undefined): string {
  if (/\.secret(\.glassmq)?\.json$/.test(assignment))
    throw new SentenceError(`${assignment} is the secret of an assignment: give the file without ".secret" in its name`)
  return given ?? assignment.replace(/(\.glassmq)?\.json$/, '.secret.glassmq.json')
}

/** The names of the grader's errors. Each has one sentence for the user as its message. */
const WORDED = new Set(['GradeError', 'FormatError', 'SubmissionError'])

/** Throws an error of the grader, or a plain `Error`, as a SentenceError. Throws every other error as it is. */
export function inWords(error: Error): never {
  if (WORDED.has(error.name) || error.constructor === Error) throw new SentenceError(error.message)
  throw error
}

/** Returns the result of `work`. Passes an error of `work` to `inWords`. */
export function inSentence<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    return inWords(error as Error)
  }
}

/**
 * Returns the text of a file. Throws a SentenceError when the file cannot be read. The sentence ends with `cure`, which says
 * what to do.
 */
export function read(path: string, what: string, cure: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const reason = (error as { code?: string }).code === 'ENOENT' ? 'there is no such file' : (error as Error).message
    throw new SentenceError(`${what} ${path} cannot be read: ${reason}${cure === '' ? '' : `; ${cure}`}`)
  }
}

/**
 * Returns a function that shows the progress. On a terminal, the function rewrites one line. Elsewhere, the function prints
 * a line for every ten steps, and for the last one.
 */
export function progressLine(verb = 'graded'): (done: number, of: number, secondsLeft: number) => void {
  return (done, of, secondsLeft) => {
    const left = done < of && secondsLeft > 0 ? `, about ${Math.ceil(secondsLeft)} s left` : ''
    const text = `${verb} ${done} of ${of}${left}`
    if (process.stderr.isTTY) process.stderr.write(`\r${text.padEnd(60)}${done === of ? '\n' : ''}`)
    else if (done === of || done % 10 === 0) process.stderr.write(`${text}\n`)
  }
}
