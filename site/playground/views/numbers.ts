/** Numbers and times as the page writes them. */

/** Made once: a formatter for each number takes longer than all else of a counter. */
const WHOLE = new Intl.NumberFormat('en')

/** A count in little room: `1,234`, `12.3 k`. */
export function compact(count: number): string {
  if (count < 10_000) return WHOLE.format(count)
  return count < 1_000_000
    ? `${(count / 1_000).toFixed(count < 100_000 ? 1 : 0)} k`
    : `${(count / 1_000_000).toFixed(1)} M`
}

/** A count with its word: `1 dead letter`, `2 dead letters`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${compact(count)} ${count === 1 ? one : many}`
}

/** A virtual time: `0:07.250` or, without thousandths, `1:02:07`. */
export function clock(ms: number, isExact = false): string {
  const seconds = Math.floor(ms / 1_000)
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60]
  const two = (n: number) => String(n).padStart(2, '0')
  const head = h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
  return isExact ? `${head}.${String(Math.floor(ms % 1_000)).padStart(3, '0')}` : head
}

/** A length of time: `12 ms`, `3.4 s`, `2 min`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`
  return `${(ms / 60_000).toFixed(ms < 600_000 ? 1 : 0)} min`
}
