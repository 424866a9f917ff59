/**
 * Repeatable random numbers. Every number is a hash of the seed, the name of the stream and a counter.
 *
 * Each part of a simulation has its own stream. So an additional number in one stream does not change the numbers of other
 * streams. Two runs that differ in one fault are equal up to this fault. After the fault, most streams still return the same
 * numbers, so the two runs can be compared.
 *
 * The code uses only exact arithmetic with integers (`Math.imul`, shifts, xor, remainders), so V8, SpiderMonkey,
 * JavaScriptCore and QuickJS compute the same numbers. The hash is built from the last step of MurmurHash3. A test checks
 * the quality of the numbers. Do not use these numbers for secrets.
 */

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** The last step of MurmurHash3. Each input bit changes about half of the output bits. */
function mix(value: number): number {
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return value ^ (value >>> 16)
}

function hashText(text: string, start: number): number {
  let hash = start
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME)
  return hash
}

/** One stream of random numbers. */
export class RandomStream {
  /** The number of computed hashes. The counter is an input of the hash. */
  #counter = 0
  readonly #low: number
  readonly #high: number

  constructor(seed: number, name: string) {
    const seedLow = seed | 0
    const seedHigh = Math.floor(seed / 0x1_0000_0000) | 0
    this.#low = mix(hashText(name, FNV_OFFSET) ^ seedLow)
    this.#high = mix(hashText(name, mix(seedHigh ^ 0x9e3779b9)) ^ Math.imul(seedLow, 0x27d4eb2f))
  }

  /** Returns a whole number from 0 to `below` - 1. `below` is from 1 to 2^32. Every value is equally likely. */
  int(below: number): number {
    if (!(below >= 1 && below <= 0x1_0000_0000)) throw new RangeError(`a draw below ${below} is not possible`)
    const fair = 0x1_0000_0000 - (0x1_0000_0000 % below)
    for (;;) {
      const count = this.#counter++
      const draw = mix(mix(this.#low ^ Math.imul(count, 0x9e3779b1)) + this.#high + count) >>> 0
      if (draw < fair) return draw % below
    }
  }

  /** Returns a whole number from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + this.int(max - min + 1)
  }
}

/** The streams of one run, by name. */
export class KeyedRandom {
  readonly seed: number
  readonly #streams = new Map<string, RandomStream>()

  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new RangeError(`seed ${seed} is not a whole number from 0 to 2^53 - 1`)
    this.seed = seed
  }

  stream(name: string): RandomStream {
    let stream = this.#streams.get(name)
    if (stream === undefined) {
      stream = new RandomStream(this.seed, name)
      this.#streams.set(name, stream)
    }
    return stream
  }
}
