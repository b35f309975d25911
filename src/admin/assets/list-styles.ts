/** Lists, which become cards on a narrow screen, and their filters. */
export const listStyles = /* CSS */ `
.filter { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 11rem), 1fr)); gap: 0.75rem; align-items: end; }
.filter .field { margin: 0; }
.filter .actions { min-height: 2.5rem; }
.list { margin: 0 0 1.25rem; background: var(--paper); border: 1px solid var(--line); border-radius: 10px; box-shadow: var(--shadow); overflow: hidden; }
.list.inside { margin: 0 0 1rem; box-shadow: none; }
table { width: 100%; border-collapse: collapse; font-size: 0.93rem; }
th, td { padding: 0.55rem 0.8rem; text-align: left; vertical-align: top; }
thead th { color: var(--soft); font-size: 0.82rem; font-weight: 600; border-bottom: 1px solid var(--line); white-space: nowrap; }
tbody tr + tr > * { border-top: 1px solid var(--line); }
tbody tr:hover { background: var(--tint); }
tbody th { font-weight: 550; }
td > div, tbody th > div { overflow-wrap: anywhere; min-width: 0; }
td.pick, th.pick { width: 2.6rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.below { display: flex; flex-wrap: wrap; align-items: center; gap: 0.6rem 1.25rem; margin: 0 0 1.25rem; }
.below p { margin: 0; }
.empty { margin: 0 0 1.25rem; padding: 2rem 1.25rem; text-align: center; color: var(--soft); background: var(--paper); border: 1px dashed var(--line); border-radius: 10px; }
.empty p { margin: 0 0 0.4rem; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 46rem) {
  .filter { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .filter .actions { grid-column: 1 / -1; }
  .signed-in { margin-left: 0; width: 100%; justify-content: space-between; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, tbody th, td { display: block; }
  tbody tr { padding: 0.6rem 0.9rem; }
  tbody tr + tr { border-top: 1px solid var(--line); }
  tbody tr + tr > * { border-top: 0; }
  tbody th, td { padding: 0.12rem 0; }
  tbody th { font-size: 1.05rem; }
  td[data-of] { display: grid; grid-template-columns: 6.5rem 1fr; gap: 0.5rem; }
  td[data-of]::before { content: attr(data-of); color: var(--soft); font-size: 0.85rem; }
  td.pick { float: right; width: auto; padding: 0.3rem; }
}
`
