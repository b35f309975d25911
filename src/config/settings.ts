import { ofAccounts } from './declared/of-accounts.ts'
import { ofCallers } from './declared/of-callers.ts'
import { ofCookie } from './declared/of-cookie.ts'
import { ofConnections, ofRequests } from './declared/of-limits.ts'
import { ofServer } from './declared/of-server.ts'
import { ofSessions } from './declared/of-sessions.ts'
import { fixedIn, settingsIn } from './setting.ts'
import type { Declarations } from './setting.ts'

/** Every setting of this server, by its name in Config. */
export const settings = {
  ...ofServer,
  ...ofSessions,
  ...ofCookie,
  ...ofAccounts,
  ...ofCallers,
  ...ofRequests,
  ...ofConnections,
}

/** Every variable that the server reads. */
export const variables = settingsIn(settings).map(({ variable }) => variable)

/** What no operator changes. */
export const fixed = fixedIn(settings)

/** A group of settings, as an operator reads of them. */
export interface SettingsGroup {
  readonly title: string
  readonly settings: Declarations
}

/** The same settings, in the order of `.env.example` and docs/settings.md. */
export const groups: readonly SettingsGroup[] = [
  { title: 'Where the server runs, and on what', settings: ofServer },
  { title: 'Where sessions are kept, and for how long', settings: { ...ofSessions, ...ofCookie } },
  { title: 'Who may sign in, and what is remembered of it', settings: ofAccounts },
  { title: 'Who may reach it, from where', settings: ofCallers },
  { title: 'What one request may ask for', settings: ofRequests },
  { title: 'What one connection may take', settings: ofConnections },
]
