import { beforeAskingAgain } from './before-asking-again.ts'

/**
 * How long a change of key is taken back, in milliseconds: no longer than the old key opens its session meanwhile
 * (auth/roster/admission.ts), less what a call may have taken.
 */
const patience = 20_000

/**
 * Takes a change of key back by `take`, whose key has reached no visitor. Resolves with the first attempt. Where that fails, as
 * where the database is away, it goes on in the background: otherwise the session before would be over for its visitor, and
 * go on under a key that no visitor has. Never rejects. `take` may be carried out twice.
 */
export async function untilTakenBack(take: () => Promise<unknown>): Promise<void> {
  const since = performance.now()
  if (!(await isDone(take))) void goOn(take, since)
}

async function goOn(take: () => Promise<unknown>, since: number): Promise<void> {
  for (let failures = 0; performance.now() - since < patience; failures++) {
    await beforeAskingAgain(failures, { ref: false })
    if (await isDone(take)) return
  }
}

async function isDone(take: () => Promise<unknown>): Promise<boolean> {
  try {
    await take()
    return true
  } catch {
    return false
  }
}
