/**
 * What Astro reads as content: the pages under `site/content/docs`, the page of each chapter's room, and its questions.
 *
 * A quiz is the `quiz.yaml` of a chapter. The schema holds the promises of the quiz: three or four choices, exactly one of them
 * right, and a reason for each.
 */

import { defineCollection } from 'astro:content'
import { docsSchema } from '@astrojs/starlight/schema'
import { glob } from 'astro/loaders'
import { z } from 'astro/zod'

const choice = z.object({
  text: z.string().min(1),
  right: z.boolean().default(false),
  /** Why it is right, or what the reader who chose it has mixed up. */
  because: z.string().min(10),
})

const question = z.object({
  /** Kept answers and links hang on it: never changes. */
  id: z.string().regex(/^[a-z0-9-]+$/),
  /** What it trains: at least half of a chapter's questions ask to predict, apply or choose. */
  kind: z.enum(['recall', 'predict', 'apply', 'choose']),
  ask: z.string().min(1),
  choices: z
    .array(choice)
    .min(3)
    .max(4)
    .refine((choices) => choices.filter((one) => one.right).length === 1, 'exactly one choice must say "right: true"'),
})

/** A guess at the reader's own run; what is true is asked of that run (`figures/kit/ask.ts`). */
const prediction = z.object({
  id: z.string().regex(/^[a-z0-9-]+$/),
  ask: z.string().min(1),
  /** The figure, where the chapter has several; the passage whose pane shows what happened, and the moment it opens. */
  figure: z.string().optional(),
  pane: z.string(),
  at: z.string().min(1),
  /** Why it is as it is, for every guess. */
  because: z.string().min(10),
  guess: z.discriminatedUnion('of', [
    z.object({
      of: z.literal('choice'),
      truth: z.string(),
      choices: z
        .array(
          z.object({
            text: z.string().min(1),
            is: z.union([z.string(), z.number(), z.boolean()]),
            because: z.string(),
          }),
        )
        .min(2)
        .max(4),
    }),
    z.object({
      of: z.literal('number'),
      truth: z.string(),
      unit: z.string(),
      within: z.number().nonnegative().default(0),
    }),
    z.object({ of: z.literal('node'), truth: z.string() }),
    z.object({
      of: z.literal('order'),
      items: z
        .array(z.object({ text: z.string().min(1), when: z.string() }))
        .min(3)
        .max(6),
    }),
    z.object({
      of: z.literal('curve'),
      what: z.enum(['sent', 'consumed', 'lag', 'unflushed']),
      unit: z.string(),
      most: z.number().positive(),
    }),
  ]),
})

/** The slug of the chapter in whose room a file lies; undefined for other files. */
const slugOf = (path: string) => /^chapters\/\d\d-([a-z0-9-]+)\//.exec(path)?.[1]

export const collections = {
  docs: defineCollection({
    loader: glob({
      base: './site',
      pattern: ['content/docs/**/[^_]*.{md,mdx}', 'chapters/*/page.mdx'],
      generateId: ({ entry }) => {
        const slug = slugOf(entry)
        return slug === undefined ? entry.replace(/^content\/docs\//, '').replace(/\.mdx?$/, '') : `chapters/${slug}`
      },
    }),
    schema: docsSchema(),
  }),
  quizzes: defineCollection({
    loader: glob({
      base: './site',
      pattern: 'chapters/*/quiz.yaml',
      generateId: ({ entry }) => slugOf(entry)!,
    }),
    schema: z.object({
      questions: z.array(question).min(1).max(8),
      bets: z.array(question.omit({ kind: true })).default([]),
      predictions: z.array(prediction).default([]),
    }),
  }),
}
