/** The commands for instructors: `mq grade` and `mq assignment`. The code of these commands is in `labs/grader/`. */
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { Command } from 'commander'
import type { GradeSummary } from '../../labs/grader/grade-folder.ts'
import type { NewAssignment } from '../../labs/grader/new-assignment.ts'
import { SentenceError } from './sentence-error.ts'

/** Returns the commands `mq assignment` and `mq grade`. */
export function gradeCommands(): Command[] {
  return [gradeCommand(), assignmentCommand()]
}

function gradeCommand(): Command {
  return new Command('grade')
    .description('grades a folder of hand-in files: runs each again, with hidden seeds, and writes a report')
    .argument('<folder>', 'the folder with the files that learners handed in, or a zip of it')
    .requiredOption('--assignment <file>', 'the assignment (x.glassmq.json)')
    .option('--secret <file>', 'its secret; x.secret.glassmq.json beside the assignment when left out')
    .option('--roster <file>', 'a CSV with the columns id and name')
    .option('--out <dir>', 'where the report goes', 'out')
    .option('--jobs <n>', 'hand-ins judged at the same time', String(availableParallelism()))
    .option('--public-only', 'no hidden seeds: no secret needed')
    .action(async (folder: string, options: GradeOptions) => {
      if (!existsSync(folder) || !(statSync(folder).isDirectory() || /\.zip$/i.test(folder)))
        throw new SentenceError(`there is no folder ${folder}: give the folder with the hand-in files, or its zip`)
      const jobs = Number(options.jobs)
      if (!Number.isInteger(jobs) || jobs < 1 || jobs > 64)
        throw new SentenceError(`--jobs is "${options.jobs}"; it must be a number from 1 to 64`)
      const assignmentText = read(options.assignment, 'the assignment', 'make one with "assignment new"')
      const secretPath = options.secret ?? options.assignment.replace(/(\.glassmq)?\.json$/, '.secret.glassmq.json')
      const secretText =
        options.publicOnly === true
          ? undefined
          : read(secretPath, 'the secret', 'name it with --secret, or grade the public seeds only with --public-only')
      // Labs are loaded only now, because a broker does not need them.
      const { gradeFolder } = await import('../../labs/grader/grade-folder.ts')
      const summary = await gradeFolder({
        folder,
        assignmentText,
        secretText,
        rosterText: options.roster === undefined ? undefined : read(options.roster, 'the roster', ''),
        out: options.out,
        inputs: [options.assignment, secretPath, options.roster ?? ''].filter((path) => path !== ''),
        jobs,
        progress: progressLine(),
      }).catch((error: Error) => {
        if (error.name === 'GradeError') throw new SentenceError(error.message)
        throw error
      })
      say(summary, options.out)
    })
}

interface GradeOptions {
  readonly assignment: string
  readonly secret?: string
  readonly roster?: string
  readonly out: string
  readonly jobs: string
  readonly publicOnly?: boolean
}

function assignmentCommand(): Command {
  const command = new Command('assignment').description('makes assignments')
  command
    .command('new')
    .description('writes an assignment and its secret for a lab')
    .requiredOption('--lab <id>', 'the lab, such as lost-address')
    .option('--id <id>', 'a short name; the lab’s when left out')
    .option('--title <text>', 'what learners read')
    .option('--public-seeds <n>', 'runs a check anybody can repeat', '1')
    .option('--hidden-seeds <n>', 'runs a check with seeds nobody knows', '2')
    .option('--out <file>', 'the assignment file; <id>.glassmq.json when left out')
    .action(async (options: Record<string, string>) => {
      const { newAssignment } = await import('../../labs/grader/new-assignment.ts')
      let made: NewAssignment
      try {
        made = newAssignment({
          lab: options['lab']!,
          id: options['id'],
          title: options['title'],
          publicSeeds: Number(options['publicSeeds']),
          hiddenSeeds: Number(options['hiddenSeeds']),
        })
      } catch (error) {
        throw new SentenceError((error as Error).message)
      }
      const path = options['out'] ?? `${made.id}.glassmq.json`
      const secretPath = path.replace(/(\.glassmq)?\.json$/, '.secret.glassmq.json')
      if (secretPath === path) throw new SentenceError(`--out ${path} must end in .json`)
      for (const each of [path, secretPath])
        if (existsSync(each))
          throw new SentenceError(`${each} is there already: remove it, or name another file with --out`)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, made.assignmentText)
      writeFileSync(secretPath, made.secretText)
      chmodSync(secretPath, 0o600)
      console.log(
        `${path}         give this one to learners\n${secretPath}  keep this one: whoever has it knows the hidden runs`,
      )
    })
  return command
}

function read(path: string, what: string, cure: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const reason = (error as { code?: string }).code === 'ENOENT' ? 'there is no such file' : (error as Error).message
    throw new SentenceError(`${what} ${path} cannot be read: ${reason}${cure === '' ? '' : `; ${cure}`}`)
  }
}

/**
 * Returns a function that shows the progress. On a terminal, the function rewrites one line. Elsewhere, the function prints
 * a line for every ten hand-ins.
 */
function progressLine(): (done: number, of: number, secondsLeft: number) => void {
  return (done, of, secondsLeft) => {
    const text = `graded ${done} of ${of}${done < of ? `, about ${Math.ceil(secondsLeft)} s left` : ''}`
    if (process.stderr.isTTY) process.stderr.write(`\r${text.padEnd(60)}${done === of ? '\n' : ''}`)
    else if (done === of || done % 10 === 0) process.stderr.write(`${text}\n`)
  }
}

function say(summary: GradeSummary, out: string): void {
  const { graded, unjudged, problems, missing } = summary
  const parts = [`${graded} graded`]
  if (unjudged > 0) parts.push(`${unjudged} could not be judged`)
  if (problems.length > 0) parts.push(`${problems.length} to look at`)
  if (missing > 0) parts.push(`${missing} handed in nothing`)
  console.log(parts.join(', '))
  if (summary.runs.known > 0)
    console.log(`${summary.runs.known} of ${summary.runs.known + summary.runs.made} runs were there from before`)
  for (const { path, sentence } of problems.slice(0, 20)) console.log(`  ${path}: ${sentence}`)
  if (problems.length > 20) console.log(`  and ${problems.length - 20} more, in the report`)
  console.log(`report: ${join(out, 'report.html')}   grades: ${join(out, 'grades.csv')}`)
}
