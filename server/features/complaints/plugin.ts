export { createComplaintStore, createPoleCodeStore } from './store.ts'
