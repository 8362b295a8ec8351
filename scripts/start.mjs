// npm start: sets up what is missing, then runs the server; arguments go to it as they are.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { ROOT, orRefuse } from './steps.mjs'
import { setUp } from './setup.mjs'

const args = process.argv.slice(2)
const demonstration = !args.includes('--no-demo')
// the demonstration speaks its own bulletins; a station may live without either until it imports something
const parts = ['ffmpeg', 'speech']
await orRefuse(() => setUp({ dev: false, required: demonstration ? parts : [], optional: demonstration ? [] : parts }))

const server = spawn(process.execPath, ['--enable-source-maps', join(ROOT, 'dist', 'server', 'main.js'), ...args], { cwd: ROOT, stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    // a terminal sends Ctrl-C to the server as well; a second one would cut its graceful stop short
    if (signal !== 'SIGINT' || !process.stdin.isTTY) server.kill(signal)
  })
}
// npm that is killed outright forwards nothing: without this the station would play on with nobody to stop it
const parent = process.ppid
const watch = setInterval(() => {
  if (process.env.npm_lifecycle_event && process.ppid !== parent) server.kill('SIGTERM')
}, 2_000)
server.on('exit', (code, signal) => {
  clearInterval(watch)
  process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0)
})
