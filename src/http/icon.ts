/** A ticket with its number torn off: the icon of every page, as SVG. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#14a394" d="M4 6h24a2 2 0 0 1 2 2v5a3 3 0 0 0 0 6v5a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2v-5a3 3 0 0 0 0-6V8a2 2 0 0 1 2-2z"/><path stroke="#fff" stroke-width="2" stroke-dasharray="3 2.5" d="M11 7v18"/><path fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round" d="M24.5 12.6a4.6 4.6 0 1 0 0 6.8"/></svg>
`
