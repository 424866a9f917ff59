/**
 * The appendices, made of the source: requests and answers by number, settings with their defaults.
 *
 * What a request's file says of itself stands at its head; the fields of its header are its own table. Nothing here is
 * written down a second time, so a page cannot be out of date.
 */
import { brokerConfig } from '../../reference/broker/broker-config.ts'
import { configEntries } from '../../reference/broker/config-update.ts'
import { brokerNotFollowed } from '../../reference/broker/settings-not-followed.ts'
import { Settings } from '../../reference/common/properties-file.ts'
import type { Host } from '../../reference/host/host.ts'
import { namesrvConfig } from '../../reference/namesrv/namesrv-config.ts'
import { RequestCode } from '../../reference/remoting/request-code.ts'
import { RETRIABLE_RESPONSE_CODES, ResponseCode } from '../../reference/remoting/response-code.ts'
import defaults from '../data/rocketmq-defaults.json' with { type: 'json' }

const modules = import.meta.glob('../../reference/remoting/requests/*.ts', { eager: true }) as Record<
  string,
  Record<string, unknown>
>
const texts = import.meta.glob('../../reference/remoting/requests/*.ts', {
  eager: true,
  query: '?raw',
  import: 'default',
}) as Record<string, string>
const configTexts = import.meta.glob('../../reference/broker/**/*{config,authentication}.ts', {
  eager: true,
  query: '?raw',
  import: 'default',
}) as Record<string, string>
const namesrvTexts = import.meta.glob('../../reference/namesrv/namesrv-config.ts', {
  eager: true,
  query: '?raw',
  import: 'default',
}) as Record<string, string>
const clientLimits = import.meta.glob('../../reference/client/limits.ts', {
  eager: true,
  query: '?raw',
  import: 'default',
}) as Record<string, string>

/** One field of a header; `wire` is its name in extFields. */
export interface FieldRow {
  readonly name: string
  readonly wire: string
  readonly type: string
  readonly required: boolean
}

export interface RequestRow {
  readonly code: number
  readonly name: string
  /** Path from the project's root. */
  readonly file: string
  readonly fields: readonly FieldRow[]
}

/** One file of the catalogue: what it says of itself, and its requests. */
export interface RequestFile {
  readonly file: string
  /** The first paragraph of its header. */
  readonly about: string
  readonly requests: readonly RequestRow[]
}

const nameOfCode = new Map<number, string>(Object.entries(RequestCode).map(([name, code]) => [code, name]))

interface Definition {
  readonly code: number
  readonly fields: Readonly<Record<string, string>>
  encode(header: Readonly<Record<string, unknown>>): Readonly<Record<string, string>>
}

const isDefinition = (value: unknown): value is Definition =>
  typeof value === 'object' && value !== null && 'code' in value && 'fields' in value

/** Every request that a file of the catalogue describes, by number. */
export function requestRows(): readonly RequestRow[] {
  const rows = Object.entries(modules).flatMap(([path, exports]) =>
    Object.values(exports)
      .filter(isDefinition)
      .map((definition) => ({
        code: definition.code,
        name: nameOfCode.get(definition.code) ?? String(definition.code),
        file: path.replace('../../', ''),
        fields: Object.entries(definition.fields).map(([name, type]) => ({
          name,
          wire: Object.keys(definition.encode({ [name]: 0 }))[0] ?? name,
          type: type.replace('!', ''),
          required: type.endsWith('!'),
        })),
      })),
  )
  return rows.sort((a, b) => a.code - b.code)
}

/** The numbers that have a name and no header of their own: their requests have no fields. */
export function bareCodes(): readonly (readonly [code: number, name: string])[] {
  const described = new Set(requestRows().map(({ code }) => code))
  return [...nameOfCode].filter(([code]) => !described.has(code)).sort(([a], [b]) => a - b)
}

/** The files of the catalogue, by the smallest number in each. */
export function requestFiles(): readonly RequestFile[] {
  const rows = requestRows()
  return Object.entries(texts)
    .map(([path, text]) => {
      const file = path.replace('../../', '')
      return { file, about: firstParagraph(text), requests: rows.filter((row) => row.file === file) }
    })
    .filter(({ requests }) => requests.length > 0)
    .sort((a, b) => a.requests[0]!.code - b.requests[0]!.code)
}

function firstParagraph(text: string): string {
  const header = /^\/\*\*\n([\s\S]*?)\n \*\//.exec(text)?.[1] ?? ''
  const lines = header.split('\n').map((line) => line.replace(/^ \* ?/, ''))
  const end = lines.findIndex((line) => line === '' || line.startsWith('|'))
  return lines.slice(0, end < 0 ? lines.length : end).join(' ')
}

/** Answers by number; `retriable`: a producer tries another broker. */
export function responseRows(): readonly { code: number; name: string; retriable: boolean }[] {
  return Object.entries(ResponseCode)
    .map(([name, code]) => ({ name, code, retriable: RETRIABLE_RESPONSE_CODES.has(code) }))
    .sort((a, b) => a.code - b.code)
}

/** One setting. `theirs` is RocketMQ's default, undefined where RocketMQ has no such setting or none of its own. */
export interface OptionRow {
  readonly name: string
  readonly value: string
  readonly theirs: string | undefined
  readonly meaning: string
}

/** A node with no name and no network: settings are read without one. */
const NOWHERE = { name: 'broker-a', network: { resolve: () => '' } } as unknown as Host

/** Every setting of a broker with the value it has when nothing is set. */
export function brokerOptions(): readonly OptionRow[] {
  const meanings = new Map<string, string>()
  for (const text of Object.values(configTexts))
    for (const [, name, , meaning] of text.matchAll(/^ \* \| ([A-Za-z0-9]+) +\| ([^|]*)\| ([^|]*)\|$/gm))
      meanings.set(name!, meaning!.trim())
  const theirs: Readonly<Record<string, string>> = { ...defaults.broker, listenPort: '10911' } // BrokerStartup sets it
  return [...configEntries(brokerConfig(NOWHERE, new Settings(new Map(), 'nothing')))]
    .filter(([name]) => meanings.has(name))
    .map(([name, value]) => ({ name, value, theirs: theirs[name], meaning: meanings.get(name)! }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Every setting of a NameServer with the value it has when nothing is set. */
export function namesrvOptions(): readonly OptionRow[] {
  const meanings = new Map<string, string>()
  for (const [, name, , meaning] of Object.values(namesrvTexts)[0]!.matchAll(
    /^ \* \| ([A-Za-z0-9]+) +\| ([^|]*)\|[^|]*\| ([^|]*)\|$/gm,
  ))
    meanings.set(name!, meaning!.trim())
  const theirs: Readonly<Record<string, string>> = { ...defaults.namesrv, listenPort: '9876' } // NamesrvStartup sets it
  const config = namesrvConfig(NOWHERE, new Settings(new Map(), 'nothing'))
  return Object.entries(config)
    .map(([name, value]) => ({ name, value: `${value}`, theirs: theirs[name], meaning: meanings.get(name) ?? '' }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** A setting that RocketMQ has and that has no effect here, with the reason. */
export interface NotFollowedRow {
  readonly name: string
  readonly theirs: string
  readonly reason: string
}

/** Every setting that a broker knows of and does not follow. */
export function brokerNotFollowedRows(): readonly NotFollowedRow[] {
  const theirs: Readonly<Record<string, string>> = { ...defaults['brokerOf4.9.8'], ...defaults.broker }
  return [...brokerNotFollowed.reasons]
    .map(([name, reason]) => ({ name, theirs: theirs[name] ?? '', reason }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Every name of RocketMQ's classes that may stand in a server's file. */
export function rocketmqNames(server: 'broker' | 'namesrv'): readonly string[] {
  return Object.keys(server === 'broker' ? { ...defaults.broker, ...defaults['brokerOf4.9.8'] } : defaults.namesrv)
}

/** Everything of a client that RocketMQ has a name for: the constants of `reference/client/limits.ts`. */
export function clientOptions(): readonly OptionRow[] {
  const text = Object.values(clientLimits)[0]!
  const { DefaultMQProducer, DefaultMQPushConsumer, DefaultLitePullConsumer } = defaults.client as Readonly<
    Record<string, Readonly<Record<string, string>>>
  >
  const known = [DefaultMQProducer, DefaultMQPushConsumer, DefaultLitePullConsumer]
  const rows: OptionRow[] = []
  for (const [, lines, value] of text.matchAll(
    /\/\*\*\s+(?:\* )?((?:(?!\*\/)[\s\S])*?)\s*\*\/\nexport const \w+ = ([^\n]+)/g,
  )) {
    const comment = lines!.replaceAll(/\s*\n \* ?/g, ' ')
    const names = [...comment.matchAll(/`([A-Za-z]+)`/g)].map(([, name]) => name!)
    const isFirst = /^(?:Lite pull: )?`/.test(comment)
    const name = names.find((one, i) => (isFirst && i === 0) || known.some((options) => options?.[one] !== undefined))
    if (name === undefined) continue
    const isLite = comment.startsWith('Lite pull')
    const theirs = isLite
      ? DefaultLitePullConsumer?.[name]
      : (DefaultMQPushConsumer?.[name] ?? DefaultMQProducer?.[name] ?? DefaultLitePullConsumer?.[name])
    const meaning = comment.replaceAll(/\s+/g, ' ').replace(/^(Lite pull: )?`[A-Za-z]+`[:,.]? ?/, '$1')
    rows.push({ name, value: value!.replaceAll(/(?<=\d)_(?=\d)/g, ''), theirs, meaning })
  }
  return rows.sort((a, b) => (a.name < b.name ? -1 : 1))
}
