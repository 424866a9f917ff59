/** `npm test` as who reads only the end of its output sees it: which test failed, and why, stands below everything else. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runIn } from '../support/example-tree.ts'
import { ROOT } from '../support/stages.ts'

/** Runs stages, each a line of JavaScript, in a process of their own; those of `beside` at the same time. */
function runLines(stages: readonly object[], beside: readonly object[] = []) {
  const program = `
    import { runStages } from ${JSON.stringify(join(ROOT, 'test/support/stages.ts'))}
    const line = (stage) => ({ ...stage, command: ['node', '--input-type=module', '-e', stage.line] })
    process.exit(await runStages(${JSON.stringify(stages)}.map(line), ${JSON.stringify(beside)}.map(line)))`
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

it('stages beside others run at the same time, their output comes whole between two others; who is alone waits for them', async () => {
  const waits = `import { existsSync, writeFileSync } from 'node:fs'
    const wait = async (path) => { while (!existsSync(path)) await new Promise((next) => setTimeout(next, 5)) }`
  const [here, there] = [join(ROOT, 'out/stages/here'), join(ROOT, 'out/stages/there')]
  for (const path of [here, there]) rmSync(path, { force: true })
  const meet = (own: string, other: string, word: string) =>
    `${waits}; writeFileSync('${own}', ''); await wait('${other}'); console.log('${word}')`
  const { code, text } = await runLines(
    [
      { name: 'computes', line: meet(here, there, 'computed') },
      { name: 'last', line: `console.log('at last')`, alone: true },
    ],
    [
      { name: 'waits', line: meet(there, here, 'waited') },
      { name: 'fails', line: `console.log('tried'); process.exit(4)` },
      { name: 'lacks', line: '', skip: 'there is none' },
    ],
  )
  expect(code, text).toBe(1)
  expect(text).toMatch(/beside what follows[^\n]*\n\[1\/5\] waits\n\[2\/5\] fails\n\[3\/5\] lacks\n/)
  const middle = text.slice(text.indexOf('computed'), text.indexOf('at last'))
  expect(middle).toMatch(
    /\[1\/5\] waits\nwaited[\s\S]*\[2\/5\] fails\ntried[\s\S]*\[3\/5\] lacks\nskipped: there is none/,
  )
  expect(text).toMatch(/fails +[\d.]+s +FAILED \(exit 4\)/)
  expect(text).toContain('3 passed, 1 failed, 1 skipped')
})
