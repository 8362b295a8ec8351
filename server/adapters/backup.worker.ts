import { listBackups, makeBackup } from './backup-files.ts'
import { serveThread } from './worker-thread.ts'

serveThread({ make: makeBackup, list: listBackups })
