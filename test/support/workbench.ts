/** What a learner does in the workbench of a lab. */
import type { Page } from 'playwright-core'

/** Moves the mouse over the text, as everybody does who is about to type: then the editor comes. */
export async function openEditor(page: Page): Promise<void> {
  const code = page.locator('.editor-pane .code')
  for (const at of [40, 60]) await code.hover({ position: { x: at, y: at } })
  await page.locator('.editor-pane .cm-content').waitFor()
}

/** Types a whole file in place of what is there, and waits until it is stored. */
export async function typeFile(page: Page, path: string, content: string): Promise<void> {
  await page.locator('.editor-pane [role=tab]', { hasText: path }).click()
  await page.locator('.editor-pane .cm-content').click()
  await page.keyboard.press('Control+a')
  await page.keyboard.press('Delete')
  await page.keyboard.insertText(content)
  await page.locator('.saved', { hasText: /^saved$/ }).waitFor()
}
