/** The appendices are made of the source; and every setting has RocketMQ's name and default, but for a list with reasons. */
import { describe, expect, it } from 'vitest'
import {
  bareCodes,
  brokerOptions,
  clientOptions,
  requestFiles,
  requestRows,
  responseRows,
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
  listenPort: 'RocketMQ sets 10911 when it starts, its class says 0',
  // clients: the same in another unit, or said in words
  consumeTimeout: 'ms here, minutes there',
  maxReconsumeTimes: '-1 there stands for these numbers',
}

/** Ours alone, with those that begin with `glassmq`. */
const OWN: ReadonlySet<string> = new Set([
  'adminWriteEnable',
  'namesrvAddr',
  'brokerIP1',
  'brokerName',
  'storePathRootDir',
])

describe('settings', () => {
  it('of a broker', () => {
    const rows = brokerOptions()
    expect(rows.length).toBeGreaterThan(40)
    for (const { name, value, theirs } of rows) {
      if (OWN.has(name) || name.startsWith('glassmq')) continue
      expect(theirs, `${name} is no setting of RocketMQ`).toBeDefined()
      if (!(name in DIFFERENT)) expect(value, name).toBe(theirs)
    }
  })

  it('of clients', () => {
    const rows = clientOptions()
    expect(rows.length).toBeGreaterThan(25)
    const compared = rows.filter(({ name, theirs }) => theirs !== undefined && !(name in DIFFERENT))
    expect(compared.length).toBeGreaterThan(20)
    for (const { name, value, theirs } of compared) expect(value, name).toBe(theirs)
  })
})
