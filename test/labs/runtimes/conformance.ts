/**
 * What every runtime must do with the first lab, as a learner would notice it. One suite for `page`, `webcontainer`, `node`.
 *
 * A case is a plain function that throws an Error with a sentence, so it also runs inside a page. Nothing of Node's here.
 */
import type { Lab } from '../../../labs/lab.ts'
import type { LabEvent, LabNodeState, LabRuntime } from '../../../labs/runtime/runtime.ts'
import { namesOf } from '../../support/lost-address.ts'

/** A started runtime, and answers to its lab. */
export interface Given {
  readonly runtime: LabRuntime
  readonly lab: Lab
  readonly starter: ReadonlyMap<string, string>
  readonly solution: ReadonlyMap<string, string>
}

export interface ConformanceCase {
  readonly title: string
  run(given: Given): Promise<void>
}

/** Any seed will do. */
export const SEED = '0123456789abcdef0123456789abcdef'

const MODULE = 'advertised-address.ts'
const { a: A, b: B, topic: TOPIC, oldAddress: OLD } = namesOf(SEED)
const BOTH = [A.brokerName, B.brokerName].sort().join(' ')

/** In this order, on one runtime: later ones use the demo of earlier ones. */
export const CONFORMANCE: readonly ConformanceCase[] = [
  { title: 'the starter fails a check, and the sentence says what happened', run: starterFails },
  { title: 'a file that does not compile is told with its line, and fails its checks', run: doesNotCompile },
  { title: 'the demo runs its story: nodes, events, answers of the console', run: demoRuns },
  { title: 'a message can be sent to the demo', run: sends },
  { title: 'a killed broker is gone for the console, and back after a restart', run: killAndRestart },
  { title: 'a broker that lost its power comes back', run: powerCut },
  { title: 'a broker that is cut off does not answer until the cut is healed', run: cutAndHeal },
  { title: 'a check does not disturb the demo', run: checkBesideDemo },
  { title: 'the solution passes the first and the last check', run: solutionPasses },
]

async function starterFails({ runtime, starter }: Given): Promise<void> {
  const { errors } = await runtime.load(starter)
  equal(errors.length, 0, 'compile errors of the starter')
  const { result, events } = await runtime.check('route.reachable', SEED)
  equal(result.verdict, 'failed', `verdict (${result.sentence})`)
  equal(result.reason, 'promise', 'reason')
  matches(
    result.sentence,
    new RegExp(`^${B.brokerName} is registered at ${OLD.replaceAll('.', '[.]')}:\\d+, where nobody answers$`),
  )
  isTrue(
    events.some(({ kind }) => kind === 'node.started'),
    'the events of the check show nodes that start',
  )
}

async function doesNotCompile({ runtime, starter }: Given): Promise<void> {
  const { errors } = await runtime.load(new Map([...starter, [MODULE, 'const a = 1\nexport function (']]))
  equal(errors.length, 1, 'compile errors')
  equal(errors[0]!.path, MODULE, 'path')
  equal(errors[0]!.line, 2, 'line')
  const { result } = await runtime.check('route.reachable', SEED)
  equal(result.reason, 'does-not-load', 'reason')
}

async function demoRuns({ runtime, solution }: Given): Promise<void> {
  const heard: LabEvent[] = []
  const stop = runtime.subscribe((event) => heard.push(event))
  await runtime.load(solution)
  await runtime.demo(SEED)
  stop()
  equal(states(runtime), `namesrv ${A.machine} ${B.machine} admin shop billing`, 'nodes that run', 'running')
  isTrue(runtime.nowMs() > 1_000, 'time has passed')
  const kinds = new Set(heard.flatMap((event) => (event.kind === 'events' ? event.events : [])).map(({ kind }) => kind))
  for (const kind of ['node.started', 'broker.registered', 'record.appended', 'script.step'] as const)
    isTrue(kinds.has(kind), `the demo tells ${kind}`)
  equal(await reachable(runtime), BOTH, 'brokers that answer')
}

async function sends({ runtime }: Given): Promise<void> {
  const list = await runtime.act({ do: 'admin', command: ['topicList'] })
  matches(list, new RegExp(`^${TOPIC}\\s*$`, 'm'))
  const said = await runtime.act({ do: 'send', node: 'shop', topic: TOPIC, key: 'extra-1', body: 'one – more' })
  matches(said, /SEND_OK/)
}

async function killAndRestart({ runtime }: Given): Promise<void> {
  await runtime.act({ do: 'kill', node: A.machine })
  const killed = nodeOf(runtime, A.machine)
  equal(killed.state, 'ended', 'state after the kill')
  equal(killed.exit?.how, 'killed', 'how it ended')
  equal(await reachable(runtime), B.brokerName, 'brokers that answer after the kill')
  await runtime.act({ do: 'restart', node: A.machine })
  equal(nodeOf(runtime, A.machine).state, 'running', 'state after the restart')
  equal(await reachable(runtime), BOTH, 'brokers that answer after the restart')
}

async function powerCut({ runtime }: Given): Promise<void> {
  await runtime.act({ do: 'powercut', node: B.machine })
  equal(nodeOf(runtime, B.machine).exit?.how, 'powercut', 'how it ended')
  await runtime.act({ do: 'restart', node: B.machine })
  equal(await reachable(runtime), BOTH, 'brokers that answer after the restart')
}

async function cutAndHeal({ runtime }: Given): Promise<void> {
  await runtime.act({ do: 'cut', node: A.machine })
  equal(await reachable(runtime), B.brokerName, 'brokers that answer while one is cut off')
  await runtime.act({ do: 'heal' })
  equal(await reachable(runtime), BOTH, 'brokers that answer after the cut was healed')
}

async function checkBesideDemo({ runtime }: Given): Promise<void> {
  const before = states(runtime)
  const { result } = await runtime.check('route.reachable', SEED)
  equal(result.verdict, 'passed', `verdict (${result.sentence})`)
  equal(states(runtime), before, 'nodes of the demo')
  equal(await reachable(runtime), BOTH, 'brokers that answer')
}

async function solutionPasses({ runtime, lab, solution }: Given): Promise<void> {
  await runtime.load(solution)
  // all of them, in real processes, are run once: in the workbench over a WebContainer
  for (const { id } of [lab.checks[0]!, lab.checks.at(-1)!]) {
    const { result } = await runtime.check(id, SEED)
    equal(result.verdict, 'passed', `${id}: ${result.sentence}`)
  }
}

/** Brokers whose last column of `clusterList` says that they answer; asked again for a while, as a person would. */
async function reachable(runtime: LabRuntime): Promise<string> {
  const printed = await runtime.act({ do: 'admin', command: ['clusterList'] })
  const rows = printed
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s{2,}/))
  return rows
    .filter((cells) => cells.at(-1) === 'true')
    .map((cells) => cells[1])
    .sort()
    .join(' ')
}

function states(runtime: LabRuntime): string {
  return runtime.nodes
    .filter(({ state }) => state === 'running')
    .map(({ name }) => name)
    .join(' ')
}

function nodeOf(runtime: LabRuntime, name: string): LabNodeState {
  const node = runtime.nodes.find((one) => one.name === name)
  if (node === undefined) throw new Error(`there is no node ${name}`)
  return node
}

function equal<T>(got: T, expected: T, what: string, ...more: readonly string[]): void {
  if (got !== expected)
    throw new Error(`${[what, ...more].join(', ')}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`)
}

function matches(got: string, expected: RegExp): void {
  if (!expected.test(got)) throw new Error(`expected ${expected}, got ${JSON.stringify(got)}`)
}

function isTrue(holds: boolean, what: string): void {
  if (!holds) throw new Error(`it does not hold that ${what}`)
}
