import { describeSessionStore } from 'coatcheck/testing'
import { createStore } from './engine.js'

describeSessionStore('my engine', () => createStore({}))
