import { createApp, readSettings } from 'coatcheck'
import { createStore } from './engine.js'

const coat = await createApp({ settings: readSettings(process.env), engine: createStore })
const server = await coat.serve()
console.log('serving', server.url)
process.once('SIGTERM', () => coat.close())
