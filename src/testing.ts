/**
 * What `import … from 'coatcheck/testing'` gives.
 * @module coatcheck/testing
 */
export { describeSessionStore } from './testing/describe-session-store.ts'
export { signIn } from './testing/sign-in.ts'
export type { SignInOptions } from './testing/sign-in.ts'
export type { StoreLimits } from './testing/store-promise.ts'
