/** The appendices are made of the source; and every setting has RocketMQ's name and default, but for a list with reasons. */
import { describe, expect, it } from 'vitest'
import { brokerNotFollowed } from '../../../reference/broker/settings-not-followed.ts'
import { namesrvNotFollowed } from '../../../reference/namesrv/settings-not-followed.ts'
import {
  bareCodes,
  brokerNotFollowedRows,
  brokerOptions,
  clientOptions,
  namesrvOptions,
  requestFiles,
  requestRows,
  responseRows,
  rocketmqNames,
} from '../../../site/lib/appendix.ts'

describe('requests', () => {
  it('every number stands once: with its header, or among those without fields', () => {
    const described = new Set(requestRows().map(({ code }) => code))
    for (const [code] of bareCodes()) expect(described.has(code), `${code}`).toBe(false)
    expect(described.size + bareCodes().length).toBeGreaterThan(90)
  })

  it('every file says in words what its requests are', () => {
    for (const { file, about } of requestFiles()) expect(about.length, file).toBeGreaterThan(30)
  })

  it('answers have a number each', () => {
    const codes = responseRows().map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
  })
})

/** Where a default is not RocketMQ's, and why. */
const DIFFERENT: Readonly<Record<string, string>> = {
  // broker
  bindAddress: 'servers listen on their own machine unless told otherwise',
  // clients: the same in another unit, or said in words
  consumeTimeout: 'ms here, minutes there',
  maxReconsumeTimes: '-1 there stands for these numbers',
}

/** Ours alone, with those that begin with `glassmq`. */
const OWN: ReadonlySet<string> = new Set([
  'adminWriteEnable',
  'namesrvAddr',
  'brokerIP1',
  'brokerIP2',
  'brokerName',
  'storePathRootDir',
])

/** Followed, and shown to nobody: they hold secrets, or say who is let in. */
const READ_ELSEWHERE = [
  'aclEnable',
  'authenticationEnabled',
  'initAuthenticationUser',
  'innerClientAuthenticationCredentials',
]

describe('settings', () => {
  it('each say in words what they mean', () => {
    for (const { name, meaning } of [...brokerOptions(), ...namesrvOptions(), ...clientOptions()])
      expect(meaning, `the meaning of ${name}`).toMatch(/^(Lite pull: )?[\p{L}\d`].*\p{L}{3}/u)
  })

  it('of a broker', () => {
    const rows = brokerOptions()
    expect(rows.length).toBeGreaterThan(40)
    for (const { name, value, theirs } of rows) {
      if (OWN.has(name) || name.startsWith('glassmq')) continue
      expect(theirs, `${name} is no setting of RocketMQ`).toBeDefined()
      if (!(name in DIFFERENT)) expect(value, name).toBe(theirs)
    }
  })

  it('every name of RocketMQ is followed, or stands with its reason; none is both, and none is unknown', () => {
    const own = brokerOptions().map(({ name }) => name)
    const followed = new Set([...own, ...READ_ELSEWHERE])
    const { reasons } = brokerNotFollowed
    const names = rocketmqNames('broker')
    expect(names.length).toBeGreaterThan(400)
    expect(names.filter((name) => !followed.has(name) && !reasons.has(name))).toEqual([])
    expect([...reasons.keys()].filter((name) => followed.has(name))).toEqual([])
    expect([...reasons.keys()].filter((name) => !names.includes(name))).toEqual([])
    expect(brokerNotFollowedRows().length).toBe(reasons.size)
  })

  it('the same of a NameServer', () => {
    const rows = namesrvOptions()
    for (const { name, value, theirs } of rows) {
      if (!OWN.has(name) && !(name in DIFFERENT)) expect(value, name).toBe(theirs)
    }
    const followed = rows.map(({ name }) => name).filter((name) => !OWN.has(name))
    const { reasons } = namesrvNotFollowed
    const names = rocketmqNames('namesrv')
    expect(names.filter((name) => !followed.includes(name) && !reasons.has(name))).toEqual([])
    expect([...reasons.keys()].filter((name) => followed.includes(name) || !names.includes(name))).toEqual([])
  })

  it('of clients', () => {
    const rows = clientOptions()
    expect(rows.length).toBeGreaterThan(25)
    const compared = rows.filter(({ name, theirs }) => theirs !== undefined && !(name in DIFFERENT))
    expect(compared.length).toBeGreaterThan(20)
    for (const { name, value, theirs } of compared) expect(value, name).toBe(theirs)
  })
})
