export { createReportStore } from './store.ts'
