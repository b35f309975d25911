// The library: all that `import … from 'coatcheck'` gives.
export { createApp } from './coat.ts'
export type { Coat, CoatOptions, NodeListener, ServeOptions } from './coat.ts'
export { ConfigError, readConfig as readSettings } from './config/config.ts'
export type { Config } from './config/config.ts'
export type { Settings } from './config/by-hand.ts'
export type { RunningServer } from './http/server.ts'
// Declaration merging on 'coatcheck' reaches what is exported like this, and nothing else.
export * from './session/session-data.ts'
