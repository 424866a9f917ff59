/** Which names a broker may have. */
import { expect, it } from 'vitest'
import { brokerConfig } from '../../../reference/broker/broker-config.ts'
import { Settings } from '../../../reference/common/properties-file.ts'
import type { Host } from '../../../reference/host/host.ts'

const HOST = { name: 'broker-a', network: { resolve: () => '' } } as unknown as Host
const named = (brokerName: string) =>
  brokerConfig(HOST, new Settings(new Map([['brokerName', brokerName]]), 'nothing')).brokerName

it('a room and a name, or the name of a host', () => {
  for (const name of ['broker-a', 'r1@broker-a', 'mq.example.org', 'a'.repeat(127)]) expect(named(name)).toBe(name)
})

it('nothing that could be a path or a table’s key', () => {
  for (const name of ['', 'a/b', 'a b', 'a:1', 'ä', 'a'.repeat(128)])
    expect(() => named(name), name).toThrow(`brokerName is "${name}"`)
})
