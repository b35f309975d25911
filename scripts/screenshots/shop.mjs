import { serveShop } from '../../test/storefront/shop.ts'
import { open, operator, password } from './servers.mjs'

/** SESSION_COOKIE_AGE, in seconds: twice as long as the warning before the end. */
const age = 120

const agents = [
  ['Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0', '203.0.113.24'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    '198.51.100.7',
  ],
]

/** The storefront before an API of its own, and a way through it that is pictured on the way. */
export async function openShop() {
  const { app, graphql, url } = await open('shop', {
    settings: { SESSION_COOKIE_AGE: String(age), SESSION_RECHECK_INTERVAL: '1' },
    fill: (app) => app.users.add({ username: 'ada', password }, operator),
  })
  const shop = await serveShop(url)
  return { stop: shop.stop, shoot }

  /** Walks through the shop in a new tab of `context`. `picture` takes one under a name. */
  async function shoot(context, picture) {
    await app.sessions.revokeAll({ username: 'ada' }, operator)
    for (const [agent, ipAddress] of agents) await signInWith(agent, ipAddress)
    const page = await context.newPage()
    await page.clock.install()
    await page.goto(shop.byVite)
    await page.getByRole('heading', { name: 'Coat & Hat' }).waitFor()
    await picture(page, 'shop-signed-out')
    for (const goods of ['Felt hat', 'Umbrella'])
      await page.getByRole('button', { name: `Add to cart: ${goods}` }).click()
    await page.getByText('Total $104.00').waitFor()
    await picture(page, 'shop-cart')
    await page.clock.fastForward((age - 50) * 1000)
    await page.getByText('Your cart will be emptied soon').waitFor()
    await picture(page, 'shop-guest-expiry')
    await page.getByRole('button', { name: 'Keep them' }).click()
    await page.getByText('Your cart will be emptied').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'I am new here' }).click()
    await picture(page, 'shop-new-here')
    await page.getByLabel('Name').fill('bad name!')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Make an account' }).click()
    await page.getByText('Use only letters, digits').waitFor()
    await picture(page, 'shop-new-here-wrong')
    await page.getByRole('button', { name: 'I have an account' }).click()
    await page.getByLabel('Name').fill('ada')
    await page.getByLabel('Password').fill('not the password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('This name and password do not go together.').waitFor()
    await picture(page, 'shop-sign-in-wrong')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Signed in as ada').waitFor()
    await page.getByRole('button', { name: /^Sign out: Firefox/ }).waitFor()
    await picture(page, 'shop-signed-in')
    await picture(
      page,
      'shop-devices',
      page.getByRole('region', { name: /account|devices/i }).first(),
    )
    await page.clock.fastForward((age - 50) * 1000)
    await page.getByText('You will be signed out soon.').waitFor()
    await picture(page, 'shop-expiry')
    await app.sessions.revokeAll({ username: 'ada' }, operator)
    await page.getByText('You were signed out from another device, or by our staff.').waitFor()
    await picture(page, 'shop-signed-out-because')
    await page.close()
  }

  async function signInWith(agent, ipAddress) {
    const query = `mutation { login(input: { username: "ada", password: "${password}" }) { __typename } }`
    await fetch(graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': agent },
      body: JSON.stringify({ query }),
    })
    await app.db.session.updateMany({ where: { userAgent: agent }, data: { ipAddress } })
  }
}
