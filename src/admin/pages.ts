import { auditPage } from './audit.tsx'
import { changeUserPage } from './change-user.tsx'
import { endSessionPage } from './end-session.tsx'
import { endSessionsPage } from './review-ends.tsx'
import { homePage } from './home.tsx'
import type { PageName } from './links.ts'
import { newUserPage } from './new-user.tsx'
import type { AdminSection } from './section.ts'
import { pageOfSection } from './section-page.ts'
import { sessionPage } from './session.tsx'
import { sessionsPage } from './sessions.tsx'
import { userPage } from './user.tsx'
import { usersPage } from './users.tsx'
import type { Page } from './visit.ts'

/** Every page of ours that staff see once they are signed in. */
const own: Readonly<Partial<Record<PageName, Page>>> = {
  home: homePage,
  sessions: sessionsPage,
  session: sessionPage,
  'end-session': endSessionPage,
  'end-sessions': endSessionsPage,
  users: usersPage,
  user: userPage,
  'change-user': changeUserPage,
  'new-user': newUserPage,
  audit: auditPage,
}

/** All pages by their names, with the sections of a host. */
export function pagesWith(sections: readonly AdminSection[]): ReadonlyMap<string, Page> {
  return new Map([
    ...Object.entries(own),
    ...sections.map((section) => [section.name, pageOfSection(section)] as const),
  ])
}
