/**
 * What may stand under `site/content`: pages, and the questions of each chapter.
 *
 * A quiz is `quizzes/<chapter>.yaml`. The schema holds the promises of the quiz: three or four choices, exactly one of them
 * right, and a reason for each.
 */

import { defineCollection } from 'astro:content'
import { docsLoader } from '@astrojs/starlight/loaders'
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
  ask: z.string().min(1),
  choices: z
    .array(choice)
    .min(3)
    .max(4)
    .refine((choices) => choices.filter((one) => one.right).length === 1, 'exactly one choice must say "right: true"'),
})

export const collections = {
  docs: defineCollection({ loader: docsLoader(), schema: docsSchema() }),
  quizzes: defineCollection({
    loader: glob({ base: './site/content/quizzes', pattern: '*.yaml' }),
    schema: z.object({ questions: z.array(question).min(1).max(8) }),
  }),
}
