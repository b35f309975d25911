import type { Page } from 'playwright-core'
import { signIn } from '../browser-sign-in.ts'

/** Signs the first member of staff in, by the form of the pages at `address`, and waits for the front page. */
export async function signInAsChief(page: Page, address: string): Promise<void> {
  await page.goto(`${address}?page=sign-in`)
  await signIn(page)
  await page.waitForURL(/page=home/)
}
