import { isAlive } from '../auth/roster/why-ended.ts'
import { NotFound } from '../refusals.ts'
import { linkTo } from './links.ts'
import { Irreversible } from './parts.tsx'
import { sessionIdIn } from './session-id.ts'
import { SessionRows } from './session-rows.tsx'
import type { Page, View, Visit } from './visit.ts'

/** Asks whether a session is to end, and says whose it is. Its form is one of the session's own page. */
export const endSessionPage: Page = { show }

async function show({ desk, caller, params }: Visit<'sessions' | 'now'>): Promise<View> {
  const id = sessionIdIn(params)
  const session = await desk.sessions.inspect(id)
  if (session === null) throw new NotFound('session')
  const now = desk.now()
  const own = await caller.session.id()
  const here = linkTo('session', { id })
  if (!isAlive(session, now))
    return {
      title: 'Nothing to end',
      body: (
        <section class="panel">
          <p>That session had already ended.</p>
          <p>
            <a href={here}>Back to the session</a>
          </p>
        </section>
      ),
    }
  const theyLose =
    session.user === null
      ? 'The guest loses what the session holds, at the next request.'
      : 'The visitor is signed out at the next request, and loses what the session holds.'
  return {
    title: 'End this session?',
    body: (
      <>
        <div class="list">
          <SessionRows rows={[session]} now={now} own={own} caption="The session that would end" />
        </div>
        <form method="post" action={here} class="panel">
          <Irreversible>
            {id === own ? 'It is your own session: you are signed out at once.' : theyLose}
          </Irreversible>
          <p class="actions">
            <button name="do" value="end" class="danger">
              End this session
            </button>
            <a href={here}>Keep it</a>
          </p>
        </form>
      </>
    ),
  }
}
