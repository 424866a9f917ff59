/**
 * What this browser remembers for the reader: place, quiz answers. No account, nothing leaves the machine.
 *
 * Values are JSON objects under `gmq:<key>` in localStorage, read back after each write, so a refused or full storage is
 * noticed at once. What comes back may have been written by an older edition or by hand: callers check its shape.
 */

const PREFIX = 'gmq:'

/** The object kept under a key; undefined if there is none that can be read. */
export function readState(key: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(PREFIX + key) ?? 'null')
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** Keeps an object under a key; false when the browser did not. */
export function writeState(key: string, value: object): boolean {
  try {
    const text = JSON.stringify(value)
    localStorage.setItem(PREFIX + key, text)
    return localStorage.getItem(PREFIX + key) === text
  } catch {
    return false
  }
}
