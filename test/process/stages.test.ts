/** `npm test` as who reads only the end of its output sees it: which test failed, and why, stands below everything else. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runIn } from '../support/example-tree.ts'
import { ROOT } from '../support/stages.ts'

/** Runs stages, each a line of JavaScript, in a process of their own. */
function runLines(stages: readonly object[]) {
  const program = `
    import { runStages } from ${JSON.stringify(join(ROOT, 'test/support/stages.ts'))}
    const line = (stage) => ({
      ...stage,
      command: ['node', '--input-type=module', '-e', stage.line],
      ...(stage.beside === undefined ? {} : { beside: line(stage.beside) }),
    })
    process.exit(await runStages(${JSON.stringify(stages)}.map(line)))`
  return runIn(ROOT, 'node', '--input-type=module', '-e', program)
}

const saysLast = (text: string) =>
  `import { sayLast } from ${JSON.stringify(join(ROOT, 'test/support/stages.ts'))}; sayLast(${JSON.stringify(text)});`

it('what failed is said below the output of all stages, with its reason; what passed says nothing more', async () => {
  const { code, text } = await runLines([
    { name: 'first', line: `${saysLast('failed: a test\n    because')} console.log('long output'); process.exit(3)` },
    { name: 'second', line: `console.log('its own output')` },
  ])
  expect(code).toBe(1)
  const end = text.slice(text.indexOf('its own output'))
  expect(end).toMatch(/first:\nfailed: a test\n {4}because/)
  expect(end).toMatch(/first +[\d.]+s +FAILED \(exit 3\)\nsecond +[\d.]+s +passed\n\n1 passed, 1 failed/)
  expect(end).not.toContain('second:')
})

it('a stage beside another one runs at the same time, its output comes whole after the other’s', async () => {
  const waits = `import { existsSync, writeFileSync } from 'node:fs'
    const wait = async (path) => { while (!existsSync(path)) await new Promise((next) => setTimeout(next, 5)) }`
  const [here, there] = [join(ROOT, 'out/stages/here'), join(ROOT, 'out/stages/there')]
  for (const path of [here, there]) rmSync(path, { force: true })
  const meet = (own: string, other: string, word: string) =>
    `${waits}; writeFileSync('${own}', ''); await wait('${other}'); console.log('${word}')`
  const { code, text } = await runLines([
    {
      name: 'computes',
      line: meet(here, there, 'computed'),
      beside: { name: 'waits', line: `${meet(there, here, 'waited')}` },
    },
  ])
  expect(code, text).toBe(0)
  expect(text).toMatch(
    /\[1\/2\] waits: at the same time[\s\S]*\[2\/2\] computes[\s\S]*computed[\s\S]*\[1\/2\] waits\nwaited/,
  )
})
