import { openSite } from './test/support/browser.ts'
const site = await openSite()
const shots = [
  ['new-master', 1440, 900, 'light', '#new-master', 13000],
  ['first', 1440, 900, 'dark', '#slow-consumer', 9000],
  ['hot', 1280, 720, 'light', '#hot-key', 9000],
  ['phone', 390, 844, 'light', '#new-master', 9500],
  ['phone-dark', 390, 844, 'dark', '#first', 4000],
] as const
for (const [name, width, height, colorScheme, hash, at] of shots) {
  const ctx = await site.browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: 'no-preference', hasTouch: width < 500, isMobile: width < 500 })
  const page = await ctx.newPage()
  page.on('pageerror', e => console.log(name, e.message))
  await page.goto(`${site.origin}/playground/${hash}`)
  await page.locator('.spot').first().waitFor()
  await page.waitForTimeout(2500)
  await page.keyboard.press('Space')
  if (await page.getByRole('button', { name: 'Pause' }).count()) await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByRole('slider', { name: 'Moment of the run' }).fill('3000')
  await page.waitForTimeout(300)
  const to = await page.locator('.scrub input').getAttribute('max')
  console.log(name, to, await page.locator('.ctl.text', { hasText: 'To the end' }).count())
  await page.screenshot({ path: `/tmp/pics/${name}-a.png`, fullPage: width < 500 })
  if (name === 'first') {
    await page.locator('[data-node="billing-1"]').click()
    await page.keyboard.press('k')
    await page.locator('.runs li').nth(1).waitFor()
    await page.getByRole('button', { name: 'Play', exact: true }).click()
    await page.waitForTimeout(1500)
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.waitForTimeout(300)
    await page.screenshot({ path: `/tmp/pics/${name}-ghost.png`, fullPage: true })
  } else {
    await page.locator('.speed select').selectOption('8')
    await page.getByRole('button', { name: 'Play', exact: true }).click()
    await page.waitForTimeout(2500)
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.waitForTimeout(300)
    await page.screenshot({ path: `/tmp/pics/${name}-b.png`, fullPage: true })
  }
  await ctx.close()
}
await site.close()
process.exit(0)
