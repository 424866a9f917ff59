/** What a benchmark gives: figures with their goals, and what to read them with. */

/** One line of the table. */
export interface Figure {
  readonly what: string
  readonly value: string
  /** What the design asks for; '' where it asks for nothing. */
  readonly goal: string
  /** Undefined where there is no goal. */
  readonly met?: boolean
  /** How it was measured, or the other side's figure. */
  readonly note: string
}

export interface Bench {
  readonly name: string
  readonly about: string
  /** Why it cannot run here; '' when it can. */
  missing(): Promise<string>
  /** True for a bench that runs only when it is named. */
  readonly isLong?: boolean
  /**
   * `rounds` is the number of rounds that the user wishes; a bench may have a number of its own. `size` is the size of the class
   * of the grader's bench, such as `20x3`.
   */
  run(
    say: (line: string) => void,
    options?: { readonly rounds?: number | undefined; readonly size?: string | undefined },
  ): Promise<readonly Figure[]>
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** `12,345` or `0.42`: as many digits as mean something. */
export function short(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en')
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
