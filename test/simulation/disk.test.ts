/**
 * What a power cut may do to a simulated disk, and what it may never do.
 */
import { describe, expect, test } from 'vitest'
import { decodeUtf8, encodeUtf8 } from '../../reference/common/utf8.ts'
import type { DiskError } from '../../reference/host/host.ts'
import { SimDisk } from '../../reference/host/sim/disk.ts'
import { PAGE_BYTES, PageFile } from '../../reference/host/sim/page-file.ts'
import { RandomStream } from '../../reference/host/sim/random.ts'
import { withHosts } from '../support/sim-hosts.ts'

const SEEDS = 300

const textOf = (file: PageFile | undefined) =>
  file === undefined ? undefined : decodeUtf8(file.read(0, file.sizeBytes))

function syncAll(disk: SimDisk, path: string, file: PageFile): void {
  file.endSync(file.beginSync(), true)
  disk.endDirectorySync(disk.pendingIn(path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''))
}

/** All outcomes of a power cut over many seeds. */
function outcomes<T>(run: (disk: SimDisk, chance: RandomStream) => T): Set<T> {
  const seen = new Set<T>()
  for (let seed = 0; seed < SEEDS; seed++) seen.add(run(new SimDisk(1e9), new RandomStream(seed, 'power')))
  return seen
}

describe('content', () => {
  test('what was synced, name and content, always survives', () => {
    const seen = outcomes((disk, chance) => {
      const file = disk.openOrMake('d/f')
      disk.write('d/f', file, 0, encodeUtf8('safe'))
      syncAll(disk, 'd/f', file)
      disk.powerCut(chance)
      return textOf(disk.file('d/f'))
    })
    expect([...seen]).toEqual(['safe'])
  })

  test('an unsynced append is found whole, cut at any byte, or not at all; the synced part before it stays', () => {
    const seen = outcomes((disk, chance) => {
      const file = disk.openOrMake('f')
      disk.write('f', file, 0, encodeUtf8('safe'))
      syncAll(disk, 'f', file)
      disk.write('f', file, 4, encodeUtf8('0123456789'))
      disk.powerCut(chance)
      return textOf(disk.file('f'))!.replaceAll('\u0000', '.')
    })
    for (const text of seen) expect(text).toMatch(/^safe/)
    expect(seen.has('safe')).toBe(true)
    expect(seen.has('safe0123456789')).toBe(true)
    expect([...seen].some((text) => /^safe0123\.*$/.test(text))).toBe(true)
    expect(seen.size).toBeGreaterThan(8)
    const lengths = new Set([...seen].map((text) => text.length))
    for (let length = 4; length <= 14; length++) expect(lengths, 'the file may end at any byte of it').toContain(length)
  })

  test('pages are lost in any order: a later one may survive an earlier one', () => {
    const seen = outcomes((disk, chance) => {
      const file = disk.openOrMake('f')
      file.resize(4 * PAGE_BYTES)
      syncAll(disk, 'f', file)
      for (let page = 0; page < 4; page++) disk.write('f', file, page * PAGE_BYTES, new Uint8Array(PAGE_BYTES).fill(1))
      disk.powerCut(chance)
      return [0, 1, 2, 3]
        .map((page) => file.read(page * PAGE_BYTES, PAGE_BYTES).reduce((sum, byte) => sum + byte, 0) / 512)
        .join()
    })
    expect(seen.has('0,0,0,0')).toBe(true)
    expect(seen.has('0,8,0,0')).toBe(true)
    expect(seen.has('8,8,8,8')).toBe(true)
    expect([...seen].some((pages) => /[1-7]/.test(pages))).toBe(true) // torn at a sector
  })

  test('a sync covers what was written before the call, not what came while it ran', () => {
    const seen = outcomes((disk, chance) => {
      const file = disk.openOrMake('f')
      disk.write('f', file, 0, encodeUtf8('before'))
      const snapshot = file.beginSync()
      disk.write('f', file, 0, encodeUtf8('during'))
      file.endSync(snapshot, true)
      disk.endDirectorySync(disk.pendingIn(''))
      disk.powerCut(chance)
      return textOf(disk.file('f'))
    })
    expect(seen.has('before')).toBe(true)
    expect(seen.has('during')).toBe(true)
    for (const text of seen)
      for (let i = 0; i < 6; i++) expect('before'[i] === text![i] || 'during'[i] === text![i]).toBe(true)
  })

  test('after a failed sync another one reports success and saves nothing', () => {
    const seen = outcomes((disk, chance) => {
      const file = disk.openOrMake('f')
      disk.write('f', file, 0, encodeUtf8('old'))
      syncAll(disk, 'f', file)
      disk.write('f', file, 0, encodeUtf8('new'))
      file.endSync(file.beginSync(), false)
      file.endSync(file.beginSync(), true)
      expect(textOf(file)).toBe('new') // as long as the power holds
      disk.powerCut(chance)
      return textOf(disk.file('f'))
    })
    expect([...seen]).toEqual(['old'])
  })

  test('a cut off tail does not come back, unless it was never synced that it is gone', () => {
    const seen = outcomes((disk, chance) => {
      const file = disk.openOrMake('f')
      disk.write('f', file, 0, encodeUtf8('long text'))
      syncAll(disk, 'f', file)
      file.resize(4)
      file.resize(9)
      expect(textOf(file)).toBe('long\u0000\u0000\u0000\u0000\u0000')
      file.endSync(file.beginSync(), true)
      disk.powerCut(chance)
      return textOf(disk.file('f'))
    })
    expect([...seen]).toEqual(['long\u0000\u0000\u0000\u0000\u0000'])
  })

  test('what survived one power cut survives the next', () => {
    outcomes((disk, chance) => {
      const file = disk.openOrMake('f')
      disk.write('f', file, 0, new Uint8Array(20_000).fill(3))
      disk.powerCut(chance)
      const found = textOf(disk.file('f'))
      disk.powerCut(chance)
      expect(textOf(disk.file('f'))).toBe(found)
    })
  })

  test('bytes beyond the end are never found later', () => {
    outcomes((disk, chance) => {
      const file = disk.openOrMake('f')
      file.resize(10)
      syncAll(disk, 'f', file)
      disk.write('f', file, 5, new Uint8Array(9_000).fill(1))
      disk.powerCut(chance)
      const { sizeBytes } = file
      file.resize(sizeBytes + 9_000)
      expect(file.read(sizeBytes, 9_000).every((byte) => byte === 0)).toBe(true)
    })
  })
})

describe('names', () => {
  test('a new name is durable only when its directory was synced', () => {
    const seen = outcomes((disk, chance) => {
      const file = disk.openOrMake('d/f')
      disk.write('d/f', file, 0, encodeUtf8('x'))
      file.endSync(file.beginSync(), true)
      disk.powerCut(chance)
      return textOf(disk.file('d/f'))
    })
    expect(seen).toEqual(new Set([undefined, 'x']))
  })

  test('write, sync, rename, sync the directory: the old content or the new one, never neither', () => {
    for (const steps of [0, 1, 2, 3]) {
      const seen = outcomes((disk, chance) => {
        const old = disk.openOrMake('conf')
        disk.write('conf', old, 0, encodeUtf8('old'))
        syncAll(disk, 'conf', old)
        const fresh = disk.openOrMake('conf.tmp')
        disk.write('conf.tmp', fresh, 0, encodeUtf8('new'))
        if (steps > 0) fresh.endSync(fresh.beginSync(), true)
        if (steps > 1) disk.rename('conf.tmp', 'conf')
        if (steps > 2) disk.endDirectorySync(disk.pendingIn(''))
        disk.powerCut(chance)
        return textOf(disk.file('conf'))
      })
      expect(seen).toEqual(new Set([['old'], ['old'], ['old', 'new'], ['new']][steps]))
    }
  })

  test('renaming before the content is synced may leave a name with nothing in it', () => {
    const seen = outcomes((disk, chance) => {
      const file = disk.openOrMake('conf.tmp')
      disk.write('conf.tmp', file, 0, encodeUtf8('new'))
      disk.rename('conf.tmp', 'conf')
      disk.endDirectorySync(disk.pendingIn(''))
      disk.powerCut(chance)
      return textOf(disk.file('conf'))
    })
    expect(seen.has('')).toBe(true)
    expect(seen.has('new')).toBe(true)
  })

  test('a removed file may come back when the directory was not synced', () => {
    const seen = outcomes((disk, chance) => {
      const file = disk.openOrMake('f')
      disk.write('f', file, 0, encodeUtf8('x'))
      syncAll(disk, 'f', file)
      disk.remove('f')
      expect(disk.file('f')).toBeUndefined()
      disk.powerCut(chance)
      return textOf(disk.file('f'))
    })
    expect(seen).toEqual(new Set([undefined, 'x']))
  })

  test('what was lost is reported by name and bytes', () => {
    let reported = 0
    outcomes((disk, chance) => {
      const file = disk.openOrMake('f')
      disk.write('f', file, 0, new Uint8Array(100).fill(1))
      for (const { path, sizeBytes } of disk.powerCut(chance)) {
        expect(path).toBe('f')
        const left = (disk.file('f')?.read(0, 100) ?? new Uint8Array(0)).reduce((sum, byte) => sum + byte, 0)
        expect(sizeBytes).toBe(100 - left)
        reported++
      }
    })
    expect(reported).toBeGreaterThan(SEEDS / 4)
  })
})

test('a disk has an end', () => {
  const disk = new SimDisk(8 * PAGE_BYTES)
  const file = disk.openOrMake('f')
  disk.resize('f', file, 1e12) // takes no space until written
  expect(disk.usedRatio()).toBe(0)
  for (let page = 0; page < 8; page++) disk.write('f', file, page * 1e9, Uint8Array.of(1))
  expect(disk.usedRatio()).toBe(1)
  expect(() => disk.write('f', file, 9e9, Uint8Array.of(1))).toThrow('ENOSPC')
  disk.write('f', file, 0, Uint8Array.of(2)) // what it has already
  disk.remove('f')
  expect(disk.usedRatio()).toBe(0)
})

test('a disk that holds more than it should is full, not more than full', () => {
  const disk = new SimDisk(8 * PAGE_BYTES)
  disk.put('f', new Uint8Array(6 * PAGE_BYTES).fill(1))
  expect([disk.usedRatio(), disk.spaceBytes('free')]).toEqual([0.75, 2 * PAGE_BYTES])
  disk.put('g', new Uint8Array(6 * PAGE_BYTES).fill(1)) // the operator's hand asks for no space
  expect([disk.usedRatio(), disk.spaceBytes('free'), disk.spaceBytes('total')]).toEqual([1, 0, 8 * PAGE_BYTES])
})

test('random draws are even, repeatable, and independent between streams', () => {
  const counts = new Array<number>(10).fill(0)
  const stream = new RandomStream(42, 'even')
  for (let i = 0; i < 100_000; i++) counts[stream.int(10)]!++
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
  const draws = (seed: number, name: string) => {
    const drawn = new RandomStream(seed, name)
    return Array.from({ length: 50 }, () => drawn.int(2 ** 32)).join()
  }
  expect(draws(1, 'a')).toBe(draws(1, 'a'))
  expect(new Set([draws(1, 'a'), draws(1, 'b'), draws(2, 'a'), draws(2 ** 40 + 1, 'a'), draws(0, 'a')]).size).toBe(5)
})

test('an older sync that ends after a newer one does not undo it', () => {
  const file = new PageFile()
  file.write(0, Uint8Array.of(1))
  const older = file.beginSync()
  file.write(0, Uint8Array.of(2))
  const newer = file.beginSync()
  file.endSync(newer, true)
  file.endSync(older, true)
  file.powerCut(new RandomStream(1, 'power'), undefined)
  expect([...file.read(0, 1)]).toEqual([2])
})

test('a broken disk refuses every call, a full one only what takes space; both work again after the repair', () =>
  withHosts(['n'], async (cluster, [host]) => {
    const { disk } = host!
    const file = disk.open('d/f')
    disk.write(file, 0, Uint8Array.of(1))
    const calls: Readonly<Record<string, () => unknown>> = {
      open: () => disk.open('d/f'),
      make: () => disk.open('d/g'),
      read: () => disk.read(file, 0, 1),
      overwrite: () => disk.write(file, 0, Uint8Array.of(2)),
      append: () => disk.write(file, PAGE_BYTES, Uint8Array.of(2)),
      resize: () => disk.resize(file, 10),
      rename: () => disk.rename('d/f', 'd/h'),
      remove: () => disk.remove('d/h'),
    }
    /** The calls that fail, and each error. */
    const failed = async () => {
      const errors: Record<string, string> = {}
      for (const [name, call] of Object.entries(calls)) {
        try {
          call()
        } catch (error) {
          errors[name] = (error as DiskError).code
        }
      }
      const synced: Record<string, string> = {}
      disk.sync(file, (error) => void (synced.sync = error))
      disk.syncDirectory('d', (error) => void (synced.syncDirectory = error))
      await cluster.sleep(1_000)
      return { ...errors, ...synced }
    }
    const well = { sync: '', syncDirectory: '' }
    const broken = await cluster.inject({ kind: 'disk', node: 'n', fails: 'EIO' })
    const all = Object.fromEntries(Object.keys(calls).map((name) => [name, 'EIO']))
    expect(await failed()).toEqual({ ...all, sync: 'EIO', syncDirectory: 'EIO' })
    await broken.heal()
    const full = await cluster.inject({ kind: 'disk', node: 'n', fails: 'ENOSPC' })
    expect(await failed()).toEqual({ make: 'ENOSPC', append: 'ENOSPC', ...well })
    await full.heal()
    expect(await failed()).toEqual(well)
  }))
