/** What can be done to a node at a moment, as buttons with keys. */
import { faultIn } from '../../figures/kit/mechanisms/faults.ts'
import type { Act, FAULT_NAMES } from '../experiment/experiment.ts'
import type { Kind } from '../experiment/fields.ts'
import type { NodeState, PlayState } from '../run/state.ts'
import { compact, counted } from '../views/numbers.ts'

/** One button. */
export interface Deed {
  readonly does: (typeof FAULT_NAMES)[number] | 'stop'
  readonly on: string
  readonly label: string
  /** The key that does it while the node is chosen; '' for none. */
  readonly key: string
  /** What it means, for whoever does not know. */
  readonly says: string
}

/** The one name of the button that lets cut parts reach each other again. */
const HEAL_CUT = 'Heal the cut'

/** The button over the stage that heals all that stands between and on the nodes; undefined when nothing does. */
export function healAll({ faults }: PlayState): Deed | undefined {
  const kinds = Object.values(faults).map((text) => faultIn(text)?.kind)
  const healed = kinds.filter((kind) => kind === 'partition' || kind === 'link' || kind === 'disk')
  if (healed.length === 0) return undefined
  const isAll = (one: string) => healed.every((kind) => kind === one)
  const label = isAll('partition') ? HEAL_CUT : isAll('link') ? 'Undo the slow links' : 'Heal network and disks'
  return { does: 'heal', on: '', label, key: '', says: 'All cuts, slow links and disks are as they were.' }
}

/** What can be done to a node. `kind` is that of its member; `unflushed`: messages that it had in memory alone. */
export function deedsFor(name: string, kind: Kind, node: NodeState | undefined, unflushed = 0): readonly Deed[] {
  if (node === undefined || node.state === 'absent') return []
  if (node.state === 'stopped')
    return [{ does: 'restart', on: name, label: 'Start again', key: 'k', says: startWords(kind, node, unflushed) }]
  const deeds: Deed[] = [
    {
      does: 'kill',
      on: name,
      label: 'Kill',
      key: 'k',
      says: 'The process ends at once, as by kill -9. The machine runs on, with what is on its disk and in its memory.',
    },
    node.isCut
      ? { does: 'heal', on: name, label: HEAL_CUT, key: 'c', says: 'What waited goes on its way.' }
      : {
          does: 'cut',
          on: name,
          label: 'Cut off',
          key: 'c',
          says: 'Its network is cut: nothing passes between it and the others. The process runs.',
        },
    node.isFrozen
      ? { does: 'resume', on: name, label: 'Unfreeze', key: 'p', says: 'It goes on, and handles what came meanwhile.' }
      : {
          does: 'pause',
          on: name,
          label: 'Freeze',
          key: 'p',
          says: 'The process stands still, and is not dead: the others wait for its answers.',
        },
    {
      does: 'stop',
      on: name,
      label: 'Shut down',
      key: 'x',
      says: 'It ends in good order: it says goodbye, and writes down what it has in memory.',
    },
  ]
  if (kind === 'broker')
    deeds.push(
      {
        does: 'powercut',
        on: name,
        label: 'Cut power',
        key: 'w',
        says: 'The machine is off at once. What is in memory, and not on its disk, is gone.',
      },
      {
        does: 'slowdisk',
        on: `${name}=200`,
        label: 'Slow disk',
        key: 'd',
        says: 'Every write that must be on the disk takes 200 ms longer.',
      },
      { does: 'fulldisk', on: name, label: 'Full disk', key: 'u', says: 'The disk takes no more bytes, and says so.' },
    )
  deeds.push({
    does: 'clock',
    on: `${name}=60000`,
    label: 'Clock a minute ahead',
    key: 't',
    says: 'Its wall clock jumps a minute ahead.',
  })
  if (node.disk !== '')
    deeds.push({ does: 'heal', on: name, label: 'Heal', key: 'h', says: 'Its disk and its links are as they were.' })
  return deeds
}

/** With what a node starts. */
function startWords(kind: Kind, node: NodeState, unflushed: number): string {
  if (kind !== 'broker') return 'It starts again, as a new process.'
  if (node.how === 'powercut')
    return `It starts with what its disk has${unflushed === 0 ? '' : `: up to ${counted(unflushed, 'message')} may be gone`}.`
  return `It starts with everything${unflushed === 0 ? ' that it has stored' : `: the machine still has the ${compact(unflushed)} in memory`}.`
}

/** What can be done to the link between two nodes. */
export function linkDeeds(from: string, to: string): readonly Deed[] {
  return [
    { does: 'slow', on: `${from}~${to}=200`, label: 'Slow by 200 ms', key: '', says: 'Both directions take longer.' },
    { does: 'hold', on: `${from}~${to}`, label: 'Cut one way', key: '', says: `What ${from} sends ${to} waits.` },
    {
      does: 'drop',
      on: `${from}~${to}`,
      label: 'Break',
      key: '',
      says: 'The connections break once; what is under way is lost.',
    },
  ]
}

/** A button as an act. */
export function actOf({ does, on }: Deed): Omit<Act, 'atMs'> {
  return { does, on }
}
