import type { VNode } from 'preact'
import { counted } from '../numbers.ts'
import type { AdminSection } from './section.ts'

/** What a page says was done, by the word in its address. No sentence comes from the address itself. */
const notices: Readonly<Record<string, (count: number) => string>> = {
  'session-ended': () => 'The session is over.',
  'session-was-over': () => 'That session had already ended.',
  'sessions-ended': (count) =>
    count === 0 ? 'None was left to end: all of them were over already.' : ended(count),
  'sessions-left': (count) =>
    `${count === 0 ? 'None has ended yet' : `${counted(count, 'session')} ended`}, and there was no time for all: end the others too.`,
  'user-made': () => 'The user is made.',
  'user-activated': () => 'The user may sign in again.',
  'user-deactivated': (count) => `The user may not sign in any more. ${ended(count)}`,
  'user-promoted': () => 'The user is staff from now on.',
  'user-demoted': () => 'The user is staff no longer.',
  'password-set': (count) => `The password is set. ${ended(count)}`,
}

function ended(count: number): string {
  return count === 0 ? 'No session was open.' : `${counted(count, 'session')} ended.`
}

/**
 * The notice of a page that a form led to; nothing where there is none. It has the focus: a screen reader says by itself only
 * what changes on a page, and this is there from the start.
 */
export function Notice({
  params,
  section,
}: {
  params: URLSearchParams
  /** The host's, where the page is one of its. */
  section: AdminSection | undefined
}): VNode | null {
  const sentence = section ? theirs(section, params) : ours(params)
  if (sentence === null) return null
  return (
    <p class="notice" role="status" tabIndex={-1} autofocus={true}>
      {sentence}
    </p>
  )
}

function ours(params: URLSearchParams): string | null {
  const done = params.get('done') ?? ''
  if (!Object.hasOwn(notices, done)) return null
  return notices[done]?.(Number(/^\d{1,9}$/.exec(params.get('n') ?? '')?.[0] ?? 0)) ?? null
}

function theirs({ notices: sentences = {} }: AdminSection, params: URLSearchParams): string | null {
  const done = params.get('done') ?? ''
  return Object.hasOwn(sentences, done) ? (sentences[done] ?? null) : null
}
