/** Forms, buttons, notices, facts and charts. */
export const widgetStyles = /* CSS */ `
.field { margin: 0 0 0.9rem; display: flex; flex-direction: column; gap: 0.25rem; }
label { font-size: 0.9rem; font-weight: 550; }
input:not([type='checkbox']), select {
  width: 100%;
  min-height: 2.5rem;
  padding: 0.4rem 0.6rem;
  font: inherit;
  color: inherit;
  background: var(--ground);
  border: 1px solid var(--soft);
  border-radius: 6px;
}
input[type='checkbox'] { width: 1.15rem; height: 1.15rem; margin: 0; accent-color: var(--main); }
[aria-invalid] { border-color: var(--danger) !important; }
.hint { color: var(--soft); font-size: 0.85rem; }
.fault { color: var(--danger); font-size: 0.9rem; }
p.fault { margin: 0 0 1rem; padding: 0.6rem 0.8rem; background: var(--danger-tint); border-radius: 6px; }
.check { display: flex; align-items: center; gap: 0.6rem; font-weight: 450; }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: 0.6rem; margin: 0; }
.actions.spaced { margin-bottom: 1.25rem; }
button, .button {
  display: inline-block;
  min-height: 2.5rem;
  padding: 0.45rem 1rem;
  font: inherit;
  font-weight: 600;
  color: var(--ink);
  background: var(--paper);
  border: 1px solid var(--soft);
  border-radius: 6px;
  cursor: pointer;
  text-decoration: none;
}
button:hover, .button:hover { background: var(--tint); }
button.main { color: var(--main-ink); background: var(--main); border-color: var(--main); }
button.main:hover { filter: brightness(1.08); }
button.danger, .button.danger { color: var(--danger); border-color: var(--danger); }
button.danger:hover, .button.danger:hover { background: var(--danger-tint); }
button.quiet { min-height: 2rem; padding: 0.2rem 0.7rem; font-size: 0.875rem; font-weight: 500; }
.notice p { margin: 0; }
.notice p + p { margin-top: 0.4rem; }
.notice {
  margin: 0 0 1.25rem;
  padding: 0.7rem 1rem;
  background: var(--tint);
  border-left: 4px solid var(--main);
  border-radius: 4px;
}
.irreversible {
  margin: 0 0 0.9rem;
  padding: 0.6rem 0.8rem;
  background: var(--danger-tint);
  border-left: 4px solid var(--danger);
  border-radius: 4px;
}
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: 0.9rem 1.5rem; margin: 0 0 1rem; }
.facts .broad { grid-column: 1 / -1; }
.facts dt { color: var(--soft); font-size: 0.85rem; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.owners { columns: 13rem; margin: 0; padding: 0; list-style: none; }
.owners li { padding: 0.15rem 0; break-inside: avoid; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 1.25rem; margin: 0 0 1.25rem; padding: 0; list-style: none; }
.figures li { padding: 0.9rem 1.1rem; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); }
.figures b { display: block; font-size: 1.9rem; line-height: 1.15; font-variant-numeric: tabular-nums; }
.figures span { display: block; color: var(--soft); font-size: 0.9rem; line-height: 1.35; }
.figures a { display: block; text-decoration: none; color: inherit; }
.figures a:hover b { text-decoration: underline; text-decoration-thickness: 2px; }
.health { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); gap: 0.9rem 1.5rem; margin: 0; padding: 0; list-style: none; }
.health li { position: relative; padding-left: 1.35rem; }
.health b { display: block; font-weight: 600; }
.health span { font-size: 0.9rem; }
.health .ago { color: inherit; }
.dot { position: absolute; left: 0; top: 0.42rem; width: 0.7rem; height: 0.7rem; border-radius: 50%; background: var(--soft); forced-color-adjust: none; }
.dot.good { background: var(--good-dot); }
.dot.bad { background: var(--danger); border-radius: 2px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr)); gap: 1.2rem 1.8rem; }
figure { margin: 0; }
figcaption { display: flex; align-items: baseline; justify-content: space-between; gap: 0.5rem; margin-bottom: 0.35rem; font-size: 0.9rem; color: var(--soft); }
figcaption b { color: var(--ink); font-size: 1.25rem; line-height: 1; font-variant-numeric: tabular-nums; }
.chart { display: block; width: 100%; height: 4rem; border-bottom: 1px solid var(--line); }
.chart .bar { fill: var(--main); }
.chart .bar.bad { fill: var(--danger); }
.chart .slot { fill: var(--tint); }
figure .hint { grid-column: 1 / -1; margin: 0.25rem 0 0; font-size: 0.78rem; }
.scale { display: flex; justify-content: space-between; margin: 0.15rem 0 0; color: var(--soft); font-size: 0.78rem; }
.badge { display: inline-block; padding: 0.05rem 0.55rem; border-radius: 999px; font-size: 0.82rem; font-weight: 600; white-space: nowrap; background: var(--ground); color: var(--soft); border: 1px solid var(--line); }
.badge.good { color: var(--good); background: var(--good-tint); border-color: transparent; }
.badge.bad { color: var(--danger); background: var(--danger-tint); border-color: transparent; }
.badge.warn { color: var(--warn); background: var(--warn-tint); border-color: transparent; }
pre { margin: 0 0 1rem; padding: 0.75rem; max-height: 28rem; overflow: auto; background: var(--ground); border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; }
details summary { cursor: pointer; }
.beside { color: var(--soft); font-style: italic; user-select: none; } /* what is copied is JSON */
.numbers { margin-top: 1rem; }
.numbers summary { color: var(--link); font-size: 0.9rem; }
.numbers .list { margin: 0.6rem 0 0; }
/* On a phone the name and the numbers stand beside the bars: below each other, eight charts would be three screens. */
@media (max-width: 30rem) {
  .charts { gap: 1rem; }
  figure { display: grid; grid-template-columns: 6.4rem 1fr auto; column-gap: 0.9rem; align-items: end; }
  figcaption { display: block; margin: 0; line-height: 1.25; }
  figcaption b { display: block; margin-top: 0.3rem; }
  .chart { grid-column: 2 / -1; height: 3rem; }
  .scale { display: contents; }
  .scale > * { grid-row: 2; grid-column: 3; margin-top: 0.15rem; color: var(--soft); font-size: 0.78rem; }
  .scale > :first-child { grid-column: 2; }
  .scale > .most { grid-column: 1; }
}
@media (forced-colors: active) {
  .top nav a[aria-current] { text-decoration: underline; }
  .irreversible, .notice { border: 1px solid; border-left-width: 4px; }
  .chart .bar { fill: CanvasText; }
  .chart .slot { fill: Canvas; }
}
`
