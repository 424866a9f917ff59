/** What a chapter's README says about the study notes leads somewhere: each row names a chapter and a heading that are there. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { CHAPTERS } from '../../site/lib/chapters.ts'
import { roomText } from '../../site/lib/rooms.ts'

it('each statement of the study notes that a README of a chapter lists has its heading', () => {
  const missing: string[] = []
  let rows = 0
  for (const { folder } of CHAPTERS) {
    const file = `${folder}/README.md`
    if (!existsSync(file)) continue
    for (const [, number, heading] of readFileSync(file, 'utf8').matchAll(/\| (\d+), “([^”]+)” \|$/gm)) {
      rows++
      const room = CHAPTERS.find((one) => one.number === Number(number))
      const page = (room && roomText(room, 'page.mdx')) ?? ''
      if (!page.split('\n').includes(`## ${heading}`)) missing.push(`${file}: chapter ${number} has no “${heading}”`)
    }
  }
  expect(missing).toEqual([])
  expect(rows, 'statements on high availability').toBeGreaterThan(10)
})
