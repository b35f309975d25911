import type { Page } from 'playwright-core'
import { password } from '../harness.ts'

/** Signs the first member of staff in, by the form of the pages at `address`, and waits for the front page. */
export async function signInAsChief(page: Page, address: string): Promise<void> {
  await page.goto(`${address}?page=sign-in`)
  await page.getByLabel('Username').fill('chief')
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(/page=home/)
}
