/**
 * The settings of the three servers: what each is without a word, and from where to where it may be set. The lines of
 * `test/unit/common/settings.txt` are what an operator counts on; a change of one is a change for every `broker.conf` there is.
 */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { brokerConfig } from '../../../reference/broker/broker-config.ts'
import { Settings } from '../../../reference/common/properties-file.ts'
import { controllerConfig } from '../../../reference/controller/controller-config.ts'
import type { Host } from '../../../reference/host/host.ts'
import { namesrvConfig } from '../../../reference/namesrv/namesrv-config.ts'

const ENTRIES: Readonly<Record<string, string>> = {
  controllerDLegerGroup: 'group1',
  controllerDLegerPeers: 'n0-a:9878',
  controllerDLegerSelfId: 'n0',
}

/** Settings that tell how each of them is read. */
class Told extends Settings {
  readonly lines = new Set<string>()

  override whole(name: string, missing: number, min: number, max: number): number {
    this.lines.add(`${name}: ${missing}; ${min} to ${max}`)
    return super.whole(name, missing, min, max)
  }
  override flag(name: string, missing: boolean): boolean {
    this.lines.add(`${name}: ${missing}`)
    return super.flag(name, missing)
  }
  override oneOf<T extends string>(name: string, missing: T, choices: readonly T[]): T {
    this.lines.add(`${name}: ${missing}; ${choices.join(' or ')}`)
    return super.oneOf(name, missing, choices)
  }
  override text(name: string, missing: string): string {
    this.lines.add(`${name}: "${missing}"`)
    return super.text(name, missing)
  }
}

const host = { name: 'broker-a', network: { resolve: () => '127.0.0.1', hostName: 'broker-a' } } as unknown as Host

it.each([
  ['broker', brokerConfig],
  ['namesrv', namesrvConfig],
  ['controller', controllerConfig],
] as const)('%s', (server, read) => {
  const told = new Told(new Map(Object.entries(ENTRIES)), 'nothing')
  read(host, told)
  const expected = readFileSync(new URL('settings.txt', import.meta.url), 'utf8')
  const [, lines = ''] = new RegExp(`^# ${server}\\n((?:(?!#).*\\n)*)`, 'm').exec(expected) ?? []
  expect([...told.lines].toSorted().join('\n')).toBe(lines.trim())
})
