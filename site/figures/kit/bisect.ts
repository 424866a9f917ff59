/** Places in a sorted list. Not d3-array's, which bring half a kilobyte to every page with a pane. */

/** How many of the sorted values are not above `value`. */
export function bisectRight(sorted: readonly number[], value: number): number {
  return place(sorted, (one) => one <= value)
}

/** How many of the sorted values are below `value`. */
export function bisectLeft(sorted: readonly number[], value: number): number {
  return place(sorted, (one) => one < value)
}

function place(sorted: readonly number[], isBefore: (one: number) => boolean): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBefore(sorted[middle]!)) low = middle + 1
    else high = middle
  }
  return low
}
