/**
 * An experiment as a figure of a chapter: the reader builds a run in the playground, and a chapter's file shows it.
 *
 * ```ts
 * export const figure = figureFrom(readText('1;namesrv:namesrv;broker:broker-a;…'), { title, question, summary, passages })
 * ```
 *
 * The passages begin at what was done: the text of an act is `You: kill broker-a`, the beginning is `Everybody starts`. A figure holds
 * fewer nodes and events than a playground; `figureFrom` and the kit say so. Changes that an operator types (`updateTopic`, pop) need a
 * console, which a figure does not have: `figure-file.ts` refuses them. It also writes such a file for an author.
 */
import type { Cluster } from '../../reference/host/cluster.ts'
import type { FigureCluster } from '../figures/kit/figure-cluster.ts'
import type { CastMember, FigureSource } from '../figures/kit/types.ts'
import { castAt, type Experiment, type Member, nodesOf } from './experiment/experiment.ts'
import { checkFigure } from './figure-file.ts'
import { Conductor } from './run/conductor.ts'
import { keyOf } from './run/messages.ts'
import { TOPIC } from './run/nodes.ts'

/** What a figure says, beside its run. */
export type FigureWords = Pick<FigureSource, 'title' | 'question' | 'summary' | 'passages'> &
  Partial<Pick<FigureSource, 'records' | 'lengthMs'>>

/** A figure goes on for so long after the last act, or after the moment of the experiment. */
const TAIL_MS = 20_000

/** The figure of an experiment. Throws `ExperimentFault` when it cannot be one. */
export function figureFrom(experiment: Experiment, words: FigureWords): FigureSource {
  const members = castAt(experiment, Number.POSITIVE_INFINITY)
  checkFigure(experiment)
  const lastMs = Math.max(experiment.atMs, ...experiment.acts.map(({ atMs }) => atMs))
  return {
    topic: TOPIC,
    cast: members.flatMap(castOf),
    seed: experiment.seed,
    lengthMs: lastMs + TAIL_MS,
    ...words,
    run: (cluster) => conduct(cluster, experiment),
    send: (cluster, key) => {
      const producer = members.find(({ kind }) => kind === 'producer')?.name ?? ''
      void cluster
        .produce(producer, { topic: TOPIC, key: key || keyOf(producer, 1), body: 'one coffee, please' })
        .catch(() => {})
    },
  }
}

async function conduct(cluster: Cluster, experiment: Experiment): Promise<void> {
  const { driver } = cluster as FigureCluster
  const conductor = new Conductor(cluster as FigureCluster, experiment)
  conductor.begin()
  for (const act of experiment.acts) {
    await cluster.sleep(Math.max(0, act.atMs - cluster.nowMs()))
    // after everything else of that millisecond, as in the playground: both have the same run
    while (driver.nextEventMs() <= cluster.nowMs()) await cluster.sleep(0)
    conductor.act(act)
  }
}

function castOf(member: Member): readonly CastMember[] {
  const queues = Array.from({ length: Number(member.values['queues'] ?? 0) }, (_, i) => `${TOPIC}/${i}`)
  return nodesOf(member).map((name, i): CastMember => {
    switch (member.kind) {
      case 'broker':
        return { name, role: i === 0 ? 'broker' : 'slave', queues }
      case 'group':
        return { name, role: 'consumer', group: member.name }
      default:
        return { name, role: member.kind }
    }
  })
}
