/**
 * Runs `mq replay FILE`: repeats an experiment of the playground, or one run of a graded hand-in, and prints what happened.
 * The command uses virtual time on this machine.
 *
 * The same experiment has the same events here and in the page, so the hash at the end is the same, too. RocketMQ has no
 * such command.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { SentenceError } from './sentence-error.ts'

const FILE_BYTES_MAX = 1_000_000
const SECONDS_MAX = 21_600
const NOT_SAME =
  'NOT as the result says: this is another hand-in than the one that was graded (attempts.csv names its file), or another version of the lab'

/** Returns the command `mq replay`. */
export function replayCommand(): Command {
  return new Command('replay')
    .description('repeat an experiment of the playground, or one run of a graded hand-in, and print what happened')
    .argument('<what>', 'a file or a link of the playground, or a file of the folder results/ of a grading')
    .option('-u, --until <seconds>', 'of an experiment: the virtual time of the end, in seconds')
    .option('--commands', 'of an experiment: print only what is done, as commands for a real cluster', false)
    .option('--submission <file>', 'of a result: the hand-in file')
    .option('--check <id>', 'of a result: the check; the first that failed when left out')
    .option('--seed <name>', 'of a result: the run, such as h3; the first that failed when left out')
    .option(
      '--short',
      'of a result: the shorter run that fails alike, in place of the whole one; only the first failing run of a check has one',
    )
    .option('--book <url>', 'of a result: where the book is, such as https://book.example/; prints a link to the run')
    .option('--save <file>', 'of a result: writes the run as a file that the page of the lab opens')
    .action(async (given: string, options: ReplayOptions) => {
      const { until, commands } = options
      if (isFileWith(given, '"format":"glassmq-result/1"')) return replayResult(given, options)
      if (isFileWith(given, '"format":"glassmq-run-link/1"'))
        throw new SentenceError(
          `${given} is one run, for the page of its lab: open it there, or give the result in the folder results/ and the hand-in`,
        )
      if (options.submission !== undefined)
        throw new SentenceError(
          existsSync(given)
            ? `${given} is not a result of a grading: give a file of the folder results/`
            : `there is no file ${given}: give a file of the folder results/`,
        )
      const { commandsOf, experimentIn, replay, usualEndMs } = await import('../../site/playground/replay.ts')
      const { ExperimentFault } = await import('../../site/playground/experiment/experiment.ts')
      try {
        const experiment = experimentIn(textOf(given))
        if (commands) {
          for (const line of commandsOf(experiment)) console.log(line)
          return
        }
        const untilMs = until === undefined ? usualEndMs(experiment) : 1_000 * seconds(until)
        await replay(experiment, untilMs, (line) => console.log(line))
      } catch (error) {
        if (error instanceof ExperimentFault) throw new SentenceError(error.message)
        throw error
      }
    })
}

interface ReplayOptions {
  readonly until?: string
  readonly commands: boolean
  readonly submission?: string
  readonly check?: string
  readonly seed?: string
  readonly short?: boolean
  readonly book?: string
  readonly save?: string
}

/** Returns true when `given` is a file of at most `FILE_BYTES_MAX` that contains `text`, such as the name of its format. */
function isFileWith(given: string, text: string): boolean {
  if (!existsSync(given) || !statSync(given).isFile() || statSync(given).size > FILE_BYTES_MAX) return false
  return readFileSync(given, 'utf8').includes(text)
}

/** Repeats one run of a stored result. Prints what happened, and where the run can be opened. */
async function replayResult(
  path: string,
  { submission, check, seed, short, book, save }: ReplayOptions,
): Promise<void> {
  if (submission === undefined)
    throw new SentenceError('--submission is missing: the code of a run stands in the hand-in file')
  if (!existsSync(submission)) throw new SentenceError(`there is no file ${submission}: give the hand-in file`)
  if (book !== undefined && !/^https?:\/\/[^\s?#]+\/$/.test(book))
    throw new SentenceError(`--book is "${book}"; it must be a web address that begins with http and ends with "/"`)
  const { replayRun } = await import('../../labs/grader/replay-run.ts')
  const bytes = new Uint8Array(readFileSync(submission))
  const run = await replayRun({
    resultText: readFileSync(path, 'utf8'),
    submissionBytes: bytes,
    check,
    seed,
    book,
    isShort: short,
  }).catch((error: Error) => {
    throw new SentenceError(error.message)
  })
  const { verdict, sentence, atMs } = run.now
  console.log(`${run.check}, run ${run.name}: ${verdict} at ${atMs} ms${sentence === '' ? '' : `: ${sentence}`}`)
  console.log(`seed ${run.now.seed}`)
  console.log(run.isSame ? 'the same as in the result, to the last event' : NOT_SAME)
  for (const step of run.steps) console.log(`  ${step}`)
  if (run.steps.length > 0) console.log(`  ${atMs} ms: ${sentence}`)
  if (run.url !== '') console.log(run.url)
  else if (book !== undefined)
    console.log('the code is too long for a link: use --save, and open the file on the page of the lab')
  if (save !== undefined) writeFileSync(save, run.text)
  if (!run.isSame) process.exitCode = 1
}

function textOf(given: string): string {
  if (/^\d+;|#/.test(given)) return given
  if (!existsSync(given) || !statSync(given).isFile())
    throw new SentenceError(`there is no file ${given}: give a file that the playground has saved, or a link in quotes`)
  if (statSync(given).size > FILE_BYTES_MAX)
    throw new SentenceError(`${given} has ${statSync(given).size} bytes; an experiment has at most ${FILE_BYTES_MAX}`)
  return readFileSync(given, 'utf8')
}

function seconds(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= SECONDS_MAX) return number
  throw new SentenceError(`--until is "${text}"; it must be a whole number of seconds from 1 to ${SECONDS_MAX}`)
}
