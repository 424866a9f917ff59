/**
 * Browsers that are not Chromium, behind the few things that a walk through the book needs.
 *
 * Firefox is driven over WebDriver BiDi (puppeteer-core), WebKitGTK over its WebDriver (HTTP). Both come from the system's
 * packages (Debian: `firefox-esr`; `webkit2gtk-driver` and `xvfb`); an engine that is not there is a reason to skip, never a
 * failure. Not here: whatever one engine alone can do.
 */

/** One page in one engine. */
export interface EnginePage {
  /** Opens an address and waits for its `load` event. */
  goto(url: string): Promise<void>
  /** The value of a JavaScript expression in the page: plain data. Rejects with the page's own error. */
  evaluate<T>(expression: string): Promise<T>
  /** A real click in the middle of the first element that matches. Rejects when there is none. */
  click(selector: string): Promise<void>
  /** A key as WebDriver names it: a character, or `ArrowRight`, `End`, `Escape`, `Tab`. */
  press(key: string): Promise<void>
  close(): Promise<void>
}

/** An engine, or the reason why it cannot be used here. */
export interface Engine {
  readonly name: string
  /** '' when it can be used. */
  readonly missing: string
  open(): Promise<EnginePage>
}

/** Longest wait for one thing to appear; guards against a hang. */
const WAIT_MAX_MS = 120_000
const LOOK_EVERY_MS = 100

/** Waits until an expression is true in the page; otherwise throws what was waited for, and what is seen instead. */
export async function until(page: EnginePage, what: string, expression: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < WAIT_MAX_MS; waitedMs += LOOK_EVERY_MS) {
    if (await page.evaluate<boolean>(`Boolean(${expression})`)) return
    await new Promise((done) => setTimeout(done, LOOK_EVERY_MS))
  }
  const seen = await page.evaluate<string>('document.body.innerText.slice(0, 2000)')
  throw new Error(`${what}: not seen within ${WAIT_MAX_MS / 1000} s. The page shows:\n${seen}`)
}
