/**
 * Every named limit of the reference with its value. Many are facts of RocketMQ, and users count on the others, so a value
 * changes only when somebody means it. Write `limits.txt` again:
 * `npx vitest run --config test/vitest.config.ts --project quick test/unit/limits.test.ts --update`.
 */
import { join, relative } from 'node:path'
import { expect, it } from 'vitest'
import { filesBelow } from '../support/files-below.ts'
import { ROOT } from '../support/stages.ts'

/** Maps and sets as JSON has them. */
const plain = (_: string, value: unknown) =>
  value instanceof Map || value instanceof Set ? [...value] : typeof value === 'bigint' ? `${value}n` : value

it('each limit has the value that is written down', async () => {
  const paths = filesBelow(join(ROOT, 'reference')).filter((path) => /(?:^|\/)limits\.ts$/.test(path))
  const lines: string[] = []
  for (const path of paths.toSorted()) {
    const limits: Readonly<Record<string, unknown>> = await import(path)
    lines.push(`# ${relative(ROOT, path)}`, '')
    for (const name of Object.keys(limits).sort())
      if (typeof limits[name] !== 'function') lines.push(`${name} = ${JSON.stringify(limits[name], plain)}`)
    lines.push('')
  }
  await expect(lines.join('\n')).toMatchFileSnapshot('limits.txt')
})
