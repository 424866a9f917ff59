/**
 * The search dialog's behaviour. Pagefind's own script and index come with the first opening.
 *
 * Results are built as elements, never as HTML text, except for the excerpt, which Pagefind has escaped and marked.
 */

interface PagefindResult {
  readonly url: string
  readonly excerpt: string
  readonly meta: { readonly title?: string }
  readonly sub_results?: readonly { readonly title: string; readonly url: string; readonly excerpt: string }[]
}

interface Pagefind {
  init(): Promise<void>
  debouncedSearch(
    query: string,
  ): Promise<{ readonly results: readonly { data(): Promise<PagefindResult> }[] } | null | undefined>
}

/** More would not be read. */
const RESULTS_MAX = 10

class SearchDialog extends HTMLElement {
  #pagefind: Promise<Pagefind> | undefined

  connectedCallback(): void {
    const dialog = this.querySelector('dialog')!
    const input = this.querySelector('input')!
    this.querySelector('.open')!.addEventListener('click', () => this.#open(dialog, input))
    document.addEventListener('keydown', (event) => {
      const isTyping =
        event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable]')
      const isSlash = event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey && isTyping === null
      const isControlK = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)
      if (dialog.open || !(isSlash || isControlK)) return
      event.preventDefault()
      this.#open(dialog, input)
    })
    input.addEventListener('input', () => void this.#search(input.value.trim()))
    dialog.addEventListener('keydown', (event) => this.#walk(event, input))
    input.addEventListener('keydown', (event) => {
      // A search field would only empty itself.
      if (event.key === 'Escape') dialog.close()
    })
    dialog.addEventListener('click', (event) => {
      if (event.target === dialog || (event.target as Element).closest('a') !== null) dialog.close()
    })
    this.querySelector('form')!.addEventListener('submit', (event) => {
      if ((event as SubmitEvent).submitter !== null && document.activeElement !== input) return
      event.preventDefault()
      this.querySelector<HTMLAnchorElement>('.results a')?.click()
    })
  }

  #open(dialog: HTMLDialogElement, input: HTMLInputElement): void {
    dialog.showModal()
    input.select()
    void this.#load()
  }

  #load(): Promise<Pagefind> {
    const bundle = this.dataset['bundle']!
    this.#pagefind ??= import(/* @vite-ignore */ bundle).then(async (pagefind: Pagefind) => {
      await pagefind.init()
      return pagefind
    })
    return this.#pagefind
  }

  async #search(query: string): Promise<void> {
    const list = this.querySelector('.results')!
    if (query === '') {
      list.replaceChildren()
      this.#say('')
      return
    }
    try {
      const found = await (await this.#load()).debouncedSearch(query)
      if (found === null || found === undefined) return
      const pages = await Promise.all(found.results.slice(0, RESULTS_MAX).map((result) => result.data()))
      const items = pages.flatMap(entries).slice(0, RESULTS_MAX)
      list.replaceChildren(...items)
      this.#say(items.length === 0 ? `Nothing found for “${query}”.` : `${items.length} places for “${query}”`)
    } catch {
      this.#pagefind = undefined
      this.#say('Search could not be loaded. It needs the built book: run npm start.')
    }
  }

  #say(sentence: string): void {
    this.querySelector('.status')!.textContent = sentence
  }

  #walk(event: KeyboardEvent, input: HTMLInputElement): void {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    const stops: HTMLElement[] = [input, ...this.querySelectorAll<HTMLElement>('.results a')]
    const at = stops.indexOf(document.activeElement as HTMLElement)
    stops[at + (event.key === 'ArrowDown' ? 1 : -1)]?.focus()
    event.preventDefault()
  }
}

/** One page's results: its best sections where it has any, else the page. */
function entries(page: PagefindResult): HTMLElement[] {
  const title = page.meta.title ?? page.url
  const sections = (page.sub_results ?? []).slice(0, 3)
  const places = sections.length > 0 ? sections : [{ title, url: page.url, excerpt: page.excerpt }]
  return places.map((place) => {
    const item = document.createElement('li')
    const link = document.createElement('a')
    link.href = place.url
    const name = document.createElement('strong')
    name.textContent = place.title
    const where = document.createElement('small')
    where.textContent = place.title === title ? '' : ` in ${title}`
    const excerpt = document.createElement('p')
    excerpt.innerHTML = place.excerpt
    link.append(name, where, excerpt)
    item.append(link)
    return item
  })
}

customElements.define('gmq-search', SearchDialog)
