/**
 * What the inspector offers to do at a moment: to a node, to a frame on its way. A figure may offer less (`acts`), and names the
 * options and folders that its reader knows (`offers`).
 */
import type { ActionName } from './actions.ts'
import type { Scene, SceneFlight, SceneNode } from './scene.ts'
import type { FigureSpec } from './types.ts'

/** One thing that can be done, as a button. */
export interface MenuItem {
  readonly does: ActionName
  readonly on: string
  /** On the button, where its row has said the rest. */
  readonly label: string
  /** The whole of it, for a screen reader. */
  readonly words: string
  /** The key that does it while the node is open; '' for none. */
  readonly key: string
}

/** Buttons that belong together. */
export interface MenuRow {
  /** What stands before the buttons; '' for buttons that say it themselves. */
  readonly label: string
  readonly items: readonly MenuItem[]
}

/** Actions that every figure offers. */
const ALWAYS: ReadonlySet<ActionName> = new Set(['kill', 'restart', 'cut', 'heal', 'send', 'resume'])
const SLOWER_DISK_MS = [20, 200, 2_000]
const SLOWER_LINK_MS = [100, 1_000]
const CLOCK_MS = [60_000, 3_600_000, -60_000]
/** Bytes of a body, where a figure does not name others. */
const SIZES = [1_000, 16_000, 100_000]

/** What can be done in one press, in the list of all nodes. */
export function shortMenu(spec: FigureSpec, scene: Scene, name: string, nextKey: string): readonly MenuItem[] {
  const node = scene.nodes[name]!
  if (node.state === 'absent') return []
  if (node.state === 'stopped') return [item('restart', name, 'Restart', name, 'k')]
  const isProducer = node.role === 'producer' && node.state === 'running'
  return [
    item('kill', name, 'Kill', name, 'k'),
    node.isCut ? item('heal', name, 'Heal', name, 'c') : item('cut', name, 'Cut off', name, 'c'),
    ...(node.isPaused ? [item('resume', name, 'Resume', name, 'p')] : []),
    ...(isProducer ? [item('send', nextKey, `Send ${nextKey}`, '', 's')] : []),
  ].filter(({ does }) => isOffered(spec, does))
}

/** Everything that can be done to a node beyond the short menu, in rows. */
export function longMenu(spec: FigureSpec, scene: Scene, name: string, nextKey: string): readonly MenuRow[] {
  const node = scene.nodes[name]!
  if (node.state === 'absent') return []
  const rows = node.state === 'stopped' ? whileStopped(spec, name) : whileRunning(spec, scene, node, nextKey)
  return rows
    .map(({ label, items }) => ({ label, items: items.filter(({ does }) => isOffered(spec, does)) }))
    .filter(({ items }) => items.length > 0)
}

/** What can be done to a frame that is still on its way. */
export function frameMenu(spec: FigureSpec, { from, to }: SceneFlight): readonly MenuItem[] {
  const link = `${from}~${to}`
  return [
    item('hold', link, 'Let it wait', `what ${from} sends ${to}`, ''),
    item('drop', link, 'Lose it: break the connection', '', ''),
  ].filter(({ does }) => isOffered(spec, does))
}

function whileStopped({ offers }: FigureSpec, name: string): MenuRow[] {
  return [
    {
      label: 'Remove while it is down',
      items: (offers?.folders ?? []).map((folder) => item('remove', `${name}/${folder}`, folder, `of ${name}`, '')),
    },
    optionRow(offers?.options ?? [], name),
  ]
}

function whileRunning({ offers, cast, sendsSizes }: FigureSpec, scene: Scene, node: SceneNode, nextKey: string) {
  const { name, role } = node
  const peers = cast.map((one) => one.name).filter((one) => one !== name && scene.nodes[one]!.state !== 'absent')
  const isTouched = node.disk !== '' || Object.values(scene.links).some(({ from, to }) => from === name || to === name)
  const process = [
    item('powercut', name, 'Power cut', name, 'w'),
    ...(node.isPaused ? [] : [item('pause', name, 'Pause', name, 'p')]),
    ...(isTouched && !node.isCut ? [item('heal', name, 'Heal its disk and links', name, 'h')] : []),
  ]
  const rows: MenuRow[] = [{ label: '', items: process }]
  if (role === 'producer' && sendsSizes === true)
    rows.push({
      label: `Send ${nextKey} with`,
      items: (offers?.sizes ?? SIZES).map((bytes) =>
        item('send', `${nextKey}=${bytes}`, bytes % 1_000 === 0 ? `${bytes / 1_000} KB` : `${bytes} B`, nextKey, ''),
      ),
    })
  if (role === 'broker' || role === 'slave')
    rows.push({
      label: 'Disk',
      items: [
        ...SLOWER_DISK_MS.map((ms) =>
          item('slowdisk', `${name}=${ms}`, `+${msWords(ms)} a sync`, name, ms === 200 ? 'd' : ''),
        ),
        item('fulldisk', name, 'full', name, 'u'),
      ],
    })
  rows.push({
    label: 'Clock',
    items: CLOCK_MS.map((ms, i) =>
      item('clock', `${name}=${ms}`, `${ms < 0 ? '−' : '+'}${msWords(Math.abs(ms))}`, name, i === 0 ? 't' : ''),
    ),
  })
  for (const ms of SLOWER_LINK_MS)
    rows.push({
      label: `Link slower by ${msWords(ms)}`,
      items: peers.map((peer) => item('slow', `${name}~${peer}=${ms}`, peer, `between ${name} and it`, '')),
    })
  rows.push({
    label: 'Let wait what it sends',
    items: peers.map((peer) => item('hold', `${name}~${peer}`, peer, `from ${name}`, '')),
  })
  rows.push({
    label: 'Break its connections with',
    items: peers.map((peer) => item('drop', `${name}~${peer}`, peer, `and ${name}`, '')),
  })
  rows.push(optionRow(offers?.options ?? [], name))
  return rows
}

function optionRow(options: readonly string[], name: string): MenuRow {
  return {
    label: 'From its next start on',
    items: options.map((option) => item('change', `${name}/${option}`, option, `of ${name}`, '')),
  }
}

function isOffered({ acts }: FigureSpec, does: ActionName): boolean {
  return acts === undefined || ALWAYS.has(does) || acts.includes(does)
}

function item(does: ActionName, on: string, label: string, more: string, key: string): MenuItem {
  return { does, on, label, words: `${label} ${more}`.trim(), key }
}

function msWords(ms: number): string {
  if (ms < 1_000) return `${ms} ms`
  if (ms < 60_000) return `${ms / 1_000} s`
  return ms < 3_600_000 ? `${ms / 60_000} min` : `${ms / 3_600_000} h`
}
