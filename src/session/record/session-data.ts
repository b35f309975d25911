/**
 * What a session may hold: one property per name. A host adds its own names by declaration merging on the package,
 * `declare module 'coatcheck' { interface SessionData { … } }`, and gives each a definition in `names` of `createApp`.
 */
// An interface, because only interfaces merge. Alone in its file: the package's door passes it on by `export *`, and
// TypeScript merges a host's declaration into what is passed on in that way, and in no other.
export interface SessionData {}
