import type { VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import type { User } from '../auth/users/user.ts'
import type { AdminAssets } from './assets.ts'
import { linkTo, pageNamedIn } from './links.ts'
import type { PageName } from './links.ts'
import { Notice } from './notices.tsx'
import type { AdminSection } from './section.ts'
import type { View } from './visit.ts'

/** What stands around a page. */
export interface Frame {
  readonly assets: AdminAssets
  /** Who looks at it; null for a stranger, who gets no way to other pages. */
  readonly staff: User | null
  /** The query of its URL. */
  readonly params: URLSearchParams
  /** Those of the host, which follow ours in the navigation. */
  readonly sections: readonly AdminSection[]
}

/** The whole document of a page. Texts are escaped by the renderer, wherever they come from. */
export function renderDocument(view: View, frame: Frame): string {
  return `<!doctype html>${renderToString(<Document view={view} frame={frame} />)}`
}

function Document({ view, frame }: { view: View; frame: Frame }): VNode {
  const { assets, staff, params, sections } = frame
  const section = sections.find(({ name }) => name === params.get('page'))
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex, nofollow" />
        <title>{`${isError(view) ? 'Error: ' : ''}${view.title} · Coatcheck`}</title>
        <link rel="icon" type="image/svg+xml" href={`?asset=${assets.icon.name}`} />
        <link rel="stylesheet" href={`?asset=${assets.styles.name}`} />
        <script defer src={`?asset=${assets.script.name}`} />
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <header class="top">
          <p class="brand">
            <img src={`?asset=${assets.icon.name}`} alt="" width="28" height="28" />
            <span>Coatcheck</span>
          </p>
          {staff && (
            <Navigation current={section?.name ?? pageNamedIn(params)} sections={sections} />
          )}
          {staff && <SignedInAs staff={staff} />}
        </header>
        <main id="main" tabIndex={-1} class={staff ? undefined : 'alone'}>
          <h1>{view.title}</h1>
          {staff && <Notice params={params} section={section} />}
          {view.body}
        </main>
        <footer>
          <p data-zone="Times are shown in your time zone">Times are in UTC.</p>
        </footer>
      </body>
    </html>
  )
}

function isError({ isRefused = false, status = 200 }: View): boolean {
  return isRefused || status === 403
}

const own: readonly { name: string; page: string; below: readonly PageName[] }[] = [
  { name: 'Now', page: 'home', below: [] },
  { name: 'Sessions', page: 'sessions', below: ['session', 'end-session', 'end-sessions'] },
  { name: 'Users', page: 'users', below: ['user', 'change-user', 'new-user'] },
  { name: 'Audit', page: 'audit', below: [] },
]

function Navigation({
  current,
  sections,
}: {
  current: string | null
  sections: readonly AdminSection[]
}): VNode {
  const all = [
    ...own,
    ...sections.map(({ name, title }) => ({ name: title, page: name, below: [] })),
  ]
  const stateOf = (page: string, below: readonly string[]) => {
    if (current === page) return 'page'
    return current !== null && below.includes(current) ? 'true' : undefined
  }
  return (
    <nav aria-label="Sections">
      <ul>
        {all.map(({ name, page, below }) => (
          <li key={page}>
            <a href={linkTo(page)} aria-current={stateOf(page, below)}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function SignedInAs({ staff }: { staff: User }): VNode {
  return (
    <form method="post" action={linkTo('home')} class="signed-in">
      <span>
        <span>Signed in as </span>
        <a href={linkTo('user', { id: staff.id })}>
          <bdi>{staff.username}</bdi>
        </a>
      </span>
      <button name="do" value="sign-out" class="quiet">
        Sign out
      </button>
    </form>
  )
}
