import { setTimeout as sleep } from 'node:timers/promises'
import { post, startProcess } from './process.mjs'
import { ms, quantile, ratio } from './setting.mjs'

export const title = 'Is { me } answered while two hundred people sign in at once?'

const logins = 200
const login = `mutation ($password: String!) {
  login(input: { username: "admin", password: $password }) { __typename ... on Error { code } }
}`

/** The time of { me } for a signed-in visitor, alone (baseline) and during the storm. */
export async function measure() {
  const password = 'the password of the bench'
  const server = await startProcess({ ADMIN_PASSWORD: password, TRUST_PROXY: '1' })
  const first = await post(server.url, login, { variables: { password } })
  const cookie = first.headers.getSetCookie()[0].split(';')[0]
  const me = async () => {
    const { status, body, took } = await post(server.url, '{ me { username } }', {
      headers: { cookie },
    })
    if (status !== 200 || body.data.me === null) throw new Error(JSON.stringify(body))
    return took
  }
  for (let warming = 0; warming < 200; warming++) await me()
  const alone = []
  for (let at = 0; at < 300; at++) alone.push(await me())

  const outcomes = {}
  let isOver = false
  const storm = Promise.all(
    // Each from an address of its own, or the throttle would be what is measured.
    Array.from({ length: logins }, async (_, at) => {
      const headers = { 'x-forwarded-for': `10.0.${at >> 8}.${at & 255}` }
      const { status, body } = await post(server.url, login, { variables: { password }, headers })
      const outcome = status === 503 ? 'SERVER_BUSY' : body.data.login.__typename
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    }),
  ).then(() => (isOver = true))
  const during = []
  while (!isOver) {
    during.push(await me())
    await sleep(1)
  }
  await storm
  await server.stop()
  const both = (times, q) => quantile(times, q)
  return {
    '{ me } alone: median, 95 of 100, longest (baseline)': [0.5, 0.95, 1]
      .map((q) => ms(both(alone, q)))
      .join(', '),
    [`{ me } during the storm, ${during.length} of them`]: [0.5, 0.95, 1]
      .map((q) => `${ms(both(during, q))} ${ratio(both(during, q), both(alone, q))}`)
      .join(', '),
    'the logins': Object.entries(outcomes)
      .map(([outcome, count]) => `${count} ${outcome}`)
      .join(', '),
  }
}
