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
    }),
  }),
}
