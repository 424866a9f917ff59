/**
 * Every chapter proves itself: its figures are repeatable and fit on a page, its claims hold on the pinned run and, where
 * they say "always", on twenty other seeds, whatever the reader kills leaves a run that ends and can be told.
 *
 * Chapters are found by their place, so a new one is tested without a line here.
 */
import { existsSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { LABS } from '../../labs/find.ts'
import { buildPane, pinnedRun, shippedRun } from '../../site/figures/build.ts'
import { FIGURES } from '../../site/figures/found.ts'
import { ask, holds } from '../../site/figures/kit/ask.ts'
import { KEPT_ALWAYS } from '../../site/figures/kit/figure-cluster.ts'
import { brokenRow, cellsOf } from '../../site/figures/kit/grids.ts'
import { EventLog } from '../../site/figures/kit/log.ts'
import { momentOf } from '../../site/figures/kit/moment.ts'
import { PASSAGE_STEPS, stretchOf } from '../../site/figures/kit/passage.ts'
import { type Guess, outcomeOf } from '../../site/figures/kit/predict.ts'
import { run } from '../../site/figures/kit/run.ts'
import { sentence } from '../../site/figures/kit/words/en.ts'
import { replacementFaults } from '../../site/figures/replaced-types.ts'
import { CHAPTERS } from '../../site/lib/chapters.ts'
import { claimsOf, figureOfClaim } from '../../site/lib/check-claim.ts'
import { GLOSSARY } from '../../site/lib/glossary.ts'
import { readRegion } from '../../site/lib/region-files.ts'
import { roomText } from '../../site/lib/rooms.ts'
import { uncarried } from '../../site/lib/truth-gate.ts'

/** What a page may fetch before the reader acts. */
const SHIPPED_BYTES_MAX = 40 * 1024
const STILL_BYTES_MAX = 8 * 1024
/** The later events of a run of hours, which a page fetches only when a pane needs them. */
const REST_BYTES_MAX = 300 * 1024
/** Lines of an excerpt that are shown without opening a fold. */
const EXCERPT_LINES_MAX = 20
const SEEDS = 20
/** Other seeds of a grid: each is as many runs as the grid has cells. */
const GRID_SEEDS = [1, 2]
/** What a sentence must not hold: a value that was not there. */
const UNTOLD = /undefined|NaN|\[object/

/** A prediction as a quiz has it. */
interface PredictionText {
  readonly id: string
  readonly figure?: string
  readonly pane: string
  readonly at: string
  readonly guess: Guess
}

const written = CHAPTERS.filter((chapter) => chapter.isWritten)

describe.each(written.map((chapter) => [`${chapter.number} ${chapter.slug}`, chapter] as const))(
  'chapter %s',
  (_, room) => {
    const page = roomText(room, 'page.mdx')!
    const figures = [...FIGURES.values()].filter((figure) => figure.room.slug === room.slug)

    it('has questions, and a figure', () => {
      expect(existsSync(`${room.folder}/quiz.yaml`), `${room.folder}/quiz.yaml is missing`).toBe(true)
      expect(figures.length, `${room.folder}/figures/ has no figure`).toBeGreaterThan(0)
    })

    it('uses each of its claims, and only those it has', async () => {
      const used = [...page.matchAll(/<Claim\s[^>]*?\bid="([^"]+)"/g)].map(([, id]) => id!)
      const claims = await claimsOf(room)
      expect([...new Set(used)].sort()).toEqual(Object.keys(claims).sort())
      for (const [id, claim] of Object.entries(claims)) figureOfClaim(room, id, claim)
    })

    it('makes claims that hold: each on the pinned run, those for always on twenty other seeds', async () => {
      const broken: string[] = []
      const runs = new Map<string, Awaited<ReturnType<typeof run>>>()
      for (const [id, claim] of Object.entries(await claimsOf(room))) {
        const { scenario, id: figure } = figureOfClaim(room, id, claim)
        const seeds = [scenario.seed, ...(claim.always ? Array.from({ length: SEEDS }, (_, i) => i + 1) : [])]
        for (const seed of seeds) {
          const key = `${figure} ${seed}`
          if (!runs.has(key)) runs.set(key, await run(scenario, seed, []))
          if (claim.shownBy(runs.get(key)!.events).length === 0) broken.push(`${id} on seed ${seed}`)
        }
      }
      expect(broken).toEqual([])
    })

    it.each(figures.map((figure) => [figure.name, figure] as const))(
      'figure %s fits on a page',
      async (_name, { id }) => {
        const { text, rest } = await shippedRun(id)
        expect(gzipSync(text).length).toBeLessThan(SHIPPED_BYTES_MAX)
        expect(gzipSync(rest?.text ?? '').length).toBeLessThan(REST_BYTES_MAX)
        for (const name of Object.keys(FIGURES.get(id)!.spec.passages))
          for (const { wide, tall } of (await buildPane(id, name)).stills) {
            expect(gzipSync(wide).length, name).toBeLessThan(STILL_BYTES_MAX)
            expect(gzipSync(tall).length, name).toBeLessThan(STILL_BYTES_MAX)
          }
      },
    )

    it.each(figures.filter(({ scenario }) => scenario.tasks !== undefined).map((one) => [one.name, one] as const))(
      'figure %s: each task is not done in the text’s run, and can be done',
      async (_name, { id, spec, scenario }) => {
        for (const [task, { when, shows, pane, proof }] of Object.entries(scenario.tasks!)) {
          expect(Object.keys(spec.passages), `pane of ${task}`).toContain(pane)
          expect(holds(await pinnedRun(id), when), `${task} at the start`).toBe(false)
          const done = new EventLog(await run(scenario, scenario.seed, proof))
          expect(holds(done, when), `${task} after its proof`).toBe(true)
          if (shows !== undefined) expect(ask(done, shows.ask), `what ${task} shows`).not.toBe('')
        }
      },
    )

    it.each(figures.filter(({ spec }) => spec.instead !== undefined).map((figure) => [figure.name, figure] as const))(
      'figure %s: what it puts in place of RocketMQ has the types that RocketMQ asks for',
      (_name, { spec }) => {
        expect(replacementFaults(spec.instead!)).toEqual([])
      },
    )

    it.each(figures.map((figure) => [figure.name, figure] as const))(
      'figure %s: a passage has one idea, a few steps and at most six things',
      async (_name, { id, spec, scenario }) => {
        const log = await pinnedRun(id)
        for (const [name, passage] of Object.entries(spec.passages)) {
          const { steps } = stretchOf(log, passage)
          expect(steps.length, `steps of ${name}`).toBeGreaterThanOrEqual(PASSAGE_STEPS.min)
          expect(steps.length, `steps of ${name}`).toBeLessThanOrEqual(PASSAGE_STEPS.max)
          expect((passage.cast ?? spec.cast).length, `things in ${name}`).toBeLessThanOrEqual(6)
          const recorded = new Set([...KEPT_ALWAYS, ...(scenario.records ?? passage.tells ?? [])])
          expect(
            (passage.tells ?? []).filter((kind) => !recorded.has(kind)),
            `not recorded for ${name}`,
          ).toEqual([])
        }
      },
    )

    it.each(
      figures.filter(({ scenario }) => scenario.grids !== undefined).map((figure) => [figure.name, figure] as const),
    )(
      'figure %s: the rows of its grids that promise to have no bad cell have none on other seeds',
      async (_name, { scenario }) => {
        for (const grid of Object.values(scenario.grids!).filter(({ neverBad = [] }) => neverBad.length > 0))
          for (const seed of GRID_SEEDS)
            expect(brokenRow(grid, await cellsOf(scenario, grid, seed)), `seed ${seed}`).toBe('')
      },
    )

    it.each(figures.map((figure) => [figure.name, figure] as const))(
      'figure %s survives a kill of any node at any named moment: every event can be told, and no application acts otherwise',
      async (_name, { id, scenario }) => {
        const pinned = await pinnedRun(id)
        const moments = pinned.moments.map((index) => pinned.events[index]!.atMs)
        for (const on of scenario.nodes)
          for (const atMs of moments) {
            const log = new EventLog(await run(scenario, scenario.seed, [{ does: 'kill', on, atMs }]))
            expect(log.events.at(-1)!.atMs, `after the kill of ${on} at ${atMs} ms the run stops`).toBeGreaterThan(atMs)
            const untold = log.events.map((event) => sentence(event, log)).filter((text) => UNTOLD.test(text))
            expect(untold, `after the kill of ${on} at ${atMs} ms`).toEqual([])
            const called = ({ events }: EventLog) =>
              events.filter((event) => event.kind === 'app.called' && event.node !== on)
            const acts = (of: EventLog) => called(of).map((event) => `${event.atMs} ${event.node}`)
            expect(acts(log), `the kill of ${on} at ${atMs} ms moves what an application does`).toEqual(acts(pinned))
          }
      },
    )
  },
)

const numberOf = (slug: string) => CHAPTERS.find((chapter) => chapter.slug === slug)!.number

describe.each(written.map((chapter) => [`${chapter.number} ${chapter.slug}`, chapter] as const))(
  'page of chapter %s',
  (_, room) => {
    const page = roomText(room, 'page.mdx')!
    const uses = (component: string, attribute: string) =>
      [...page.matchAll(new RegExp(`<${component}\\s[^>]*?\\b${attribute}="([^"]+)"`, 'g'))].map(([, value]) => value!)

    it('promises nothing that neither a run shows nor a source carries', () => {
      expect(uncarried(page)).toEqual([])
    })

    it('places each question and each bet once, and most questions ask to think', () => {
      const quiz = parse(roomText(room, 'quiz.yaml')!) as {
        questions: { id: string; kind: string }[]
        bets?: { id: string }[]
      }
      expect(uses('Ask', 'id').sort()).toEqual(quiz.questions.map(({ id }) => id).sort())
      expect(uses('Bet', 'id').sort()).toEqual((quiz.bets ?? []).map(({ id }) => id).sort())
      const thoughtful = quiz.questions.filter(({ kind }) => kind !== 'recall').length
      expect(thoughtful * 2, 'at least half ask to predict, apply or choose').toBeGreaterThanOrEqual(
        quiz.questions.length,
      )
    })

    it('places each prediction once, and the text’s run has an answer to it and the moment that shows it', async () => {
      const { predictions = [] } = parse(roomText(room, 'quiz.yaml')!) as { predictions?: PredictionText[] }
      expect(uses('Predict', 'id').sort()).toEqual(predictions.map(({ id }) => id).sort())
      for (const { id, figure, pane, at, guess } of predictions) {
        const own = [...FIGURES.values()].filter((one) => one.room.slug === room.slug)
        const found = own.find(({ name }) => name === (figure ?? own[0]!.name))!
        const log = await pinnedRun(found.id)
        if (at !== 'end') expect(momentOf(log, at), `moment of ${id}`).toBeDefined()
        if (guess.of === 'choice')
          expect(guess.choices.filter(({ is }) => is === ask(log, guess.truth)).length, `right answers of ${id}`).toBe(
            1,
          )
        else if (guess.of === 'number' || guess.of === 'node') expect(ask(log, guess.truth), id).not.toBe('')
        else if (guess.of === 'order') {
          const times = guess.items.map(({ when }) => ask(log, when))
          expect(new Set(times).size, `different moments of ${id}`).toBe(times.length)
        } else {
          const { curve } = outcomeOf(guess, [], found.spec, pane, log)
          expect(Math.max(...curve), `the curve of ${id} is not flat`).toBeGreaterThan(Math.min(...curve))
        }
      }
    })

    it('imports each component that it uses, and only those', () => {
      const prose = page.replace(/```[\s\S]*?```|`[^`]*`/g, '')
      const used = new Set([...prose.matchAll(/<([A-Z]\w*)/g)].map(([, name]) => name!))
      const imported = [...page.matchAll(/^import (\w+) from/gm)].map(([, name]) => name!)
      expect(imported.toSorted()).toEqual([...used].sort())
    })

    it('keeps closed what a lab, of this chapter or a later one, asks for', () => {
      for (const [tag, file] of page.matchAll(/<Code\s+file="([^"]+)"[^>]*/g)) {
        const asking = LABS.filter(({ files }) => files.some((one) => one.kind === 'module' && one.replaces === file))
        const ids = asking.filter(({ chapter }) => numberOf(chapter) >= room.number).map(({ id }) => id)
        if (ids.length > 0) expect(ids, `${tag} stands open`).toContain(/\blab="([^"]+)"/.exec(tag)?.[1])
      }
    })

    it('quotes code at teaching size, and has at most three notes for those who know something else', () => {
      for (const [, file, region] of page.matchAll(/<Code\s+file="([^"]+)"\s+region="([^"]+)"/g)) {
        const shown = readRegion(file!, region!).lines.filter(({ fold }) => fold === undefined)
        expect(shown.length, `lines of ${region} in ${file}`).toBeLessThanOrEqual(EXCERPT_LINES_MAX)
      }
      expect(uses('Margin', 'kind').length).toBeLessThanOrEqual(3)
    })

    it('shows each passage of its figures in a pane', () => {
      const shown = new Set(uses('Section', 'pane'))
      const figures = [...FIGURES.values()].filter((figure) => figure.room.slug === room.slug)
      expect([...shown].sort()).toEqual(
        figures
          .flatMap(({ spec }) => Object.keys(spec.passages))
          .filter((name) => shown.has(name))
          .sort(),
      )
      expect(shown.size).toBeGreaterThan(1)
    })
  },
)

describe('the book', () => {
  it('has a chapter for every lab, and a lab says which', () => {
    for (const lab of LABS)
      expect(
        CHAPTERS.map(({ slug }) => slug),
        `labs/${lab.id}/lab.ts`,
      ).toContain(lab.chapter)
  })

  it('settles each bet, on a page that is there', () => {
    const settled = written.flatMap((room) =>
      [...roomText(room, 'page.mdx')!.matchAll(/<Settled\s([^>]*?)\/>/g)].map(([, attributes]) => {
        const of = (name: string) => new RegExp(`\\b${name}="([^"]+)"`).exec(attributes!)?.[1]
        return { on: room.number, of: of('chapter') ?? room.slug, id: of('id') }
      }),
    )
    const placed = written.flatMap((room) =>
      [...roomText(room, 'page.mdx')!.matchAll(/<Bet\s[^>]*?\bid="([^"]+)"/g)].map(([, id]) => ({ of: room.slug, id })),
    )
    const promised = written.flatMap((room) =>
      [...roomText(room, 'page.mdx')!.matchAll(/Chapter (\d+) settles/g)].map(([, on]) => ({
        of: room.slug,
        on: +on!,
      })),
    )
    expect(placed.length, 'bets of the book').toBeGreaterThan(written.length)
    expect(
      placed.filter((bet) => !settled.some(({ of, id }) => of === bet.of && id === bet.id)),
      'bets that no page settles',
    ).toEqual([])
    expect(
      promised.filter(({ of, on }) => !settled.some((one) => one.of === of && one.on === on)),
      '“Chapter … settles it” of a chapter that settles no bet of this one',
    ).toEqual([])
  })

  it('introduces each term that a page uses', () => {
    const known = new Set(GLOSSARY.map(({ id }) => id))
    for (const chapter of written)
      for (const [, id] of readFileSync(`${chapter.folder}/page.mdx`, 'utf8').matchAll(/<Term\s+id="([^"]+)"/g))
        expect(known, `${chapter.folder}/page.mdx`).toContain(id)
  })
})
