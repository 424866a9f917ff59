/**
 * Where seeds come from: public ones anybody can compute, hidden ones need the instructor's salt.
 *
 * `seed_i = first 16 bytes of HMAC-SHA-256(key, "glassmq-seed/1\n" + assignment + "\n" + learner + "\n" + check + "\n" +
 * slot + "\n" + i)`, where the key of public seeds is the assignment's id. A hidden seed is worth one learner's case: who
 * leaks it helps nobody else. Nothing is hidden but numbers; all code is open.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { encodeUtf8 } from '../../reference/common/utf8.ts'
import { KeyedRandom } from '../../reference/host/sim/random.ts'
import type { Draw } from '../lab.ts'

const SEED_BYTES = 16

export interface SeedOf {
  readonly assignment: string
  /** The roster id, trimmed and lower-cased (ASCII); '' when all learners share the seeds. */
  readonly learner: string
  readonly check: string
  /** 0 unless the instructor drew new seeds. */
  readonly slot: number
  readonly i: number
}

/** One seed as 32 hexadecimal digits. */
export function seedOf(key: Uint8Array, { assignment, learner, check, slot, i }: SeedOf): string {
  const message = encodeUtf8(`glassmq-seed/1\n${assignment}\n${learner}\n${check}\n${slot}\n${i}`)
  return hex(hmac(sha256, key, message).subarray(0, SEED_BYTES))
}

/** The public seeds of a check: the page and the grader compute the same. */
export function publicSeeds(assignment: string, check: string, count: number): readonly string[] {
  const key = encodeUtf8(assignment)
  return Array.from({ length: count }, (_, i) => seedOf(key, { assignment, learner: '', check, slot: 0, i }))
}

/** The seed of the demo of a lab, in its workbench. */
export function demoSeed(lab: string): string {
  return publicSeeds(`practice-${lab}`, 'demo', 1)[0]!
}

/** What the salt's commitment in the public assignment file must be. */
export function saltCommitment(salt: Uint8Array): string {
  return `sha256:${hex(sha256(salt))}`
}

/** SHA-256 of text, as hexadecimal digits. */
export function sha256Hex(text: string): string {
  return hex(sha256(encodeUtf8(text)))
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The number a simulated cluster is built with: the seed's first 52 bits. */
export function clusterSeed(seed: string): number {
  return Number.parseInt(seed.slice(0, 13), 16)
}

/** Draws for a lab's variant. */
export function drawFor(seed: string): Draw {
  const random = new KeyedRandom(clusterSeed(seed))
  return (stream, below) => random.stream(`variant.${stream}`).int(below)
}
