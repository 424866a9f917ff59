/** Pages behind the chapters, in their order. */
export const APPENDICES: readonly { readonly title: string; readonly slug: string }[] = [
  { title: 'Glossary', slug: 'glossary' },
  { title: 'Requests and answers', slug: 'appendix/requests' },
  { title: 'Settings', slug: 'appendix/settings' },
  { title: 'How this is checked', slug: 'appendix/checks' },
]
