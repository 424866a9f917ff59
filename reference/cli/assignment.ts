/**
 * The command for making assignments: `mq assignment new | check | pin | pack`. The code is in `labs/grader/`, and it is
 * loaded only when one of these commands runs.
 */
import { chmodSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Command } from 'commander'
import { collect, inSentence, inWords, progressLine, read, secretOf } from './grader-files.ts'
import { SentenceError } from './sentence-error.ts'

/** Returns the command `mq assignment`. */
export function assignmentCommand(): Command {
  const command = new Command('assignment').description('makes and tries assignments')
  command
    .command('new')
    .description('writes an assignment and its secret for a lab')
    .requiredOption('--lab <id>', 'the lab, such as lost-address')
    .option('--id <id>', 'a short name; the lab’s when left out')
    .option('--title <text>', 'what learners read')
    .option('--public-seeds <n>', 'runs a check anybody can repeat', '1')
    .option('--hidden-seeds <n>', 'runs a check with seeds nobody knows', '3')
    .option('--due <time>', 'when it is due, such as 2026-11-08T23:59:00+01:00')
    .option(
      '--late <percent@time>',
      'what counts later, such as 80@2026-11-15T23:59:00+01:00; may be given again',
      collect,
      [],
    )
    .option('--book <url>', 'where the book is that learners work in, such as https://book.example/; for links to runs')
    .option(
      '--visibility <when>',
      'hidden runs are shown: visible, after_due_date, after_published or hidden',
      'visible',
    )
    .option(
      '--feedback <much>',
      'learners are told: verdict, rationale (what happened) or run (and links)',
      'rationale',
    )
    .option('--attempts <n>', 'so many hand-ins of a learner count, the first ones; all when left out')
    .option(
      '--pick <which>',
      'the hand-in that gives the grade: latest, best or all (the newest, and each is judged)',
      'latest',
    )
    .option(
      '--pin <check=seed>',
      'a seed that every learner gets beside the drawn ones; may be given again',
      collect,
      [],
    )
    .option('--out <file>', 'the assignment file; <id>.glassmq.json when left out')
    .action(async (options: NewOptions) => {
      const { newAssignment } = await import('../../labs/grader/new-assignment.ts')
      const { ATTEMPTS_MAX, FEEDBACKS, PICKS, VISIBILITIES } = await import('../../labs/grader/schema/assignment.ts')
      const { learnerLink } = await import('../../labs/grader/schema/assignment-link.ts')
      const made = inSentence(() =>
        newAssignment({
          lab: options.lab,
          id: options.id,
          title: options.title,
          publicSeeds: Number(options.publicSeeds),
          hiddenSeeds: Number(options.hiddenSeeds),
          due: options.due,
          late: options.late,
          book: options.book,
          visibility: oneOf('--visibility', options.visibility, VISIBILITIES),
          feedback: oneOf('--feedback', options.feedback, FEEDBACKS),
          attempts: options.attempts === undefined ? undefined : attemptsOf(options.attempts, ATTEMPTS_MAX),
          pick: oneOf('--pick', options.pick, PICKS),
          pinned: options.pin,
        }),
      )
      writeAssignment(options.out ?? `${made.id}.glassmq.json`, made)
      console.log(
        options.book === undefined
          ? 'for a link for learners, name the book with --book, or make the assignment in the form of the book, "Assign a lab"'
          : learnerLink(made.assignment),
      )
      if (options.due !== undefined && Date.parse(options.due) < Date.now()) console.log('the due date is in the past')
    })
  command
    .command('check')
    .description('tries an assignment: the solution must pass, the starter must not, each wrong answer must be caught')
    .argument('<file>', 'the assignment')
    .option('--secret <file>', 'its secret; x.secret.glassmq.json beside the assignment when left out')
    .option('--public-only', 'no hidden seeds: no secret needed')
    .action(async (file: string, options: { readonly secret?: string; readonly publicOnly?: boolean }) => {
      const assignmentText = read(file, 'the assignment', 'make one with "assignment new"')
      const secretPath = secretOf(file, options.secret)
      const secretText =
        options.publicOnly === true
          ? undefined
          : read(secretPath, 'the secret', 'name it with --secret, or use --public-only')
      const { checkAssignment } = await import('../../labs/grader/check-assignment.ts')
      const progress = progressLine('run')
      const { faults, lines, runs, fuel } = await checkAssignment(assignmentText, secretText, (done, of) =>
        progress(done, of, 0),
      ).catch(inWords)
      for (const line of lines) console.log(line)
      console.log(`${runs} runs; the solution used ${fuel} units of fuel at most`)
      for (const fault of faults) console.log(`fault: ${fault}`)
      if (faults.length > 0) throw new SentenceError(`the assignment has ${faults.length} faults: see above`)
      console.log('the assignment can be given out')
    })
  command
    .command('pin')
    .description('writes a seed into the secret: every learner gets it, whatever else is drawn')
    .argument('<file>', 'the assignment')
    .requiredOption('--check <id>', 'the check')
    .requiredOption('--seed <digits>', 'the 32 digits of a seed, as the report names them')
    .option('--secret <file>', 'its secret; x.secret.glassmq.json beside the assignment when left out')
    .action(async (file: string, { check, seed, secret }: PinOptions) => {
      const { parseAssignment, pinSeed } = await import('../../labs/grader/schema/assignment.ts')
      const path = secretOf(file, secret)
      const assignmentText = read(file, 'the assignment', 'make one with "assignment new"')
      const text = inSentence(() =>
        pinSeed(read(path, 'the secret', 'name it with --secret'), parseAssignment(assignmentText), check, seed),
      )
      replaceSecret(path, text)
      console.log(`${path}: ${check} is run on the seed ${seed} too, for every learner`)
    })
  command
    .command('pack')
    .description('writes what a platform is set up with: gradescope, prairielearn, autolab or classroom50')
    .argument('<platform>', 'the platform')
    .argument('<file>', 'the assignment')
    .option('--secret <file>', 'its secret; x.secret.glassmq.json beside the assignment when left out')
    .option('--public-only', 'no hidden runs: no secret goes into the pack')
    .option('--out <zip>', 'the pack; <platform>.zip when left out')
    .action(async (platform: string, file: string, options: PackOptions) => {
      const { packAssignment } = await import('../../labs/grader/pack/pack.ts')
      const { packPlatform } = await import('../../labs/grader/pack/platforms.ts')
      const { keepsSecret } = inSentence(() => packPlatform(platform))
      const assignmentText = read(file, 'the assignment', 'make one with "assignment new"')
      const isPublic = options.publicOnly === true || (!keepsSecret && options.secret === undefined)
      const secretText = isPublic
        ? undefined
        : read(secretOf(file, options.secret), 'the secret', 'name it with --secret, or use --public-only')
      const { zip, next } = inSentence(() => packAssignment(platform, assignmentText, secretText))
      const out = options.out ?? `${platform}.zip`
      if (existsSync(out))
        throw new SentenceError(`${out} is there already: remove it, or name another file with --out`)
      writeFileSync(out, zip, secretText === undefined ? {} : { mode: 0o600 })
      const holds = secretText === undefined ? 'public runs only' : 'it holds the secret: give it to the platform alone'
      console.log(`${out}  ${Math.ceil(zip.length / 1024)} KiB; ${holds}\nnext: ${next}`)
    })
  return command
}

function oneOf<T extends string>(option: string, given: string, words: readonly T[]): T {
  const found = words.find((word) => word === given)
  if (found === undefined) throw new SentenceError(`${option} is "${given}"; write ${words.join(', ')}`)
  return found
}

function attemptsOf(given: string, max: number): number {
  const number = Number(given)
  if (Number.isInteger(number) && number >= 1 && number <= max) return number
  throw new SentenceError(`--attempts is "${given}"; write a whole number from 1 to ${max}`)
}

interface PackOptions {
  readonly secret?: string
  readonly publicOnly?: boolean
  readonly out?: string
}

interface PinOptions {
  readonly check: string
  readonly seed: string
  readonly secret?: string
}

/**
 * Writes the new secret to another file, and then renames this file. So an incomplete secret never replaces the old secret.
 */
function replaceSecret(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

interface NewOptions {
  readonly lab: string
  readonly id?: string
  readonly title?: string
  readonly publicSeeds: string
  readonly hiddenSeeds: string
  readonly due?: string
  readonly late: readonly string[]
  readonly book?: string
  readonly visibility: string
  readonly feedback: string
  readonly attempts?: string
  readonly pick: string
  readonly pin: readonly string[]
  readonly out?: string
}

function writeAssignment(path: string, made: { readonly assignmentText: string; readonly secretText: string }): void {
  const secretPath = secretOf(path, undefined)
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
}
