/** What the settings are made of, as the primary read it when the command began. Every worker gets it, whenever it starts. */
export interface Origins {
  /** The variables, those of the `.env` file among them. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The `settings` of the config file, as JSON; undefined where it has none. */
  readonly written?: unknown
}

/** What the primary says to a worker. Everything here goes through JSON. */
export type ToWorker =
  | {
      readonly kind: 'start'
      readonly size: number
      readonly number: number
      readonly isFirst: boolean
      /** How often it says that it is there, from now on, in milliseconds. */
      readonly beatEvery: number
      readonly origins: Origins
    }
  | { readonly kind: 'stop' }
  | { readonly kind: 'told'; readonly subject: string; readonly message: unknown }
  /** The worker did not take what it was told for a while, and has missed some of it. */
  | { readonly kind: 'missed'; readonly subject: string }
  | { readonly kind: 'question'; readonly id: number; readonly subject: string }
  | { readonly kind: 'answers'; readonly id: number; readonly answers: readonly unknown[] }
  | { readonly kind: 'turn'; readonly id: number }

/** What a worker says to the primary. */
export type ToPrimary =
  /** It hears from now on. What is said to it before is lost. */
  | { readonly kind: 'here' }
  | { readonly kind: 'serving'; readonly url: string }
  /** It is there, and its event loop goes on. */
  | { readonly kind: 'beat' }
  /** Its event loop may stand still for minutes from now on, because of work that cannot be divided. */
  | { readonly kind: 'busy' }
  /** That is over. */
  | { readonly kind: 'free' }
  /** It takes its leave, after a fault or because it was asked to: another shall take its place. */
  | { readonly kind: 'leaving'; readonly hasFailed: boolean }
  | { readonly kind: 'tell'; readonly subject: string; readonly message: unknown }
  /** Answers are waited for at most for `patience` milliseconds. */
  | {
      readonly kind: 'ask'
      readonly id: number
      readonly subject: string
      readonly patience: number
    }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'take-turn'; readonly id: number }
  | { readonly kind: 'end-turn'; readonly id: number }
