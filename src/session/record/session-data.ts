/**
 * What a session may hold: one property per name. A host adds its own names by declaration merging on the package,
 * `declare module 'coatcheck' { interface SessionData { … } }`, and gives each a definition in `names` of `createApp`.
 */
// An interface, because only interfaces merge. Alone in its file, because the package must pass it on by `export *`:
// TypeScript merges a host's declaration only into what a package exports so.
export interface SessionData {}
