/** What an operator types: moments, options, and sentences for what is wrong. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ClientError } from '../../../reference/client/client-error.ts'
import type { AdminClient } from '../../../reference/tools/admin-client.ts'
import { CommandArgs, flag, requiredFlag, toggle } from '../../../reference/tools/command-line.ts'
import { ADMIN_COMMANDS, adminHelp, runAdminCommand } from '../../../reference/tools/commands.ts'
import { momentText, parseMoment } from '../../../reference/tools/date-text.ts'

describe('moments', () => {
  const moment = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) })

  it('are printed as the calendar has them', () => {
    fc.assert(
      fc.property(moment, (timeMs) => {
        const iso = new Date(timeMs).toISOString() // 2023-11-14T22:13:20.000Z
        expect(momentText(timeMs)).toBe(iso.replace('T', ' ').replace('.', ',').replace('Z', ''))
      }),
    )
  })

  it('are read in the form mqadmin takes', () => {
    fc.assert(
      fc.property(moment, (timeMs) => {
        const text = new Date(timeMs).toISOString().replace('T', '#').replace('.', ':').replace('Z', '')
        expect(parseMoment(text, 0)).toBe(timeMs)
      }),
    )
    expect(parseMoment('now', 17)).toBe(17)
    expect(parseMoment('1700000000000', 0)).toBe(1_700_000_000_000)
    expect(() => parseMoment('yesterday', 0)).toThrow('"yesterday" is no moment; write now')
  })
})

describe('options', () => {
  const TOPIC = requiredFlag('t', 'topic', 'topic name')
  const COUNT = flag('c', 'count', 'how many')
  const ALL = toggle('a', 'all', 'all of them')
  const args = (...words: string[]) => new CommandArgs('look', words, [TOPIC, COUNT, ALL])

  it('by letter and by name, with and without value', () => {
    const given = args('-t', 'T', '--count', '7', '-a')
    expect([given.text(TOPIC), given.whole(COUNT, 1, 0, 9), given.isTrue(ALL)]).toEqual(['T', 7, true])
    expect(args('-t', 'T').whole(COUNT, 1, 0, 9)).toBe(1)
  })

  it('what is wrong is one sentence', () => {
    expect(() => args()).toThrow('look: -t is missing (topic name)')
    expect(() => args('-t')).toThrow('look: -t needs a value (topic name)')
    expect(() => args('-t', 'T', '-x')).toThrow(
      'look: unknown option "-x"; options are -t (topic), -c (count), -a (all)',
    )
    expect(() => args('-t', 'T', '-c', '10').whole(COUNT, 1, 0, 9)).toThrow(
      'look: -c is "10"; it must be a whole number from 0 to 9',
    )
  })
})

it('every command is in the help, with its options in its own', async () => {
  const help = adminHelp()
  const never = () => {
    throw new Error('help asks nobody')
  }
  for (const { name, flags } of ADMIN_COMMANDS) {
    expect(help).toContain(`  ${name}`)
    const own = await runAdminCommand(['help', name], never)
    for (const { short, long } of flags) expect(own).toContain(`-${short}, --${long}`)
    expect(new Set(flags.map(({ short }) => short)).size, `${name}: a letter stands for one option`).toBe(flags.length)
  }
  await expect(runAdminCommand(['topicStats'], never)).rejects.toThrow('unknown command "topicStats"; did you mean')
})

it('an answer whose header lacks a field is one sentence, as any other wrong answer', async () => {
  const answers = new Map([['namesrv:9876', { extFields: {} }]])
  const connect = () => ({ askEveryNamesrv: async () => answers, close() {} }) as unknown as AdminClient
  const done = runAdminCommand(['wipeWritePerm', '-b', 'broker-a'], connect)
  await expect(done).rejects.toThrow(ClientError)
  await expect(done).rejects.toThrow('the header field wipeTopicCount is missing')
})
