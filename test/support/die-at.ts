/**
 * Loaded before a program (`node --import`): ends it with SIGKILL at its n-th step on the disk, where n is `GLASSMQ_DIE_AT`. A
 * write that is the n-th leaves half of its bytes. So a program can be ended at every moment that its files can show, on a
 * slow machine as on a fast one.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const STEPS = ['writeFileSync', 'writeSync', 'fsyncSync', 'renameSync', 'mkdirSync', 'rmSync'] as const

let left = Number(process.env['GLASSMQ_DIE_AT'])

for (const name of STEPS) {
  const step = fs[name] as (...args: unknown[]) => unknown
  const counted = (...args: unknown[]) => {
    if (--left > 0) return step.apply(fs, args)
    const [where, what] = args
    if ((name === 'writeFileSync' || name === 'writeSync') && typeof what === 'string')
      step.call(fs, where, what.slice(0, what.length / 2))
    process.kill(process.pid, 'SIGKILL')
    return undefined
  }
  Object.assign(fs, { [name]: counted })
}
syncBuiltinESMExports()
