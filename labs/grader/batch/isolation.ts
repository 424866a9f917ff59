/**
 * The fence around a judging process: bubblewrap where it is installed and works, and Node's permission model in any case.
 *
 * Inside of bubblewrap a process has no network, sees no other process, and of the disk only Node, system libraries and this
 * project, none of which it can write. Where bubblewrap is missing, or the system forbids it, the permission model, an empty
 * environment and QuickJS remain. What was used is said in `run.json`.
 */
import { spawnSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { dirname } from 'node:path'

export const ISOLATE = ['auto', 'bwrap', 'none'] as const
export type Isolate = (typeof ISOLATE)[number]

/** The user of judging processes, where the grader itself is root. */
export interface ChildUser {
  readonly uid: number
  readonly gid: number
}

export interface Isolation {
  /** Program and arguments that run the given ones behind the fence. */
  wrap(program: string, args: readonly string[]): readonly [program: string, args: readonly string[]]
  /** One sentence for the record of a grading. */
  readonly words: string
  readonly user?: ChildUser | undefined
}

const PLAIN: Isolation['wrap'] = (program, args) => [program, args]
/** Without bubblewrap, because nothing was said. */
export const NO_BWRAP: Isolation = { wrap: PLAIN, words: 'without bubblewrap: it was not asked for' }

const TRIAL_MS = 5_000
/** Folders with the libraries that Node needs. Those that do not exist are left out. */
const SYSTEM = ['/usr', '/lib', '/lib64', '/etc/ld.so.cache'] as const

/** What the wish comes to on this machine. Throws an Error of one sentence when bubblewrap is wanted and does not work. */
export function isolationOf(wish: Isolate, root: string, user?: ChildUser): Isolation {
  if (wish === 'none') return { wrap: PLAIN, words: 'without bubblewrap: --isolate none', user }
  const wrap: Isolation['wrap'] = (program, args) => ['bwrap', [...fence(program, root), program, ...args]]
  const [program, args] = wrap(process.execPath, ['--version'])
  const trial = spawnSync(program, [...args], {
    ...user,

    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    timeout: TRIAL_MS,
    encoding: 'utf8',
  })
  if (trial.status === 0)
    return {
      wrap,
      words: 'inside bubblewrap: no network, nothing writable, of the disk only Node and this project',
      user,
    }
  const why =
    (trial.error as { code?: string } | undefined)?.code === 'ENOENT'
      ? 'bwrap is not installed'
      : `bwrap does not work here: ${(trial.error?.message ?? trial.stderr).trim().split('\n')[0]}`
  if (wish === 'bwrap') throw new Error(`--isolate bwrap: ${why}; install bubblewrap, or use --isolate auto`)
  return { wrap: PLAIN, words: `without bubblewrap: ${why}`, user }
}

function fence(program: string, root: string): readonly string[] {
  const binds = [...SYSTEM, dirname(realpathSync(program)), root].flatMap((path) => ['--ro-bind-try', path, path])
  return [
    ...['--unshare-all', '--die-with-parent', '--new-session', '--clearenv', '--cap-drop', 'ALL'],
    ...binds,
    ...['--proc', '/proc', '--dev', '/dev', '--remount-ro', '/', '--chdir', root],
  ]
}
