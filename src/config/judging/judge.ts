import type { Config } from '../config.ts'
import { judgedAccounts } from './of-accounts.ts'
import { judgedCallers } from './of-callers.ts'
import { judgedCookie } from './of-cookie.ts'
import { judgedLimits } from './of-limits.ts'
import { judgedServer } from './of-server.ts'
import { judgedSessions } from './of-sessions.ts'
import type { Finding, Judgements } from './rule.ts'

/** What is thought of every setting, by its variable. */
export const judgements: Judgements = {
  ...judgedServer,
  ...judgedSessions,
  ...judgedCookie,
  ...judgedAccounts,
  ...judgedCallers,
  ...judgedLimits,
}

/** What of `config` a server in production should not have, in the order of the settings. */
export function judge(config: Config): Finding[] {
  return Object.entries(judgements).flatMap(([about, judgement]) => {
    if ('safe' in judgement) return []
    return judgement.flatMap(({ when, ...finding }) =>
      when(config) ? [{ about, ...finding }] : [],
    )
  })
}
