/** The rare mechanisms that a page has from its beginning: none. */
export const HERE = [] as const
