/**
 * Does to a cluster what an experiment says: it starts the cast, runs the applications, and does each act as an operator or a team
 * would. Whoever owns the cluster lets time pass and says when an act is due.
 */
import { act as doAction } from '../../figures/kit/acting.ts'
import type { ActionName } from '../../figures/kit/actions.ts'
import type { FigureCluster } from '../../figures/kit/figure-cluster.ts'
import type { FigureScenario } from '../../figures/kit/types.ts'
import { type Act, actTitle, type Experiment, type Member, nodesOf } from '../experiment/experiment.ts'
import type { Values } from '../experiment/fields.ts'
import { Applications } from './applications.ts'
import { CONTROLLER_PORT, OPERATOR, operatorSpec, type Surroundings, specsOf, TOPIC } from './nodes.ts'

/** Applications start when the servers are there. */
export const APPLICATIONS_MS = 600
/** The operator waits so long for an answer of a broker that may be starting. */
const OPERATOR_TRIES = 5
const OPERATOR_WAIT_MS = 1_000

/** Fields of a group that its listener reads while it runs; a change of any other is a new start of the members. */
const LISTENER_FIELDS: readonly string[] = ['service', 'fails', 'poison']
/** What `site/figures/kit/acting.ts` of the figure kit does not know. */
const OWN_ACTS: readonly string[] = ['add', 'stop', 'remove', 'vary', 'burst', 'split']

export class Conductor {
  readonly cluster: FigureCluster
  readonly #experiment: Experiment
  readonly #applications: Applications
  readonly #members = new Map<string, Member>()

  constructor(cluster: FigureCluster, experiment: Experiment) {
    this.cluster = cluster
    this.#experiment = experiment
    this.#applications = new Applications(cluster, experiment.seed)
  }

  /** The members that are there now, by name. */
  get members(): ReadonlyMap<string, Member> {
    return this.#members
  }

  /** Starts the cast, at time 0. */
  begin(): void {
    const { cast } = this.#experiment
    this.cluster.step('Everybody starts')
    for (const member of cast) this.#members.set(member.name, member)
    for (const member of cast.filter(isServer)) this.#start(member)
    const later = async () => {
      await this.cluster.sleep(APPLICATIONS_MS)
      for (const member of cast.filter((one) => !isServer(one))) this.#start(this.#members.get(member.name) ?? member)
    }
    void later().catch(() => {})
  }

  /** Does something now. */
  act(act: Act): void {
    const { cluster } = this
    if (!OWN_ACTS.includes(act.does))
      return doAction(cluster, {} as FigureScenario, { ...act, does: act.does as ActionName })
    cluster.step(`You: ${actTitle(act)}`)
    if (act.does === 'add') this.#add({ kind: act.kind!, name: act.on, values: act.values! })
    else if (act.does === 'stop') this.#stop(act.on)
    else if (act.does === 'remove') this.#remove(act.on)
    else if (act.does === 'split') this.#split(act.on.split('+'))
    else if (act.does === 'burst') this.#applications.burst(act.on.split('=')[0]!, Number(act.on.split('=')[1]))
    else this.#vary(act.on, act.values!)
  }

  #start(member: Member): void {
    if (member.kind === 'group' && member.values['mode'] === 'pop') this.#letPop(member.name)
    for (const spec of specsOf(member, this.#around))
      if (!this.cluster.isRunning(spec.name)) void this.cluster.start(spec).catch(() => {})
    this.#applications.run(member)
  }

  #add(member: Member): void {
    this.#members.set(member.name, member)
    this.#start(member)
    if (member.kind !== 'broker') return
    for (const { kind, name, values } of this.#members.values())
      if (kind === 'group' && values['mode'] === 'pop') this.#letPop(name)
  }

  #stop(name: string): void {
    const member = this.#members.get(name)
    for (const node of member === undefined ? [name] : nodesOf(member)) this.#end(node)
    if (member?.kind === 'producer') this.#applications.end(name)
  }

  #remove(name: string): void {
    this.#stop(name)
    this.#members.delete(name)
  }

  #split(nodes: readonly string[]): void {
    const [here, others] = [
      nodes.filter((one) => this.cluster.known.has(one)),
      [...this.cluster.known].filter((one) => !nodes.includes(one)),
    ]
    if (here.length > 0 && others.length > 0)
      this.cluster.begin({ kind: 'partition', between: [here, others], held: 'keep' }, here)
  }

  #end(node: string): void {
    void this.cluster.stop(node).catch(() => {})
  }

  /** What an operator or a team does to give a member these values. */
  #vary(name: string, values: Values): void {
    const before = this.#members.get(name)
    if (before === undefined) return this.cluster.step(`That cannot be done: there is no ${name}`)
    const after: Member = { ...before, values: { ...before.values, ...values } }
    this.#members.set(name, after)
    const changed = Object.keys(values).filter((field) => before.values[field] !== after.values[field])
    if (changed.includes('queues')) this.#updateTopic(name, Number(after.values['queues']))
    const [had, has] = [nodesOf(before), nodesOf(after)]
    for (const node of had.filter((one) => !has.includes(one))) this.#end(node)
    if (before.kind === 'group') {
      const isNewProgram = changed.some((field) => field !== 'members' && !LISTENER_FIELDS.includes(field))
      this.#applications.run(after)
      if (isNewProgram) return this.#deploy(after, has)
    } else if (before.kind === 'producer') {
      const isOther = (before.values['mode'] === 'transaction') !== (after.values['mode'] === 'transaction')
      if (isOther) return this.#deploy(after, has)
      return this.#applications.run(after)
    } else if (changed.some((field) => ['flush', 'copy', 'master'].includes(field))) return this.#deploy(after, has)
    for (const spec of specsOf(after, this.#around).filter((one) => !had.includes(one.name)))
      void this.cluster.start(spec).catch(() => {})
  }

  /** Stops the nodes that run, and starts each with its new arguments when it has ended. */
  #deploy(member: Member, nodes: readonly string[]): void {
    if (member.kind === 'group' && member.values['mode'] === 'pop') this.#letPop(member.name)
    for (const spec of specsOf(member, this.#around).filter(({ name }) => nodes.includes(name))) {
      const begin = () => void this.cluster.start(spec).catch(() => {})
      if (this.cluster.isRunning(spec.name)) void this.cluster.stop(spec.name).then(begin, begin)
      else begin()
    }
    this.#applications.run(member)
  }

  #updateTopic(broker: string, queues: number): void {
    this.#command(['updateTopic', '-b', `${broker}:10911`, '-t', TOPIC, '-r', String(queues), '-w', String(queues)])
  }

  #letPop(group: string): void {
    this.#command(['setConsumeMode', '-c', 'DefaultCluster', '-t', TOPIC, '-g', group, '-m', 'POP', '-q', '0'])
  }

  /** The operator types a command; he types it again while the brokers are not there yet. */
  #command(words: readonly string[]): void {
    const { cluster } = this
    const type = async () => {
      if (!cluster.known.has(OPERATOR)) await cluster.start(operatorSpec(this.#around))
      for (let i = 1; ; i++) {
        try {
          await cluster.admin(OPERATOR, words)
          return
        } catch (error) {
          if (i === OPERATOR_TRIES) throw error
          await cluster.sleep(OPERATOR_WAIT_MS)
        }
      }
    }
    void type().catch((error: Error) => cluster.step(`That cannot be done: ${error.message}`))
  }

  get #around(): Surroundings {
    const namesrvs = [...this.#members.values()].filter(({ kind }) => kind === 'namesrv')
    const controllers = [...this.#members.values()].filter(({ kind }) => kind === 'controller').flatMap(nodesOf)
    return {
      controllerAddr: (controllers.length === 0 ? ['controller-1'] : controllers)
        .map((name) => `${name}:${CONTROLLER_PORT}`)
        .join(';'),
      namesrvAddr: namesrvs.map(({ name }) => `${name}:9876`).join(';') || 'namesrv:9876',
      settings: Object.entries(this.#experiment.settings).map(([name, value]) => `${name}=${value}`),
    }
  }
}

function isServer({ kind }: Member): boolean {
  return kind === 'namesrv' || kind === 'controller' || kind === 'broker'
}
