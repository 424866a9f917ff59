/**
 * Runs `mq replay FILE`: repeats an experiment of the playground on this machine, under virtual time, and prints what happened.
 *
 * The same experiment has the same events here and in the page, so the hash at the end is the same, too. RocketMQ has no such
 * command.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { Command } from 'commander'
import { SentenceError } from './sentence-error.ts'

const FILE_BYTES_MAX = 1_000_000
const SECONDS_MAX = 21_600

/** Returns the command `mq replay`. */
export function replayCommand(): Command {
  return new Command('replay')
    .description('repeat an experiment of the playground, and print what happened')
    .argument('<experiment>', 'a file that the playground has saved, or a link of the playground')
    .option('-u, --until <seconds>', 'the virtual time of the end, in seconds')
    .option('--commands', 'print only what is done, as commands for a real cluster', false)
    .action(async (given: string, { until, commands }: { until?: string; commands: boolean }) => {
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
