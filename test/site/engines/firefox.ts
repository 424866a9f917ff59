/** Firefox over WebDriver BiDi. */
import { existsSync } from 'node:fs'
import puppeteer, { type KeyInput } from 'puppeteer-core'
import type { Engine, EnginePage } from './engine.ts'

const PLACES = ['/usr/bin/firefox-esr', '/usr/bin/firefox', '/Applications/Firefox.app/Contents/MacOS/firefox']
const path = process.env['FIREFOX'] ?? PLACES.find((place) => existsSync(place)) ?? ''

export const firefox: Engine = {
  name: 'Firefox',
  missing: existsSync(path) ? '' : 'no Firefox found: install one (Debian: firefox-esr), or name it in FIREFOX',
  open,
}

async function open(): Promise<EnginePage> {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: path,
    headless: true,
    defaultViewport: { width: 1440, height: 900 },
  })
  const page = await browser.newPage()
  return {
    async goto(url) {
      await page.goto(url, { waitUntil: 'load' })
    },
    evaluate: <T>(expression: string) => page.evaluate(expression) as Promise<T>,
    click: (selector) => page.click(selector),
    press: (key) => page.keyboard.press(key as KeyInput),
    close: () => browser.close(),
  }
}
