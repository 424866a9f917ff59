/**
 * WebKitGTK over the WebDriver protocol of its own driver (W3C WebDriver, HTTP).
 *
 * Its window needs a display: one is made by `Xvfb` when none is there.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Engine, EnginePage } from './engine.ts'

const DRIVER = '/usr/bin/WebKitWebDriver'
const XVFB = '/usr/bin/Xvfb'
const BROWSER = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser'
/** The key under which WebDriver returns an element. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'
/** WebDriver's code points for keys without a character. */
const KEYS: { readonly [name: string]: string } = {
  ArrowRight: '\uE014',
  ArrowLeft: '\uE012',
  End: '\uE010',
  Home: '\uE011',
  Escape: '\uE00C',
  Tab: '\uE004',
  Enter: '\uE007',
}

export const webkit: Engine = {
  name: 'WebKitGTK',
  missing: [DRIVER, BROWSER, XVFB].every((file) => existsSync(file))
    ? ''
    : 'no WebKitGTK driver found: install one (Debian: webkit2gtk-driver, libwebkit2gtk-4.1-0, xvfb)',
  open,
}

async function open(): Promise<EnginePage> {
  const children: ChildProcess[] = []
  const end = (): void => {
    for (const child of children.reverse()) child.kill('SIGKILL')
  }
  try {
    const display = `:${90 + (process.pid % 900)}`
    children.push(spawn(XVFB, [display, '-screen', '0', '1440x1000x24'], { stdio: 'ignore' }))
    const port = await freePort()
    const environment = {
      ...process.env,
      DISPLAY: display,
      WEBKIT_DISABLE_COMPOSITING_MODE: '1',
      LIBGL_ALWAYS_SOFTWARE: '1',
    }
    children.push(spawn(DRIVER, [`--port=${port}`], { stdio: 'ignore', env: environment }))
    const driver = `http://127.0.0.1:${port}`
    await answers(driver)
    const capabilities = {
      alwaysMatch: { 'webkitgtk:browserOptions': { binary: BROWSER, args: ['--automation'] } },
    }
    const { sessionId } = await ask<{ sessionId: string }>(`${driver}/session`, { capabilities })
    return sessionPage(`${driver}/session/${sessionId}`, end)
  } catch (error) {
    end()
    throw error
  }
}

function sessionPage(session: string, end: () => void): EnginePage {
  return {
    async goto(url) {
      await ask(`${session}/url`, { url })
    },
    evaluate: <T>(expression: string) =>
      ask<T>(`${session}/execute/sync`, { script: `return (${expression})`, args: [] }),
    async click(selector) {
      const found = await ask<{ [ELEMENT]: string }>(`${session}/element`, { using: 'css selector', value: selector })
      await ask(`${session}/element/${found[ELEMENT]}/click`, {})
    },
    async press(key) {
      const value = KEYS[key] ?? key
      const actions = [
        { type: 'keyDown', value },
        { type: 'keyUp', value },
      ]
      await ask(`${session}/actions`, { actions: [{ type: 'key', id: 'keyboard', actions }] })
    },
    async close() {
      await fetch(session, { method: 'DELETE' }).catch(() => undefined)
      end()
    },
  }
}

/** One command of WebDriver. Rejects with the driver's sentence. */
async function ask<T>(url: string, body: unknown): Promise<T> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  const { value } = (await response.json()) as { value: unknown }
  if (response.ok) return value as T
  const { error, message } = value as { error: string; message: string }
  throw new Error(`WebKitWebDriver: ${error}: ${message}`)
}

async function answers(driver: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const ready = await fetch(`${driver}/status`).then(
      (response) => response.ok,
      () => false,
    )
    if (ready) return
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error(`WebKitWebDriver did not answer at ${driver}`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((done, fail) => {
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
