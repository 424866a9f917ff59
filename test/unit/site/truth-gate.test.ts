/** Sentences of a chapter that promise an order or a frequency are let through only with what carries them. */
import { describe, expect, it } from 'vitest'
import { uncarried } from '../../../site/lib/truth-gate.ts'

const page = (text: string) => `---\ntitle: A page\n---\n\nimport Claim from '../Claim.astro'\n\n${text}\n`

describe('the truth gate', () => {
  it.each([
    'The broker always answers.',
    'A NameServer is never asked twice.',
    'The record is kept before the answer leaves.',
    'It reports at once.',
    'Brokers register every 30 seconds.',
    'Only the broker keeps it.',
    'Look here. The first offset comes later. And on.',
  ])('stops: %s', (text) => {
    expect(uncarried(page(text))).toHaveLength(1)
  })

  it.each([
    '<Claim id="x">The broker always answers.</Claim>',
    'It took <Value id="x" /> before the answer.',
    'The answer leaves <At pane="kept">after the append</At>.',
    'Brokers register every 30 seconds (`BrokerController.start`).',
    'It says how often, always: `pollNameServerInterval`.',
    'The first one wins. {/* source: RouteInfoManager */}',
    'A broker keeps what it is given.',
    'A `first` in code is no promise.',
    '## Before anything is sent',
    '| always | never |',
    '```\nalways\n```',
  ])('lets through: %s', (text) => {
    expect(uncarried(page(text))).toEqual([])
  })

  it('does not let one carried sentence carry the next', () => {
    expect(uncarried(page('<Claim id="x">It always answers.</Claim> It never waits.'))).toEqual(['It never waits.'])
  })
})
