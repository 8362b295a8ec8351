export { createNotifyStore } from './store.ts'
