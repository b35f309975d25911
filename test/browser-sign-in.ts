import type { Page } from 'playwright-core'
import { password } from './harness.ts'

/** Fills in the sign-in of staff that a page shows, and sends it. It does not wait for what comes of it. */
export async function signIn(page: Page, username = 'chief', secret = password): Promise<void> {
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(secret)
  await page.getByRole('button', { name: 'Sign in' }).click()
}
