/** Colours, type, and what stands around a page. */
export const layoutStyles = /* CSS */ `
:root {
  color-scheme: light dark;
  --ground: #f5f7f7;
  --paper: #fff;
  --ink: #16211f;
  --soft: #52605d;
  --line: #d5dddb;
  --tint: #e6f2f0;
  --main: #0f766e;
  --main-ink: #fff;
  --link: #0b5f58;
  --danger: #b42318;
  --danger-tint: #fdecea;
  --warn: #8a5a00;
  --warn-tint: #fdf3dd;
  --good: #17693a;
  --good-tint: #e5f4ea;
  --good-dot: #1f9d57;
  --shadow: 0 1px 2px rgb(16 40 36 / 7%), 0 4px 14px rgb(16 40 36 / 4%);
  --bar: #0b3f3b;
  --bar-ink: #e9f6f4;
  --bar-tint: #14564f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #101716;
    --paper: #182120;
    --ink: #e7efed;
    --soft: #a5b4b1;
    --line: #31403d;
    --tint: #1e302d;
    --main: #5eead4;
    --main-ink: #06312c;
    --link: #7fe3d4;
    --danger: #ff9a8f;
    --danger-tint: #3a1c19;
    --warn: #f2c46d;
    --warn-tint: #352a12;
    --good: #86e0a8;
    --good-tint: #16301f;
    --good-dot: #4ade80;
    --shadow: none;
    --bar: #0b1d1b;
    --bar-ink: #e7efed;
    --bar-tint: #17433e;
  }
}
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
html { scroll-padding-block: 4.5rem; } /* what has the focus is under no bar */
body {
  margin: 0;
  padding: 0 env(safe-area-inset-right) 0 env(safe-area-inset-left); /* the page has the whole of a phone's screen, its notch and its edge too */
  min-height: 100vh;
  display: flex;
  flex-direction: column;
  background: var(--ground);
  color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
}
a { color: var(--link); text-underline-offset: 0.15em; }
:focus-visible { outline: 3px solid var(--main); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 0.5rem; z-index: 1; padding: 0.5rem 1rem; background: var(--paper); }
.top {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0.5rem 1.5rem;
  padding: 0.6rem clamp(1rem, 3vw, 2.5rem);
  background: var(--bar);
  color: var(--bar-ink);
  border-bottom: 1px solid var(--bar-tint);
}
.top :focus-visible { outline-color: #5eead4; }
.brand { display: flex; align-items: center; gap: 0.55rem; margin: 0; font-weight: 680; letter-spacing: 0.01em; }
.brand img { display: block; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem; margin: 0; padding: 0; list-style: none; }
.top nav a {
  display: block;
  padding: 0.35rem 0.8rem;
  border-radius: 999px;
  color: inherit;
  text-decoration: none;
}
.top nav a:hover, .top nav a[aria-current] { background: var(--bar-tint); }
.top nav a[aria-current] { font-weight: 600; }
.signed-in { display: flex; align-items: center; gap: 0.75rem; margin-left: auto; font-size: 0.9rem; }
.signed-in a { color: inherit; font-weight: 600; }
.top button { color: inherit; background: transparent; border-color: #5b8f88; }
.top button:hover { background: var(--bar-tint); }
main { flex: 1; width: 100%; max-width: 82rem; margin: 0 auto; padding: 1.5rem clamp(1rem, 3vw, 2.5rem); }
main.alone { max-width: 34rem; padding-top: clamp(1.5rem, 9vh, 6rem); }
main.alone .narrow { max-width: none; }
footer { padding: 1rem clamp(1rem, 3vw, 2.5rem); color: var(--soft); font-size: 0.85rem; text-align: center; }
footer p { margin: 0; }
footer { padding-bottom: max(1rem, env(safe-area-inset-bottom)); }
body:not(:has(time)) footer { display: none; } /* it says whose times these are */
h1 { margin: 0 0 1.1rem; font-size: 1.65rem; font-weight: 680; line-height: 1.2; letter-spacing: -0.01em; overflow-wrap: anywhere; }
.kicker { margin: 0 0 0.15rem; color: var(--soft); font-size: 0.85rem; }
h2 { margin: 0 0 0.8rem; font-size: 1.05rem; font-weight: 650; }
h3 { margin: 1rem 0 0.5rem; font-size: 0.95rem; }
.faint, .ago { color: var(--soft); }
.ago { white-space: nowrap; }
.id, code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.875em; }
code { overflow-wrap: anywhere; }
.panel {
  margin: 0 0 1.25rem;
  padding: 1.1rem 1.25rem;
  background: var(--paper);
  border: 1px solid var(--line);
  border-radius: 12px;
  box-shadow: var(--shadow);
}
.panel > :first-child { margin-top: 0; }
.panel > :last-child, .panel > :last-child > pre:last-child { margin-bottom: 0; }
.narrow { max-width: 27rem; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 0 1.25rem; align-items: start; }
`
