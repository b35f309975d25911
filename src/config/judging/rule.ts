import type { Config } from '../config.ts'

/** How grave a finding is: with an ERROR the server should not face the internet, a WARNING costs something, INFO is advice. */
export type Level = 'ERROR' | 'WARNING' | 'INFO'

/** The levels, the gravest first. */
export const levels: readonly Level[] = ['ERROR', 'WARNING', 'INFO']

/** Something that is wrong, or could be better. */
export interface Finding {
  readonly level: Level
  /** The setting, or the part, that it is about. */
  readonly about: string
  /** What is wrong, and what is at stake. */
  readonly says: string
  /** What to do about it. */
  readonly cure: string
}

/** A value of a setting that a server in production should not have. */
export interface Rule extends Omit<Finding, 'about'> {
  readonly when: (config: Config) => boolean
}

/** What is thought of a setting: the values that are wrong, or why none is. */
export type Judgement = readonly Rule[] | { readonly safe: string }

/** What is thought of each setting of a group, by its variable. */
export type Judgements = Readonly<Record<string, Judgement>>
