/** Which chapter a component stands in, so that a chapter's page need not name itself. */

/** The slug of the chapter whose page is being built; '' outside of chapters. `locals` is `Astro.locals`. */
export function chapterHere(locals: object): string {
  const route = (locals as { readonly starlightRoute?: { readonly id: string } }).starlightRoute
  return /^chapters\/([a-z0-9-]+)$/.exec(route?.id ?? '')?.[1] ?? ''
}
