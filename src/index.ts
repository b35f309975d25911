/**
 * The library: all that `import … from 'coatcheck'` gives.
 * @module coatcheck
 */
export { createApp } from './coat.ts'
export type { Coat } from './coat.ts'
export type { CoatOptions, HostOptions, NamesOption } from './app/options.ts'
export type { ServeOptions } from './app/own-servers.ts'
export { h } from './admin/element.ts'
export type { AdminAttributes, AdminContent, AdminElement, AdminTag } from './admin/element.ts'
export type { LinkParameters } from './admin/links.ts'
export type { AdminAct, AdminGoTo, AdminSection, AdminView, AdminVisit } from './admin/section.ts'
export { BackendUnusable } from './auth/logins/backends.ts'
export type { ActedBy, AuthEvent, LoginFailure, ShellUser } from './auth/audit/auth-event.ts'
export type { AuthListener, EventContext } from './auth/audit/listener.ts'
export type { Acting } from './auth/host/acting.ts'
export type { CredentialsOrigin, HostLogins } from './auth/host/host-logins.ts'
export type { HostSession, HostSessions } from './auth/host/host-sessions.ts'
export type { HostUsers } from './auth/host/host-users.ts'
export type { Page, PageOptions } from './auth/host/page.ts'
export type { HostSessionFilter as SessionFilter } from './auth/host/host-filter.ts'
export type {
  AuthenticationBackend,
  BackendAnswer,
  Credentials,
  LoginOrigin,
  LoginRequest,
} from './auth/logins/backend.ts'
export type { BackendChoice, BackendTools, CreateBackend } from './auth/logins/backends.ts'
export type { PasswordChanged } from './auth/accounts/change-password.ts'
export type { ListedSession } from './auth/sessions/session-list.ts'
export type { SessionEndReason } from './auth/roster/why-ended.ts'
export type { Activation } from './auth/accounts/accounts.ts'
export type { Deletion } from './auth/accounts/deletion.ts'
export type { NewUser } from './auth/users/new-user.ts'
export type { PersonalData } from './auth/accounts/personal-data.ts'
export type { UserClue, UserName, Users } from './auth/users/users.ts'
export type { User } from './auth/users/user.ts'
export type { HostFacts } from './host/facts.ts'
export type { AnswerFetch, FetchFacts } from './host/fetch.ts'
export type { NodeListener } from './host/listener.ts'
export { ConfigError, readConfig as readSettings } from './config/config.ts'
export type { Config } from './config/config.ts'
export type { Settings } from './config/by-hand.ts'
export type { FetchHandler, FetchWithSession } from './host/fetch-with-session.ts'
export type { Look, LookAtSession } from './host/look.ts'
export type { Next } from './host/route.ts'
export type { RouteHandler, RouteOptions, WithSessionRoute } from './host/with-session.ts'
export { DatabaseUnusable } from './database/errors.ts'
export type { RunningServer } from './http/server.ts'
export type { HostMetrics, PromRegistry } from './metrics/host-metrics.ts'
export { EngineUnusable } from './session/engines/custom-engine.ts'
export type { CreateStore, EngineOptions } from './session/engines/custom-engine.ts'
export type { SessionStore, StoredRecord, Version } from './session/store.ts'
export type { SessionRecord } from './session/record/record.ts'
export type { SessionId } from './session/key.ts'
export type { Identity } from './auth/logins/identity.ts'
export type { Remembering } from './auth/logins/logins.ts'
export type { Visit } from './auth/logins/visit.ts'
export type { CartData, CartLine } from './features/cart/names.ts'
export type { FeatureSwitches, HostNames } from './features/features.ts'
export type { PreferencesData } from './features/preferences/names.ts'
export type { VisitorValues } from './features/values/names.ts'
export type { Builder } from './graphql/builder.ts'
export type { ResolverContext } from './graphql/context.ts'
export type { RefusalTypeOptions } from './graphql/refusal-types.ts'
export { UnusableTypes } from './graphql/unusable-types.ts'
export { parseInput } from './graphql/input.ts'
export {
  invalid,
  InvalidCredentials,
  InvalidInput,
  NotFound,
  Refusal,
  SessionInterrupted,
  SessionTooLarge,
  TooManyAttempts,
  UsernameTaken,
} from './refusals.ts'
export type { BrokenRule, InvalidField, InvalidFieldCode } from './refusals.ts'
export type {
  SessionDefinition,
  SessionName,
  SessionSchema,
  SessionUser,
  SignInRule,
} from './session/record/data.ts'
export type { Session } from './session/session.ts'
// Declaration merging on 'coatcheck' reaches what is exported like this, and nothing else.
export * from './graphql/named-types.ts'
export * from './session/record/session-data.ts'
