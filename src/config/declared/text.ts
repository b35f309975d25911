import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { longestCookieAge } from '../longest-cookie.ts'

/** A whole number, both bounds included. */
export function wholeNumber(least: number, most: number) {
  const message = `A whole number from ${least} to ${most}.`
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= most, message)
}

/** How long something of a session lasts, in seconds. */
export function seconds(least: number) {
  return wholeNumber(least, longestCookieAge)
}

/** How much of something a document may hold. More than a hundred thousand would be no bound. */
export const many = wholeNumber(1, 100_000)

/** Yes or no. */
export const flag = z
  .enum(['true', 'false'], 'true or false.')
  .transform((value) => value === 'true')

/** A number of processes, or as many as the machine has processors for this one. */
export const processes = z
  .string()
  .regex(/^(auto|[1-9]\d?)$/, 'A whole number from 1 to 99, or auto.')
  .transform((text) => (text === 'auto' ? Math.min(availableParallelism(), 99) : Number(text)))

/** Several things, separated by commas. */
export const list = z.string().transform(itemsOf)

/** A secret, of as many bytes as a SHA-256 has: too many to be guessed. */
export const secret = z.string().refine(isLongEnough, 'At least 32 bytes.')

/** Several of them. */
export const secretList = list.refine((keys) => keys.every(isLongEnough), 'At least 32 bytes each.')

/** What `text` names, between its commas. */
export function itemsOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function isLongEnough(text: string): boolean {
  return Buffer.byteLength(text) >= 32
}
