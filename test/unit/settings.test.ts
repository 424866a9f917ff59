/**
 * Every setting of every program: its default, its bounds, and what all settings together come to. `settings.txt` is a list of
 * promises to users, so a number in it changes only when somebody means it. Write it again:
 * `npx vitest run --config test/vitest.config.ts --project quick test/unit/settings.test.ts --update`.
 */
import { expect, it } from 'vitest'
import { brokerConfig } from '../../reference/broker/broker-config.ts'
import { consumerOptions } from '../../reference/client/apps/consumer-options.ts'
import { producerOptions } from '../../reference/client/producer/producer-options.ts'
import { Settings } from '../../reference/common/properties-file.ts'
import { controllerConfig } from '../../reference/controller/controller-config.ts'
import type { Host } from '../../reference/host/host.ts'
import { namesrvConfig } from '../../reference/namesrv/namesrv-config.ts'

const NOWHERE = { name: 'n0', network: { resolve: () => '' } } as unknown as Host

type Given = Readonly<Record<string, string>>

interface Reader {
  readonly program: string
  /** Settings without which others are not read. */
  readonly given: Given
  readonly read: (settings: Settings) => object
}

const READERS: readonly Reader[] = [
  { program: 'namesrv', given: {}, read: (settings) => namesrvConfig(NOWHERE, settings) },
  { program: 'broker', given: {}, read: (settings) => brokerConfig(NOWHERE, settings) },
  {
    program: 'broker under a controller',
    given: { enableControllerMode: 'true', controllerAddr: '10.0.0.9:9878', brokerId: '1' },
    read: (settings) => brokerConfig(NOWHERE, settings),
  },
  {
    program: 'slave that may act as the master',
    given: { brokerRole: 'SLAVE', brokerId: '1', enableSlaveActingMaster: 'true' },
    read: (settings) => brokerConfig(NOWHERE, settings),
  },
  { program: 'controller', given: {}, read: (settings) => controllerConfig(NOWHERE, settings) },
  { program: 'producer', given: { sendMsgMaxTimeoutPerRequest: '7' }, read: producerOptions },
  { program: 'consumer', given: {}, read: (settings) => consumerOptions('billing', settings) },
  {
    program: 'consumer with everything set',
    given: {
      maxReconsumeTimes: '3',
      consumeTimeout: '4',
      consumeThreadMax: '5',
      popInvisibleTime: '6000',
      popBatchNums: '7',
      suspendCurrentQueueTimeMillis: '8',
      glassmqBreakerSlowMs: '9000',
    },
    read: (settings) => consumerOptions('billing', settings),
  },
]

/** A number that a program reads. */
interface Whole {
  readonly name: string
  readonly missing: number
  readonly min: number
  readonly max: number
}

/** Writes down what a program asks for. */
class Asked extends Settings {
  readonly lines = new Map<string, string>()
  readonly numbers: Whole[] = []

  constructor(given: Given) {
    super(new Map(Object.entries(given)), 'this test')
  }

  override text(name: string, missing: string): string {
    this.lines.set(name, `${name} = ${missing}`)
    return super.text(name, missing)
  }

  override whole(name: string, missing: number, min: number, max: number): number {
    this.lines.set(name, `${name} = ${missing}, from ${min} to ${max}`)
    this.numbers.push({ name, missing, min, max })
    return super.whole(name, missing, min, max)
  }

  override flag(name: string, missing: boolean): boolean {
    this.lines.set(name, `${name} = ${missing}`)
    return super.flag(name, missing)
  }

  override oneOf<T extends string>(name: string, missing: T, choices: readonly T[]): T {
    this.lines.set(name, `${name} = ${missing}, one of ${choices.join(', ')}`)
    return super.oneOf(name, missing, choices)
  }
}

/** Maps and sets as JSON has them. */
const plain = (_: string, value: unknown) => (value instanceof Map || value instanceof Set ? [...value] : value)

it('defaults and bounds are those that are written down', async () => {
  const text = READERS.map(({ program, given, read }) => {
    const asked = new Asked(given)
    const config = JSON.stringify(read(asked), plain, 2)
    const head = [program, ...Object.entries(given).map(([name, value]) => `${name}=${value}`)].join(' ')
    return [`# ${head}`, '', ...[...asked.lines.values()].sort(), '', 'comes to', config, ''].join('\n')
  }).join('\n')
  await expect(text).toMatchFileSnapshot('settings.txt')
})

it.each(READERS)('$program: a number beyond its bounds is refused by its name', ({ given, read }) => {
  const asked = new Asked(given)
  read(asked)
  for (const { name, min, max } of asked.numbers)
    for (const beyond of [min - 1, max + 1])
      expect(() => read(new Asked({ ...given, [name]: String(beyond) })), `${name}=${beyond}`).toThrow(
        new RegExp(`${name} is "${beyond}"; it must be a whole number from ${min} to ${max}`),
      )
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
  expect(brokerConfig(NOWHERE, new Settings(new Map([[name, text]]), 'broker.conf'))[name]).toBe(used)
})

it.each([
  ['23', [23]],
  ['00;4', [0, 4]],
  ['24', undefined],
  ['4;', undefined],
] as const)('deleteWhen=%s', (text, hours) => {
  const read = () => brokerConfig(NOWHERE, new Settings(new Map([['deleteWhen', text]]), 'broker.conf')).deleteWhen
  if (hours === undefined) expect(read).toThrow('it must be hours of the day, 00 to 23')
  else expect(read()).toEqual(hours)
})
