export { createRelayStore } from './store.ts'
