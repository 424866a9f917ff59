/** Mistakes in what operators ask for: by the campaign that must notice. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of source code
import type { Mutant } from './mutants.ts'

const OFFSETS = 'reference/broker/consumer-offset-manager.ts'
const LOOP = 'reference/client/consumer/pull/pull-loop.ts'

/** Found by the campaign `operator`. */
export const OPERATOR_MUTANTS: readonly Mutant[] = [
  {
    name: 'a reset is stored, and no pull is told of it',
    file: OFFSETS,
    find: 'queuesOf(this.#resets, `${topic}@${group}`).set(String(queueId), offset)',
    replace: '',
  },
  {
    name: 'after a reset that was told, commits are still ignored',
    file: OFFSETS,
    find: 'if (this.#resets.get(key)?.has(String(queueId))) return false',
    replace: 'this.#wasReset ||= this.#resets.has(key)\n    if (this.#wasReset) return false',
    also: [
      {
        file: OFFSETS,
        find: '  #resets: OffsetTable = new Map()',
        replace: '  #resets: OffsetTable = new Map()\n  #wasReset = false',
      },
    ],
  },
  {
    name: 'what is in hand goes on after the offset has moved',
    file: LOOP,
    find: 'if (hasMoved && !isLite) this.processQueue.clear()',
    replace: '',
  },
  {
    name: 'an offset that has moved back is not the next one',
    file: LOOP,
    find: 'this.#nextOffset = nextBeginOffset',
    replace: 'this.#nextOffset = Math.max(this.#nextOffset, nextBeginOffset)',
  },
  {
    name: 'the offset that has moved is only taken when it is higher',
    file: LOOP,
    find: 'this.#owner.offsets.update(this.queue, nextBeginOffset, !hasMoved)',
    replace: 'this.#owner.offsets.update(this.queue, nextBeginOffset, true)',
  },
]
