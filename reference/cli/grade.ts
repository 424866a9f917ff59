/**
 * The commands for instructors: `mq grade`, `mq assignment` and `mq verify`. The code of these commands is in
 * `labs/grader/`. The code of the labs is loaded only when one of these commands runs, because a broker does not need it.
 */
import { existsSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import { Command } from 'commander'
import type { Isolate } from '../../labs/grader/batch/isolation.ts'
import type { GradeFolderOptions, GradeSummary } from '../../labs/grader/grade-folder.ts'
import type { ExportFormat } from '../../labs/grader/report/write-exports.ts'
import type { ExportOptions } from '../../labs/grader/report/write-report.ts'
import { MINUTE_MS, SECOND_MS } from '../common/units.ts'
import { assignmentCommand } from './assignment.ts'
import { collect, inWords, progressLine, read, secretOf } from './grader-files.ts'
import { SentenceError } from './sentence-error.ts'

/** With `--strict`, the exit code when at least one hand-in could not be judged. */
const EXIT_UNJUDGED = 3

/** Returns the commands `mq assignment`, `mq grade` and `mq verify`. */
export function gradeCommands(): Command[] {
  return [gradeCommand(), assignmentCommand(), verifyCommand()]
}

function gradeCommand(): Command {
  return new Command('grade')
    .description('grades a folder of hand-in files: runs each again, with hidden seeds, and writes a report')
    .argument('<folder>', 'the folder with the files that learners handed in, or a zip of it')
    .requiredOption('--assignment <file>', 'the assignment (x.glassmq.json)')
    .option('--secret <file>', 'its secret; x.secret.glassmq.json beside the assignment when left out')
    .option('--roster <file>', 'a CSV with the columns id and name; also email, aliases, canvas_id, moodle_participant')
    .option('--extensions <file>', 'a CSV with the columns id and until: due dates of single learners')
    .option('--overrides <file>', 'a CSV with the columns id, check, points, comment, hold: your own decisions')
    .option(
      '--timestamps <file>',
      'a CSV with the columns id and submitted: when the hand-ins came; a third column file for learners with several',
    )
    .option('--reseed <file>', 'a CSV with the columns id and slot: other hidden seeds for single learners')
    .option(
      '--lms <platform=file>',
      'fills in the file of a platform: canvas=gradebook.csv, moodle=worksheet.csv',
      collect,
      [],
    )
    .option('--column <title>', 'the column of the Canvas gradebook; the title of the assignment when left out')
    .option(
      '--format <names>',
      'more files: junit, gradescope, prairielearn, autolab, classroom50, ags, xapi, summary, dolos; separated by commas',
      '',
    )
    .option('--publish <how-far>', 'what feedback may show: before-due, after-due or published', 'after-due')
    .option('--out <dir>', 'where the report goes', 'out')
    .option('--jobs <n>', 'hand-ins judged at the same time', String(availableParallelism()))
    .option('--shrink <which>', 'looks for a shorter run of the first failure of each check: first or none', 'first')
    .option('--isolate <how>', 'judging processes inside of bubblewrap: auto (where it works), bwrap or none', 'auto')
    .option(
      '--engine-mismatch <what>',
      'labs of another version than the assignment was made with: refuse or accept',
      'refuse',
    )
    .option('--deadline <time>', 'judging ends after so long, such as 8m or 90s; the rest is not judged')
    .option('--shard <k/n>', 'only this share of the learners, for grading on several machines')
    .option('--merge <dir>', 'takes the runs of the report of a share; give each share once', collect, [])
    .option('--public-only', 'no hidden seeds: no secret needed')
    .option('--strict', `exit code ${EXIT_UNJUDGED} when something could not be judged`)
    .action(async (folder: string, options: GradeOptions) => {
      if (!existsSync(folder) || !(statSync(folder).isDirectory() || /\.zip$/i.test(folder)))
        throw new SentenceError(`there is no folder ${folder}: give the folder with the hand-in files, or its zip`)
      const { gradeFolder } = await import('../../labs/grader/grade-folder.ts')
      const summary = await gradeFolder({
        ...(await optionsOf(options)),
        folder,
        progress: progressLine('judged'),
      }).catch(inWords)
      say(summary, options.out)
      if (options.strict === true && summary.unjudged > 0) process.exitCode = EXIT_UNJUDGED
    })
}

interface GradeOptions {
  readonly assignment: string
  readonly secret?: string
  readonly roster?: string
  readonly extensions?: string
  readonly overrides?: string
  readonly timestamps?: string
  readonly reseed?: string
  readonly lms: readonly string[]
  readonly column?: string
  readonly format: string
  readonly publish: string
  readonly out: string
  readonly jobs: string
  readonly shrink: string
  readonly isolate: string
  readonly engineMismatch: string
  readonly deadline?: string
  readonly shard?: string
  readonly merge: readonly string[]
  readonly publicOnly?: boolean
  readonly strict?: boolean
}

/**
 * Checks the options of the command, and resolves with the options for `gradeFolder`. Rejects with a SentenceError when an
 * option is wrong.
 */
async function optionsOf(options: GradeOptions): Promise<Omit<GradeFolderOptions, 'folder' | 'progress'>> {
  const jobs = Number(options.jobs)
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > 64)
    throw new SentenceError(`--jobs is "${options.jobs}"; it must be a number from 1 to 64`)
  if (options.engineMismatch !== 'refuse' && options.engineMismatch !== 'accept')
    throw new SentenceError(`--engine-mismatch is "${options.engineMismatch}"; write refuse or accept`)
  if (options.shrink !== 'first' && options.shrink !== 'none')
    throw new SentenceError(`--shrink is "${options.shrink}"; write first or none`)
  const assignmentText = read(options.assignment, 'the assignment', 'make one with "assignment new"')
  const secretPath = secretOf(options.assignment, options.secret)
  const secretText =
    options.publicOnly === true
      ? undefined
      : read(secretPath, 'the secret', 'name it with --secret, or grade the public seeds only with --public-only')
  const { parseShard } = await import('../../labs/grader/batch/shard.ts')
  const { TABLES } = await import('../../labs/grader/grade-folder.ts')
  const given = TABLES.filter((name) => options[name] !== undefined)
  const tables = Object.fromEntries(given.map((name) => [name, read(options[name]!, `the table of ${name}`, '')]))
  const files = [options.assignment, secretPath, options.roster, ...given.map((name) => options[name])]
  if (options.merge.length > 0 && options.shard !== undefined)
    throw new SentenceError('--merge and --shard do not go together: grade each share first, then merge all of them')
  const shard = options.shard === undefined ? {} : { shard: await parseShardOption(parseShard, options.shard) }
  return {
    assignmentText,
    secretText,
    rosterText: options.roster === undefined ? undefined : read(options.roster, 'the roster', ''),
    tables,
    tableNames: Object.fromEntries(given.map((name) => [name, basename(options[name]!)])),
    exports: await exportsOf(options, assignmentText),
    ...shard,
    merge: options.merge,
    out: options.out,
    inputs: [...files, ...options.lms.map(pathOf)].filter((path) => path !== undefined),
    jobs,
    shorten: options.shrink === 'first',
    isolate: await isolateOf(options.isolate),
    acceptVersions: options.engineMismatch === 'accept',
    ...(options.deadline === undefined ? {} : { deadlineMs: timeMs(options.deadline) }),
  }
}

async function isolateOf(text: string): Promise<Isolate> {
  const { ISOLATE } = await import('../../labs/grader/batch/isolation.ts')
  const found = ISOLATE.find((how) => how === text)
  if (found === undefined) throw new SentenceError(`--isolate is "${text}"; there are ${ISOLATE.join(', ')}`)
  return found
}

/** Returns the milliseconds of a time such as `8m` or `90s`. */
function timeMs(text: string): number {
  const [, number, unit] = /^([1-9]\d{0,4})([ms])$/.exec(text) ?? []
  if (number === undefined)
    throw new SentenceError(`--deadline is "${text}"; write minutes or seconds, such as 8m or 90s`)
  return Number(number) * (unit === 'm' ? MINUTE_MS : SECOND_MS)
}

async function parseShardOption<T>(parse: (text: string) => T, text: string): Promise<T> {
  try {
    return parse(text)
  } catch (error) {
    throw new SentenceError((error as Error).message)
  }
}

async function exportsOf(options: GradeOptions, assignmentText: string): Promise<ExportOptions> {
  const { EXPORT_FORMATS } = await import('../../labs/grader/report/write-exports.ts')
  const { PUBLISH } = await import('../../labs/grader/report/shown-to.ts')
  const publish = PUBLISH.find((how) => how === options.publish)
  if (publish === undefined)
    throw new SentenceError(`--publish is "${options.publish}"; there are ${PUBLISH.join(', ')}`)
  const formats = options.format
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  for (const name of formats)
    if (!(EXPORT_FORMATS as readonly string[]).includes(name))
      throw new SentenceError(`--format has "${name}"; there are ${EXPORT_FORMATS.join(', ')}`)
  const found: { canvas?: { text: string; column: string }; moodle?: string } = {}
  for (const each of options.lms) {
    const platform = each.split('=')[0]
    const text = read(pathOf(each), `the file of ${platform}`, 'export it from the platform again')
    if (platform === 'canvas') found.canvas = { text, column: options.column ?? titleOf(assignmentText) }
    else if (platform === 'moodle') found.moodle = text
    else throw new SentenceError(`--lms has "${each}"; write canvas=FILE or moodle=FILE`)
  }
  return { ...found, formats: formats as ExportFormat[], publish }
}

function pathOf(platformAndFile: string): string {
  return platformAndFile.slice(platformAndFile.indexOf('=') + 1)
}

/** Returns the title in the JSON of an assignment, or '' without a title. The grader reports any other text. */
function titleOf(assignmentText: string): string {
  try {
    return String((JSON.parse(assignmentText) as { title?: unknown }).title ?? '')
  } catch {
    return ''
  }
}

function verifyCommand(): Command {
  return new Command('verify')
    .description('judges one hand-in again, and compares the result with a stored one')
    .argument('<result>', 'a file of the folder results/')
    .requiredOption('--submission <file>', 'the hand-in file')
    .requiredOption('--assignment <file>', 'the assignment')
    .option('--secret <file>', 'its secret; x.secret.glassmq.json beside the assignment when left out')
    .option('--reseed <file>', 'the CSV that the grading had: other hidden seeds for single learners')
    .option('--public-only', 'no hidden seeds: no secret needed')
    .action(async (result: string, options: VerifyOptions) => {
      const { verifyResult } = await import('../../labs/grader/verify.ts')
      const secretPath = secretOf(options.assignment, options.secret)
      const secretText =
        options.publicOnly === true ? undefined : read(secretPath, 'the secret', 'name it with --secret')
      const { learner, runs, differences } = await verifyResult(
        read(result, 'the result', ''),
        new TextEncoder().encode(read(options.submission, 'the hand-in file', '')),
        read(options.assignment, 'the assignment', ''),
        secretText,
        options.reseed === undefined ? undefined : read(options.reseed, 'the table of reseed', ''),
      ).catch(inWords)
      for (const difference of differences) console.log(difference)
      if (differences.length > 0) throw new SentenceError(`the result of ${learner} is not what comes out now`)
      console.log(`the same result: ${runs} runs of ${learner}`)
    })
}

interface VerifyOptions {
  readonly submission: string
  readonly reseed?: string
  readonly assignment: string
  readonly secret?: string
  readonly publicOnly?: boolean
}

function say(summary: GradeSummary, out: string): void {
  const { problems, missing, runs } = summary
  console.log(summary.words)
  if (missing > 0) console.log(`${missing} on the roster handed in nothing`)
  if (runs.known > 0)
    console.log(
      `${runs.known} of ${runs.known + runs.made} runs had been judged already: the same code on the same seed`,
    )
  for (const { path, sentence } of problems.slice(0, 20)) console.log(`  ${path}: ${sentence}`)
  if (problems.length > 20) console.log(`  and ${problems.length - 20} more, in the report`)
  for (const sentence of summary.said) console.log(sentence)
  console.log(`report: ${join(out, 'report.html')}   grades: ${join(out, 'grades.csv')}`)
}
