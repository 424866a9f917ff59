/**
 * The settings of the three servers and of the clients: what each is without a word, and from where to where it may be set. The lines of
 * `test/unit/common/settings.txt` are what an operator counts on; a change of one is a change for every `broker.conf` there is.
 */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { brokerConfig } from '../../../reference/broker/broker-config.ts'
import { consumerOptions } from '../../../reference/client/apps/consumer-options.ts'
import { producerOptions } from '../../../reference/client/producer/producer-options.ts'
import { Settings } from '../../../reference/common/properties-file.ts'
import { controllerConfig } from '../../../reference/controller/controller-config.ts'
import type { Host } from '../../../reference/host/host.ts'
import { namesrvConfig } from '../../../reference/namesrv/namesrv-config.ts'

/** Some settings are only asked for when they are set, or when another one is. */
const ENTRIES: Readonly<Record<string, string>> = {
  glassmqBreakerSlowMs: '1',
  maxReconsumeTimes: '1',
  consumeTimeout: '1',
  consumeThreadMax: '1',
  popInvisibleTime: '5000',
  popBatchNums: '1',
  suspendCurrentQueueTimeMillis: '10',
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
  ['consumer', (_: Host, settings: Settings) => consumerOptions('group', settings)],
  ['producer', (_: Host, settings: Settings) => producerOptions(settings)],
] as const)('%s', (server, read) => {
  const told = new Told(new Map(Object.entries(ENTRIES)), 'nothing')
  read(host, told)
  const expected = readFileSync(new URL('settings.txt', import.meta.url), 'utf8')
  const [, lines = ''] = new RegExp(`^# ${server}\\n((?:(?!#).*\\n)*)`, 'm').exec(expected) ?? []
  expect([...told.lines].toSorted().join('\n')).toBe(lines.trim())
})

it.each([
  // the setting, what is written, and what is used: the nearest allowed value
  ['diskMaxUsedSpaceRatio', '0', 10],
  ['diskMaxUsedSpaceRatio', '11', 11],
  ['diskMaxUsedSpaceRatio', '100', 95],
  ['diskSpaceCleanForciblyRatio', '0', 30],
  ['diskSpaceCleanForciblyRatio', '100', 85],
  ['diskSpaceWarningLevelRatio', '0', 35],
  ['diskSpaceWarningLevelRatio', '100', 90],
] as const)('%s=%s is used as %i', (name, text, used) => {
  expect(brokerConfig(host, new Settings(new Map([[name, text]]), 'broker.conf'))[name]).toBe(used)
})

it.each([
  ['23', [23]],
  ['00;4', [0, 4]],
  ['24', undefined],
  ['4;', undefined],
] as const)('deleteWhen=%s', (text, hours) => {
  const read = () => brokerConfig(host, new Settings(new Map([['deleteWhen', text]]), 'broker.conf')).deleteWhen
  if (hours === undefined) expect(read).toThrow('it must be hours of the day, 00 to 23')
  else expect(read()).toEqual(hours)
})
