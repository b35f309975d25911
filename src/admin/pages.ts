import { auditPage } from './audit.tsx'
import { homePage } from './home.tsx'
import type { PageName } from './links.ts'
import { newUserPage } from './new-user.tsx'
import { sessionPage } from './session.tsx'
import { sessionsPage } from './sessions.tsx'
import { userPage } from './user.tsx'
import { usersPage } from './users.tsx'
import type { Page } from './visit.ts'

/** Every page that staff see once they are signed in. */
export const pages: Readonly<Partial<Record<PageName, Page>>> = {
  home: homePage,
  sessions: sessionsPage,
  session: sessionPage,
  users: usersPage,
  user: userPage,
  'new-user': newUserPage,
  audit: auditPage,
}
