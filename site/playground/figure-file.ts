/**
 * An experiment as the file of a chapter's figure, `site/chapters/NN-slug/figures/NAME.ts`: the text that an author saves and goes on
 * to write. Its run is that of the experiment; its passages begin at what was done.
 *
 * Not here: the words of the book. A file says what happened, and the author says what it means.
 */
import { RUN_NODES_MAX } from '../figures/kit/limits.ts'
import { tell } from './experiment/commands.ts'
import { actTitle, castAt, type Experiment, ExperimentFault, nodesOf } from './experiment/experiment.ts'
import { LINK_CHARS_MAX } from './experiment/limits.ts'
import { writeFile, writeText } from './experiment/text.ts'
import { situationOf } from './situations.ts'

/** Passages of one file: an author seldom keeps more. */
const PASSAGES_MAX = 8
/** Columns of the project's files. */
const LINE_CHARS = 120

/** What a figure of a message's way records: the kinds that stage and lanes are drawn of. */
export const FIGURE_RECORDS = [
  'record.appended',
  'message.sent',
  'message.cached',
  'message.consumed',
  'message.delayed',
  'message.due',
  'message.dead',
  'queue.assigned',
  'queue.released',
  'route.registered',
  'route.removed',
  'master.elected',
  'role.taken',
  'log.recovered',
] as const

/** Throws `ExperimentFault` when an experiment cannot be a figure: it has too many nodes, or needs an operator's console. */
export function checkFigure(experiment: Experiment): void {
  const members = castAt(experiment, Number.POSITIVE_INFINITY)
  const nodes = members.flatMap(nodesOf)
  if (nodes.length > RUN_NODES_MAX)
    throw new ExperimentFault(`The experiment has ${nodes.length} nodes; a figure holds at most ${RUN_NODES_MAX}.`)
  const typed = experiment.acts.find(({ does, values }) => does === 'vary' && values?.['queues'] !== undefined)
  const removing = experiment.acts.find(({ does }) => does === 'remove')
  if (removing !== undefined)
    throw new ExperimentFault(`The cast of a figure stays the same: take “${actTitle(removing)}” out.`)
  const popping = members.find(({ values }) => values['mode'] === 'pop')
  if (typed !== undefined || popping !== undefined)
    throw new ExperimentFault(
      `A figure has no operator who types commands: take ${typed === undefined ? `the pop mode of ${popping!.name}` : `“${actTitle(typed)}”`} out.`,
    )
}

/** The text of the file. Throws `ExperimentFault` as `checkFigure` does. */
export function figureFile(experiment: Experiment): string {
  checkFigure(experiment)
  const link = writeText(experiment)
  const isShort = link.length <= LINK_CHARS_MAX
  const title = experiment.title || 'An experiment'
  const passages = [
    ['start', 'Everybody starts', 'Everybody starts'] as const,
    ...experiment.acts.slice(0, PASSAGES_MAX - 1).map((act, i) => {
      const { words } = tell(act, castAt(experiment, act.atMs - 1))
      return [`act-${i + 1}`, words, `You: ${actTitle(act)}`] as const
    }),
  ]
  return [
    `/** ${title}, from the playground. */`,
    "import type { FigureSource } from '#site/figures/kit/types.ts'",
    `import { ${isShort ? 'readText' : 'readFile'} } from '#site/playground/experiment/text.ts'`,
    "import { figureFrom } from '#site/playground/figure.ts'",
    "import { FIGURE_RECORDS } from '#site/playground/figure-file.ts'",
    '',
    'const EXPERIMENT =',
    ...pieces(isShort ? link : writeFile(experiment)),
    '',
    `export const figure: FigureSource = figureFrom(${isShort ? 'readText' : 'readFile'}(EXPERIMENT), {`,
    `  title: ${quoted(title)},`,
    `  question: ${quoted(situationOf(experiment)?.question ?? 'What happens here?')},`,
    `  summary: ${quoted(summaryOf(experiment))},`,
    '  passages: {',
    ...passages.flatMap(([name, says, from]) => [
      `    ${/-/.test(name) ? quoted(name) : name}: { title: ${quoted(says)}, from: ${quoted(from)}, view: 'stage' },`,
    ]),
    '  },',
    '  records: FIGURE_RECORDS,',
    '})',
    '',
  ].join('\n')
}

/** Who takes part and what is done, in one sentence: what a reader without pictures gets. */
function summaryOf({ cast, acts }: Experiment): string {
  const who = cast.map(({ name }) => name).join(', ')
  return `${who} take part${acts.length === 0 ? '' : `; then: ${acts.slice(0, PASSAGES_MAX).map(actTitle).join(', ')}`}.`
}

/** A long text as pieces of code that are put together again. */
function pieces(text: string): string[] {
  const lines: string[] = []
  for (let at = 0; at < text.length; at += LINE_CHARS - 20) lines.push(quoted(text.slice(at, at + LINE_CHARS - 20)))
  return lines.map((line, i) => `  ${line}${i < lines.length - 1 ? ' +' : ''}`)
}

function quoted(text: string): string {
  const plain = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${plain}'`
}
