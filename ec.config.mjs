// Code blocks of the book. This file stands here, and is no .ts, because Expressive Code looks for it by this name.
import { pluginCollapsibleSections } from '@expressive-code/plugin-collapsible-sections'
import { codeLines } from './site/lib/code-lines.ts'
import { glassDark, glassLight } from './site/lib/code-theme.ts'

export default {
  themes: [glassLight, glassDark],
  useStarlightUiThemeColors: false,
  useDarkModeMediaQuery: true,
  minSyntaxHighlightingColorContrast: 4.6,
  plugins: [codeLines(), pluginCollapsibleSections()],
  defaultProps: { wrap: true, preserveIndent: true, hangingIndent: 2 },
  styleOverrides: {
    borderColor: 'var(--gmq-glass-edge)',
    borderRadius: 'var(--gmq-radius)',
    borderWidth: '1px',
    codeBackground: 'var(--gmq-pane)',
    codeFontFamily: 'var(--gmq-mono)',
    codeFontSize: '0.8125rem',
    codeLineHeight: '1.6',
    codePaddingBlock: '0.9rem',
    codePaddingInline: '1.1rem',
    uiFontFamily: 'var(--gmq-sans)',
    uiFontSize: '0.8125rem',
    focusBorder: 'var(--gmq-focus)',
    frames: {
      frameBoxShadowCssValue: 'none',
      editorBackground: 'var(--gmq-pane)',
      terminalBackground: 'var(--gmq-pane)',
      terminalTitlebarBackground: 'transparent',
      terminalTitlebarBorderBottomColor: 'var(--gmq-hairline)',
      terminalTitlebarForeground: 'var(--gmq-ink-2)',
      editorTabBarBackground: 'transparent',
      editorActiveTabBackground: 'transparent',
      editorActiveTabForeground: 'var(--gmq-ink-2)',
      editorActiveTabIndicatorTopColor: 'transparent',
      editorTabBarBorderBottomColor: 'var(--gmq-hairline)',
      inlineButtonForeground: 'var(--gmq-ink-2)',
      inlineButtonBorder: 'var(--gmq-control)',
      tooltipSuccessBackground: 'var(--gmq-accent-fill)',
      tooltipSuccessForeground: 'var(--gmq-on-accent)',
    },
    textMarkers: { markBackground: 'var(--gmq-mark)', markBorderColor: 'var(--gmq-consumer)' },
  },
}
