/**
 * Each mechanism told by the simulator, line by line: what a reader of `test/scenarios/*.txt` sees is what happens.
 *
 * A difference is a change of behaviour or of words. When it is meant: `npm run traces -- --write`, and read the diff.
 */
import { describe, expect, it } from 'vitest'
import { runTrace, TRACE_LINES_MAX } from '../support/text-trace.ts'
import { bothTexts, traceFiles } from './traces.ts'

describe('text traces', () => {
  for (const path of traceFiles()) {
    it(`${path} tells the run`, async () => {
      const { stands, told } = await bothTexts(path)
      expect(stands, 'npm run traces -- --write, and read the difference').toBe(told)
      expect(stands.split('\n').length, 'choose fewer kinds of events').toBeLessThanOrEqual(TRACE_LINES_MAX)
      expect(stands.split('\n').filter((line) => line.startsWith('   ')).length, 'events are told').toBeGreaterThan(9)
    })
  }

  it('call a refused pull a refusal, not a message', async () => {
    const told = await runTrace(
      [
        '> start namesrv namesrv',
        '> start broker broker-a',
        '> admin updateTopic -t Orders -c DefaultCluster -r 1 -w 1',
        '> start producer shop',
        '> start consumer billing-1 group=billing topic=Orders',
        '> wait 5s',
        '> send shop order-1',
        '> wait 1s',
        '> frames PULL_MESSAGE',
        '> kill broker-a',
        '> restart broker-a',
        '> wait 3s',
      ].join('\n'),
    )
    expect(told).toContain('broker-a answers billing-1 its refusal of PULL_MESSAGE (code 24).')
    expect(told).not.toContain('answers billing-1 order-1')
  })

  it('name a command that cannot be run, and its line', async () => {
    await expect(runTrace('# one\n> fly broker-a\n')).rejects.toThrow(
      'line 2 "> fly broker-a": there is no command fly',
    )
    await expect(runTrace('> wait long\n')).rejects.toThrow('long is not a time; write 500ms, 5s or 2min')
    await expect(runTrace('> tell record.flown\n')).rejects.toThrow('there is no kind of event record.flown')
  })
})
