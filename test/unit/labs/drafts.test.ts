/**
 * Drafts: what was typed is there again, versions are kept before a change, and two tabs do not eat each other's text.
 */
import { describe, expect, it } from 'vitest'
import { Drafts, type FileDraft, MemoryStore, VERSIONS_PER_FILE_MAX } from '../../../labs/runtime/drafts.ts'

const STARTER = new Map([
  ['a.ts', 'start a'],
  ['b.conf', 'start b'],
])

/** Notes what is put, and lets each transaction end only when told. */
class SlowStore extends MemoryStore {
  readonly texts: string[] = []
  release: () => void = () => {}

  override async put(path: string, draft: FileDraft, base: number) {
    this.texts.push(draft.text)
    await new Promise<void>((resolve) => {
      this.release = resolve
    })
    return super.put(path, draft, base)
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('drafts', () => {
  it('give the starter first, and then what was typed, also when opened again', async () => {
    const store = new MemoryStore()
    const drafts = new Drafts(store, STARTER, true)
    expect([...(await drafts.read())]).toEqual([...STARTER])
    await drafts.put('a.ts', 'mine')
    expect((await new Drafts(store, STARTER, true).read()).get('a.ts')).toBe('mine')
    expect((await new Drafts(store, STARTER, true).read()).get('b.conf')).toBe('start b')
  })

  it('say saved only when the transaction is complete, and write the newest text next', async () => {
    const store = new SlowStore()
    const drafts = new Drafts(store, STARTER, true)
    await drafts.read()
    let saved = ''
    for (const text of ['m', 'mi', 'min', 'mine']) void drafts.put('a.ts', text).then(() => (saved += `${text} `))
    await turn()
    expect(store.texts).toEqual(['m'])
    expect(saved).toBe('')
    store.release()
    await turn()
    expect(store.texts).toEqual(['m', 'mine'])
    expect(saved).toBe('m ')
    store.release()
    await turn()
    expect(saved).toBe('m mi min mine ')
  })

  it('keep the other tab’s text as a version when both write', async () => {
    const store = new MemoryStore()
    const here = new Drafts(store, STARTER, true, () => 5)
    const there = new Drafts(store, STARTER, true)
    await here.read()
    await there.read()
    await there.put('a.ts', 'theirs')
    await here.put('a.ts', 'ours')
    expect(await here.versions('a.ts')).toEqual([{ path: 'a.ts', text: 'theirs', atMs: 5, reason: 'another tab' }])
    expect((await here.read()).get('a.ts')).toBe('ours')
  })

  it('keep a version once, and drop the oldest checks before texts from before a change', async () => {
    const drafts = new Drafts(new MemoryStore(), STARTER, true)
    await drafts.keepVersion('a.ts', 'precious', 'before reset')
    await drafts.keepVersion('a.ts', 'precious', 'before solution')
    expect(await drafts.versions('a.ts')).toHaveLength(1)
    for (let i = 0; i < VERSIONS_PER_FILE_MAX + 10; i++) await drafts.keepVersion('a.ts', `check ${i}`, 'check')
    const kept = await drafts.versions('a.ts')
    expect(kept).toHaveLength(VERSIONS_PER_FILE_MAX)
    expect(kept[0]!.text).toBe(`check ${VERSIONS_PER_FILE_MAX + 9}`)
    expect(kept.at(-1)!.text).toBe('precious')
  })

  it('notice that a new edition has another starter', async () => {
    const store = new MemoryStore()
    const old = new Drafts(store, STARTER, true)
    await old.read()
    await old.put('a.ts', 'mine')
    const edition = new Drafts(store, new Map([...STARTER, ['a.ts', 'start a, second edition']]), true)
    expect((await edition.read()).get('a.ts')).toBe('mine')
    expect(edition.withNewStarter).toEqual(['a.ts'])
    expect(new Drafts(store, STARTER, true).withNewStarter).toEqual([])
  })

  it('tell the page when storing fails', async () => {
    const store = new MemoryStore()
    store.put = () => Promise.reject(new Error('quota exceeded'))
    await expect(new Drafts(store, STARTER, true).put('a.ts', 'x')).rejects.toThrow('quota exceeded')
  })
})
