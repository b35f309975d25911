import { createUser } from '../dist/auth/users/new-user.js'
import { ms, openServer, quantile } from './setting.mjs'

export const title = 'Can an unknown user be told from a wrong password by the time it takes?'

const each = 200
const login = `mutation ($username: String!, $password: String!) {
  login(input: { username: $username, password: $password }) { ... on Error { code } }
}`

/**
 * AUC: how often a refusal of the one kind takes longer than one of the other. 0.5: cannot be told apart; 1: always.
 * Of 200 and 200 that are the same, it stays within 0.5 ± 0.06 nineteen times of twenty.
 */
export async function measure() {
  const { app, url, close } = await openServer({ TRUST_PROXY: '1' })
  for (const username of ['active', 'inactive'])
    await createUser(app.db, app.passwords, { username, password: 'the right password' })
  await app.db.user.updateMany({ where: { username: 'inactive' }, data: { isActive: false } })

  let sent = 0
  /** How long a refusal takes, from an address of its own: the throttle has never seen it. */
  async function refusal({ username, password }) {
    const from = `10.${sent >> 16}.${(sent >> 8) & 255}.${sent++ & 255}`
    const start = performance.now()
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
      body: JSON.stringify({ query: login, variables: { username, password } }),
    })
    const body = await response.text()
    const took = performance.now() - start
    if (!body.includes('INVALID_CREDENTIALS')) throw new Error(body)
    return took
  }

  const kinds = {
    unknown: { username: 'nobody', password: 'a wrong password' },
    wrong: { username: 'active', password: 'a wrong password' },
    inactive: { username: 'inactive', password: 'the right password' },
  }
  const compare = async (one, other) => {
    const times = [[], []]
    for (let round = 0; round < 2 * each; round++) {
      // In pairs, either first: what changes over time changes for both.
      const at = (round + (round >> 1)) % 2
      times[at].push(await refusal([one, other][at]))
    }
    return times
  }
  for (let round = 0; round < 20; round++) await refusal(Object.values(kinds)[round % 3])
  const [unknown, wrong] = await compare(kinds.unknown, kinds.wrong)
  const [inactive, wrongAgain] = await compare(kinds.inactive, kinds.wrong)
  const [same, sameAgain] = await compare(kinds.wrong, kinds.wrong)
  await close()
  return {
    'a wrong password: median, 95 of 100 (baseline)': `${ms(quantile(wrong, 0.5))}, ${ms(quantile(wrong, 0.95))}`,
    'an unknown user: median, 95 of 100': `${ms(quantile(unknown, 0.5))}, ${ms(quantile(unknown, 0.95))}`,
    'an inactive user: median, 95 of 100': `${ms(quantile(inactive, 0.5))}, ${ms(quantile(inactive, 0.95))}`,
    'AUC, unknown user against wrong password': auc(unknown, wrong).toFixed(3),
    'AUC, inactive user against wrong password': auc(inactive, wrongAgain).toFixed(3),
    'AUC, wrong password against itself (baseline)': auc(same, sameAgain).toFixed(3),
  }
}

function auc(one, other) {
  let longer = 0
  for (const a of one) for (const b of other) longer += a > b ? 1 : a === b ? 0.5 : 0
  return longer / (one.length * other.length)
}
