/**
 * What every `Disk`, `Clock` and `Random` must do.
 */
import { expect } from 'vitest'
import { decodeUtf8, encodeUtf8 } from '../../reference/common/utf8.ts'
import { DiskError } from '../../reference/host/host.ts'
import type { Case } from './network-cases.ts'

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof DiskError) return error.code
    throw error
  }
  return 'no error'
}

export const DISK_CASES: readonly Case[] = [
  {
    title: 'what was written is read back, at any place, across pages',
    async run(bench) {
      const { disk } = await bench.start('a')
      const file = disk.open('store/log')
      expect(disk.sizeBytes('store/log')).toBe(0)
      const bytes = Uint8Array.from({ length: 10_000 }, (_, i) => i & 0xff)
      disk.write(file, 0, bytes)
      disk.write(file, 4_090, encodeUtf8('0123456789'))
      expect(decodeUtf8(disk.read(file, 4_090, 10))).toBe('0123456789')
      expect(disk.read(file, 4_088, 2)).toEqual(bytes.slice(4_088, 4_090))
      expect(disk.read(file, 4_100, 5_900)).toEqual(bytes.slice(4_100))
      expect(disk.sizeBytes('store/log')).toBe(10_000)
    },
  },
  {
    title: 'a read is shorter only at the end of the file',
    async run(bench) {
      const { disk } = await bench.start('a')
      const file = disk.open('f')
      disk.write(file, 0, encodeUtf8('hello'))
      expect(decodeUtf8(disk.read(file, 3, 100))).toBe('lo')
      expect(disk.read(file, 5, 10).length).toBe(0)
      expect(disk.read(file, 500, 10).length).toBe(0)
      expect(disk.read(file, 0, 50_000_000).length).toBe(5)
    },
  },
  {
    title: 'what is read belongs to the reader: changing it changes no file',
    async run(bench) {
      const { disk } = await bench.start('a')
      const file = disk.open('f')
      disk.write(file, 0, encodeUtf8('hello'))
      const read = disk.read(file, 0, 5)
      read.fill(0)
      expect(read.slice(0, 2)).not.toBe(read)
      expect(decodeUtf8(disk.read(file, 0, 5))).toBe('hello')
      const copy = read.slice(0, 2)
      copy[0] = 9
      expect(read[0]).toBe(0)
    },
  },
  {
    title: 'resize cuts off, and grows with zeros that were not there before',
    async run(bench) {
      const { disk } = await bench.start('a')
      const file = disk.open('f')
      disk.write(file, 0, encodeUtf8('hello world'))
      disk.resize(file, 5)
      expect(disk.sizeBytes('f')).toBe(5)
      disk.resize(file, 8_000_000_000)
      expect(disk.sizeBytes('f')).toBe(8_000_000_000)
      expect([...disk.read(file, 3, 6)]).toEqual([0x6c, 0x6f, 0, 0, 0, 0])
      disk.write(file, 7_999_999_999, Uint8Array.of(1))
      expect([...disk.read(file, 7_999_999_998, 10)]).toEqual([0, 1])
    },
  },
  {
    title: 'a write beyond the end leaves zeros between',
    async run(bench) {
      const { disk } = await bench.start('a')
      const file = disk.open('f')
      disk.write(file, 9_000, Uint8Array.of(7))
      expect(disk.sizeBytes('f')).toBe(9_001)
      expect(disk.read(file, 0, 9_000).every((byte) => byte === 0)).toBe(true)
    },
  },
  {
    title: 'lists names sorted by code unit, directories with a slash, a missing directory empty',
    async run(bench) {
      const { disk } = await bench.start('a')
      for (const path of ['b', 'a', 'Z', 'dir/x', 'dir/sub/y', '%RETRY%g/0/000']) disk.close(disk.open(path))
      expect(disk.list('')).toEqual(['%RETRY%g/', 'Z', 'a', 'b', 'dir/'])
      expect(disk.list('dir')).toEqual(['sub/', 'x'])
      expect(disk.list('dir/')).toEqual(['sub/', 'x'])
      expect(disk.list('nowhere')).toEqual([])
      expect(disk.sizeBytes('nowhere/at/all')).toBe(-1)
      expect(disk.sizeBytes('dir')).toBe(-1)
    },
  },
  {
    title: 'rename replaces in one step, and open files follow',
    async run(bench) {
      const { disk } = await bench.start('a')
      const old = disk.open('conf')
      disk.write(old, 0, encodeUtf8('old'))
      const fresh = disk.open('conf.tmp')
      disk.write(fresh, 0, encodeUtf8('fresh'))
      disk.rename('conf.tmp', 'conf')
      expect(disk.list('')).toEqual(['conf'])
      expect(decodeUtf8(disk.read(fresh, 0, 9))).toBe('fresh')
      expect(decodeUtf8(disk.read(old, 0, 9))).toBe('old')
      const again = disk.open('conf')
      expect(decodeUtf8(disk.read(again, 0, 9))).toBe('fresh')
      disk.rename('conf', 'deep/er/conf')
      expect(disk.sizeBytes('deep/er/conf')).toBe(5)
      expect(codeOf(() => disk.rename('missing', 'x'))).toBe('ENOENT')
      expect(codeOf(() => disk.rename('deep', 'x'))).toBe('EINVAL')
    },
  },
  {
    title: 'remove takes files and empty directories; a missing one is no error',
    async run(bench) {
      const { disk } = await bench.start('a')
      const file = disk.open('d/f')
      disk.write(file, 0, Uint8Array.of(1))
      expect(codeOf(() => disk.remove('d'))).toBe('EEXIST')
      disk.remove('d/f')
      expect([...disk.read(file, 0, 5)]).toEqual([1]) // whoever has it open keeps it
      disk.remove('d/f')
      disk.remove('d')
      disk.remove('d')
      expect(disk.list('')).toEqual([])
    },
  },
  {
    title: 'no path leads out of the node directory',
    async run(bench) {
      const { disk } = await bench.start('a')
      for (const path of [
        '../x',
        '/etc/x',
        'a/../../x',
        '',
        'a//b',
        './a',
        'a\u0000b',
        'c:\\x',
        `${'x'.repeat(600)}`,
      ]) {
        expect(
          codeOf(() => disk.open(path)),
          path,
        ).toBe('EINVAL')
        expect(
          codeOf(() => disk.remove(path)),
          path,
        ).toBe('EINVAL')
        expect(
          codeOf(() => disk.rename('a', path)),
          path,
        ).toBe('EINVAL')
      }
      expect(codeOf(() => disk.list('..'))).toBe('EINVAL')
    },
  },
  {
    title: 'a closed file cannot be used, a bad length is refused',
    async run(bench) {
      const { disk } = await bench.start('a')
      const file = disk.open('f')
      expect(codeOf(() => disk.resize(file, -1))).toBe('EINVAL')
      disk.close(file)
      disk.close(file)
      expect(codeOf(() => disk.read(file, 0, 1))).toBe('EINVAL')
      expect(codeOf(() => disk.write(file, 0, Uint8Array.of(1)))).toBe('EINVAL')
    },
  },
  {
    title: 'sync answers later and without error, several at once in any state',
    async run(bench) {
      const { disk } = await bench.start('a')
      const file = disk.open('s/f')
      const told: string[] = []
      disk.write(file, 0, encodeUtf8('one'))
      disk.sync(file, (error) => void told.push(`1${error}`))
      disk.write(file, 3, encodeUtf8('two'))
      disk.sync(file, (error) => void told.push(`2${error}`))
      disk.syncDirectory('s', (error) => void told.push(`d${error}`))
      disk.syncDirectory('', (error) => void told.push(`r${error}`))
      disk.close(file)
      expect(told).toEqual([])
      await bench.until('all are told', () => told.length === 4)
      expect([...told].sort()).toEqual(['1', '2', 'd', 'r'])
    },
  },
  {
    title: 'what was written survives the process, synced or not',
    async run(bench) {
      const { disk } = await bench.start('a')
      const file = disk.open('store/log')
      disk.write(file, 0, encodeUtf8('kept'))
      expect(disk.lock('lock')).toBe(true)
      expect(disk.lock('lock')).toBe(true)
      await bench.kill('a')
      const again = (await bench.start('a')).disk
      expect(again.lock('lock')).toBe(true)
      expect(decodeUtf8(again.read(again.open('store/log'), 0, 9))).toBe('kept')
    },
  },
  {
    title: 'far more files than descriptors can be open',
    async run(bench) {
      const { disk } = await bench.start('a')
      const files = Array.from({ length: 1_500 }, (_, i) => disk.open(`q/${i}`))
      for (const [i, file] of files.entries()) disk.write(file, 0, encodeUtf8(`file ${i}`))
      disk.remove('q/3') // whoever has it open keeps it, however many others are used in between
      disk.rename('q/4', 'q/5')
      disk.write(disk.open('q/3'), 0, encodeUtf8('another'))
      for (const [i, file] of files.entries()) expect(decodeUtf8(disk.read(file, 0, 20))).toBe(`file ${i}`)
      for (const [i, file] of files.entries()) expect(decodeUtf8(disk.read(file, 0, 20))).toBe(`file ${i}`)
    },
  },
  {
    title: 'the share of the disk in use is a share',
    async run(bench) {
      const { disk } = await bench.start('a')
      expect(disk.usedRatio()).toBeGreaterThanOrEqual(0)
      expect(disk.usedRatio()).toBeLessThanOrEqual(1)
      expect(disk.spaceBytes('total')).toBeGreaterThanOrEqual(disk.spaceBytes('free'))
      expect(disk.spaceBytes('free')).toBeGreaterThanOrEqual(0)
    },
  },
]

export const CLOCK_CASES: readonly Case[] = [
  {
    title: 'timers fire once, in order of their time, never early, never from inside the call',
    async run(bench) {
      const { clock } = await bench.start('a')
      const fired: string[] = []
      const startMs = clock.monotonicMs()
      clock.after(40, () => {
        expect(clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(39) // whole milliseconds
        fired.push('40')
      })
      clock.after(5, () => fired.push('5'))
      clock.after(0, () => fired.push('0'))
      expect(fired).toEqual([])
      await bench.until('all fired', () => fired.length === 3)
      expect(fired).toEqual(['0', '5', '40'])
    },
  },
  {
    title: 'a cancelled timer never fires, and cancelling again is harmless',
    async run(bench) {
      const { clock } = await bench.start('a')
      const fired: string[] = []
      const timers = [clock.after(0, () => fired.push('no')), clock.after(3, () => fired.push('no'))]
      expect(timers.every((timer) => timer !== 0)).toBe(true)
      for (const timer of timers) clock.cancel(timer)
      for (const timer of timers) clock.cancel(timer)
      clock.cancel(123_456)
      clock.after(10, () => fired.push('yes'))
      await bench.until('the other fired', () => fired.length > 0)
      expect(fired).toEqual(['yes'])
    },
  },
  {
    title: 'a callback may set and cancel timers',
    async run(bench) {
      const { clock } = await bench.start('a')
      let count = 0
      const other = clock.after(1_000_000, () => void (count = -1_000))
      const again = () => {
        if (++count < 5) clock.after(0, again)
        else clock.cancel(other)
      }
      clock.after(0, again)
      await bench.until('five times', () => count === 5)
    },
  },
  {
    title: 'delays that are none are refused; the far future is not now',
    async run(bench) {
      const { clock } = await bench.start('a')
      expect(() => clock.after(-1, () => {})).toThrow(RangeError)
      expect(() => clock.after(Number.NaN, () => {})).toThrow(RangeError)
      let fired = false
      const far = clock.after(3_000_000_000, () => void (fired = true)) // beyond 2^31 ms
      let isOver = false
      clock.after(10, () => void (isOver = true))
      await bench.until('some time passed', () => isOver)
      expect(fired).toBe(false)
      clock.cancel(far)
    },
  },
  {
    title: 'draws stay in range, and streams do not disturb each other',
    async run(bench) {
      const { random } = await bench.start('a')
      for (let i = 0; i < 200; i++) {
        const draw = random.int('dice', 6)
        expect(Number.isInteger(draw) && draw >= 0 && draw < 6).toBe(true)
      }
      expect(random.int('one', 1)).toBe(0)
      const large = random.int('large', 2 ** 32)
      expect(large >= 0 && large < 2 ** 32).toBe(true)
    },
  },
]
