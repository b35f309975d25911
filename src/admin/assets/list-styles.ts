/** Lists, which become cards where a table has no room, and their filters. */
export const listStyles = /* CSS */ `
.filter { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 14.5rem), 1fr)); gap: 0.75rem; align-items: end; }
.filter .field { margin: 0; }
.filter input[type='datetime-local'] { padding-block: 0; min-height: 2.5rem; } /* the parts of one are taller than a text */
.filter .actions { min-height: 2.5rem; }
.fold { display: none; }
.filter.short { grid-template-columns: minmax(min(100%, 14.5rem), 1fr) auto; }
.filter .apart { margin-left: auto; }
.list { margin: 0 0 1.25rem; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); overflow-x: auto; }
.list.inside { box-shadow: none; }
table { width: 100%; border-collapse: collapse; font-size: 0.9rem; }
th, td { padding: 0.6rem 0.8rem; text-align: left; vertical-align: top; }
th:first-child, td:first-child { padding-left: 1.25rem; }
th:last-child, td:last-child { padding-right: 1.25rem; }
thead th { color: var(--soft); background: var(--ground); font-size: 0.8rem; font-weight: 600; border-bottom: 1px solid var(--line); white-space: nowrap; }
tbody tr + tr > * { border-top: 1px solid var(--line); }
tbody tr:hover { background: var(--tint); }
tbody th { font-weight: 550; }
tbody a { text-decoration-color: color-mix(in srgb, currentcolor 35%, transparent); }
tbody a:hover { text-decoration-color: currentcolor; }
td.tight > div { white-space: nowrap; }
td > div, tbody th > div { overflow-wrap: anywhere; min-width: 5.5rem; }
.name { overflow-wrap: break-word; } /* it says itself where it may break */
.more { max-width: 22rem; }
.why { color: var(--soft); font-size: 0.85em; }
td.pick, th.pick { width: 2.9rem; padding-right: 0; }
td.pick { height: 2.75rem; line-height: 1; } /* as high where there is no box: the session is over */
td.pick input { margin-top: 0.1rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.numbers :is(th, td) > div { min-width: 0; }
.numbers thead th { white-space: normal; vertical-align: bottom; }
.numbers :is(th, td) { padding-block: 0.3rem; }
.below { display: flex; flex-wrap: wrap; align-items: center; gap: 0.6rem 1.25rem; margin: 0 0 1.25rem; }
.below p { margin: 0; }
form > .below { position: sticky; bottom: 0; margin: 0; padding: 0.7rem 1.25rem; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); }
form:has(> .below) { margin-bottom: 1.25rem; }
.below output { color: var(--soft); font-size: 0.9rem; font-variant-numeric: tabular-nums; }
.below output:empty { display: none; }
.below .check { margin-right: auto; }
.empty { margin: 0 0 1.25rem; padding: 2rem 1.25rem; text-align: center; color: var(--soft); background: var(--paper); border: 1px dashed var(--line); border-radius: 12px; text-wrap: balance; }
.empty p { margin: 0; }
.empty p + p { margin-top: 0.4rem; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 66rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tr, tbody th, td { display: block; }
  tbody { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); margin-top: -1px; }
  tbody tr { padding: 0.8rem 1.25rem; border-top: 1px solid var(--line); }
  tbody tr + tr > * { border-top: 0; }
  tbody th, td, th:first-child, td:first-child, th:last-child, td:last-child { padding: 0.12rem 0; }
  td.tight > div { white-space: normal; }
  tbody th { font-size: 1.05rem; }
  .more { max-width: none; }
  td[data-of] { display: grid; grid-template-columns: 5.4rem 1fr; gap: 0.5rem; align-items: baseline; }
  td[data-of]::before { content: attr(data-of); content: attr(data-of) / ''; color: var(--soft); font-size: 0.85rem; } /* its column names it to a screen reader */
  td.pick, td.pick:first-child { float: right; width: auto; height: auto; padding: 0.3rem; }
  td[data-of].blank { display: none; }
  /* Five narrow columns have room, and two dozen cards have none. */
  .numbers table { display: table; table-layout: fixed; }
  .numbers thead th { font-size: 0.72rem; overflow-wrap: anywhere; }
  .numbers thead th:first-child { width: 5rem; }
  .numbers thead { position: static; height: auto; clip-path: none; }
  .numbers tbody { display: table-row-group; }
  .numbers tr { display: table-row; }
  .numbers tbody :is(th, td) { display: table-cell; font-size: 0.8rem; }
  .numbers :is(th, td), .numbers :is(th, td):is(:first-child, :last-child) { padding: 0.25rem 0.25rem 0.25rem 0; }
  .numbers tbody th { white-space: nowrap; }
  .numbers td::before { content: none; }
}
@media (max-width: 46rem) {
  .fold { display: block; margin: 0 0 1.25rem; }
  .fold summary { min-height: 2.75rem; padding: 0.6rem 1.25rem; font-weight: 600; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; }
  .fold[open] { margin-bottom: 0.5rem; }
  .fold:not([open]) + .filter { display: none; }
  .filter, .filter.short { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .filter .actions, .filter .field:nth-child(2):nth-last-child(even) { grid-column: 1 / -1; }
  .filter select { padding-inline: 0.25rem; }
  .figures { grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 0.6rem; }
  .figures li { padding: 0.7rem 0.8rem; }
  .figures b { font-size: 1.5rem; }
  .figures span { font-size: 0.8rem; }
  .top { gap: 0.4rem 1rem; }
  .top nav a { padding: 0.35rem 0.65rem; }
  .signed-in { flex: 1; justify-content: flex-end; }
}
/* The bar has the whole width of a narrow window: a line for what it says, and one for what it does. */
@media (max-width: 46rem) {
  form:has(> .below) { --edge: clamp(1rem, 3vw, 2.5rem); }
  form > .below { margin-inline: calc(-1 * var(--edge)); padding: 0.5rem var(--edge) max(0.6rem, env(safe-area-inset-bottom)); gap: 0.5rem; border-width: 1px 0; border-radius: 0; }
  form > .below button { padding-inline: 0.5rem; font-size: 0.9rem; white-space: nowrap; }
  td.pick input { width: 1.4rem; height: 1.4rem; }
  html:has(form > .below) { scroll-padding-bottom: calc(8rem + env(safe-area-inset-bottom)); }
  form:not(:has(td.pick :checked)) > .below { position: static; } /* it waits at the end of the list until a session is picked */
}
@media (max-width: 36rem) {
  form > .below button { flex: 1 1 0; padding-inline: 0.35rem; }
  form > .below .check { flex: 1 0 calc(100% - 6rem); }
}
/* Of a window that is low, or enlarged that much, it would take a third. */
@media (max-height: 22rem) {
  form > .below { position: static; }
}
@media (max-width: 30rem) {
  .top:has(nav) .brand span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .top:has(nav) { gap: 0.4rem 0.3rem; }
  .top:has(nav) .brand { align-self: start; min-height: 2.2rem; } /* beside the first row of links, where there are two */
  .top nav { flex: 1; }
  .top nav ul { gap: 0; }
  .top nav a { padding: 0.35rem 0.5rem; font-size: 0.95rem; } /* four fit beside the sign at 320 pixels */
  .signed-in { flex: 0 0 100%; justify-content: space-between; }
  .list.inside { border: 0; border-radius: 0; } /* a card in a card has no room for a time */
  .list.inside tbody tr { padding-inline: 0; }
  .list.inside tbody tr:first-child { padding-top: 0; }
  .list.inside tbody tr:last-child { padding-bottom: 0; }
  .filter .field:nth-last-child(-n + 5) { grid-column: 1 / -1; } /* 'In the last 30 days' and a date with a time are cut off in half a phone */
}
`
