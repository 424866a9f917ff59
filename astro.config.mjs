// The site: one static build, for any host and any sub-path. Settings that others share stand in site/config.ts.
import starlight from '@astrojs/starlight'
import svelte from '@astrojs/svelte'
import { defineConfig } from 'astro/config'
import { basePath, DEFAULT_PORT, HOST } from './site/config.ts'
import { APPENDICES } from './site/data/appendices.ts'
import { book } from './site/lib/book-integration.ts'
import { PARTS } from './site/lib/chapters.ts'

const shell = (name) => `./site/shell/${name}.astro`

export default defineConfig({
  srcDir: './site',
  publicDir: './site/public',
  outDir: process.env.GLASSMQ_DIST ?? './dist',
  base: basePath(process.env),
  output: 'static',
  trailingSlash: 'ignore',
  server: { port: DEFAULT_PORT, host: HOST },
  devToolbar: { enabled: false },
  prefetch: false,
  // Every style sheet stands in its page: the first words are painted while the rest of a long page still comes, and none
  // that comes late makes the browser look for its fonts anew. It costs a page 11 KB that would have been in the cache.
  build: { inlineStylesheets: 'always' },
  vite: {
    worker: { format: 'es' },
    build: { cssTarget: ['chrome123', 'safari17.5', 'firefox120'] },
    // Each script of a page costs 300 bytes more than its text: what every page with script has is one.
    environments: {
      client: {
        build: {
          rolldownOptions: {
            output: {
              codeSplitting: {
                groups: [
                  {
                    name: 'svelte',
                    test: /node_modules\/(svelte|clsx|esm-env|@astrojs\/svelte)\/|preload-helper|lib\/first-touch\.ts$/,
                  },
                  { name: 'kit', test: /figures\/kit\/(stage|copying|words\/say|mechanisms\/faults)\.ts$/ },
                  { name: 'marks', test: /figures\/kit\/(shapes|marks|actions)\.ts$/ },
                  {
                    name: 'labs',
                    test: /labs\/(program\/limits|grader\/limits|judge\/seeds|runtime\/failure-texts)\.ts$|common\/(units|utf8)\.ts$|@noble/,
                  },
                ],
              },
            },
          },
        },
      },
    },
  },
  integrations: [
    starlight({
      title: 'GlassMQ',
      description:
        'RocketMQ made of glass: a textbook you can take apart, with the complete message queue it is about.',
      customCss: ['tokens', 'fonts', 'shell', 'reading', 'sections', 'code', 'print'].map(
        (name) => `./site/styles/${name}.css`,
      ),
      expressiveCode: { emitExternalStylesheet: false },
      components: {
        Head: shell('Head'),
        ThemeProvider: shell('ThemeProvider'),
        ThemeSelect: shell('ThemeSelect'),
        Header: shell('Header'),
        SiteTitle: shell('SiteTitle'),
        Search: shell('Search'),
        Sidebar: shell('Sidebar'),
        MobileMenuToggle: shell('MobileMenuToggle'),
        TwoColumnContent: shell('TwoColumnContent'),
        ContentPanel: shell('ContentPanel'),
        PageTitle: shell('PageTitle'),
        Footer: shell('Footer'),
      },
      // Only what is written, for "previous" and "next"; the contents themselves are shell/Sidebar.astro.
      sidebar: [
        ...PARTS.map((part) => ({
          label: part.title,
          items: part.chapters
            .filter((chapter) => chapter.isWritten)
            .map((chapter) => ({ label: chapter.title, slug: `chapters/${chapter.slug}` })),
        })).filter((part) => part.items.length > 0),
        { label: 'Appendices', items: APPENDICES.map(({ title, slug }) => ({ label: title, slug })) },
      ],
      markdown: { processedDirs: ['./site/chapters'] },
      disable404Route: true,
      favicon: '/favicon.svg',
      tableOfContents: { minHeadingLevel: 2, maxHeadingLevel: 2 },
      credits: false,
    }),
    svelte(),
    book(),
  ],
})
