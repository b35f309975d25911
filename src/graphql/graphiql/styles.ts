/** Of an editor and an answer on a dark ground. The rest of the page has GraphiQL's own. */
const darkTokens =
  '--color-primary: 338, 100%, 74%; --color-secondary: 243, 100%, 80%; --color-error: 13, 100%, 70%;'

/** What GraphiQL's own styles do not do: letters that can be read, tabs that are all in sight, and room on a phone. */
export const graphiqlStyles = /* CSS */ `
.unseen { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
/* Letters of 4.5 to 1 at least, on white and on the ground of an answer, which is darker. */
.graphiql-container, .CodeMirror-info, .CodeMirror-lint-tooltip, .graphiql-dialog, .graphiql-tooltip {
  --color-primary: 320, 95%, 39%;
  --color-secondary: 242, 51%, 55%;
  --color-tertiary: 188, 100%, 26%;
  --color-info: 208, 100%, 38%;
  --color-success: 158, 100%, 23%;
  --color-warning: 36, 100%, 29%;
  --color-error: 13, 93%, 38%;
  --alpha-secondary: 0.9;
  --alpha-tertiary: 0.8;
}
body.graphiql-dark .cm-s-graphiql { ${darkTokens} }
@media (prefers-color-scheme: dark) { body:not(.graphiql-light) .cm-s-graphiql { ${darkTokens} } }
/* Twelve tabs have a line at 1280 pixels, and another one where that is not enough. */
.graphiql-container .graphiql-session-header { height: auto; min-height: var(--session-header-height); }
.graphiql-container .graphiql-tabs { flex-wrap: wrap; gap: 2px 5px; margin: 0; overflow: visible; }
.graphiql-container .graphiql-tabs > :not(:first-child) { margin-left: 0; }
.graphiql-container .graphiql-tab-close { padding: 4px 6px; }
.graphiql-container .graphiql-logo { padding-left: 0; }
.graphiql-container .graphiql-tab.graphiql-tab-active { background-color: hsla(var(--color-neutral), 0.1); }
.graphiql-container .graphiql-plugin a { text-decoration: underline; text-underline-offset: 0.15em; }
/* Readers who use the keyboard see where they are. */
:is(.graphiql-container, .graphiql-dialog) :is(button, a, .CodeMirror-scroll):focus-visible {
  outline: 2px solid hsl(var(--color-primary));
  outline-offset: 1px;
}
@media (max-width: 46rem) {
  .graphiql-container { height: 100vh; height: 100dvh; }
  .graphiql-container:has(> .graphiql-sidebar) { flex-direction: column; }
  .graphiql-container .graphiql-sidebar { flex-direction: row; order: 1; width: 100%; padding: 2px 8px; }
  .graphiql-container .graphiql-sidebar .graphiql-sidebar-section { flex-direction: row; }
  .graphiql-container .graphiql-sidebar button:not(:first-child) { margin-top: 0; }
  .graphiql-container .graphiql-main { flex-direction: column; min-height: 0; overflow: hidden; }
  /* The panel of the documentation, the history or the explorer takes the place of the editors. */
  .graphiql-container .graphiql-main > div:first-child { flex: 1 0 100% !important; min-width: 0 !important; max-height: 100%; }
  .graphiql-container .graphiql-main > div:first-child:not([style*='absolute']) ~ .graphiql-sessions { visibility: hidden; }
  .graphiql-container .graphiql-sessions { margin: 0; border-radius: 0; min-height: 0; }
  .graphiql-container .graphiql-session { flex-direction: column; min-height: 0; }
  .graphiql-container .graphiql-session > div { min-height: 0; }
  .graphiql-container .graphiql-query-editor { padding: 8px; column-gap: 4px; }
  .graphiql-container .graphiql-horizontal-drag-bar, .graphiql-container .graphiql-logo { display: none; }
  /* One line that a finger moves, whose end fades where tabs go on. GraphiQL would have the finger drag a tab to another place: its start script sees to that. */
  .graphiql-container .graphiql-tabs {
    flex-wrap: nowrap;
    overflow-x: auto;
    padding: 4px 40px 4px 8px;
    scroll-padding-inline: 40px;
    mask-image: linear-gradient(to right, #000 calc(100% - 40px), transparent);
  }
  .graphiql-container .graphiql-tab { touch-action: pan-x !important; }
  .graphiql-container .graphiql-tab-button { min-height: 32px; }
  .graphiql-container .graphiql-session-header { min-width: 0; }
}
`
