import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { serverWorld, TOKEN } from '../support/server-world.ts'

const portOf = (app: { server: { address(): unknown } }): number => (app.server.address() as AddressInfo).port

t.test('with a certificate it speaks HTTPS, and says that it will', async (t) => {
  const dir = t.testdir()
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', join(dir, 'key'), '-out', join(dir, 'cert'), '-days', '2', '-subj', '/CN=localhost'], { stdio: 'ignore' })
  const tls = { cert: readFileSync(join(dir, 'cert'), 'utf8'), key: readFileSync(join(dir, 'key'), 'utf8') }
  const { app } = await serverWorld(t, { tls }, join(dir, 'station'))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const answer = await new Promise<{ status: number | undefined; hsts: unknown }>((resolve, reject) => {
    httpsRequest({ port: portOf(app), host: '127.0.0.1', path: '/healthz', ca: tls.cert, servername: 'localhost' }, (response) => {
      response.resume()
      resolve({ status: response.statusCode, hsts: response.headers['strict-transport-security'] })
    }).on('error', reject).end()
  })
  t.match(answer, { status: 200, hsts: /max-age/ })
})

t.test('a sender that goes away in the middle of an upload leaves nothing behind', async (t) => {
  const world = await serverWorld(t)
  await world.app.listen({ port: 0, host: '127.0.0.1' })
  const uploads = join(world.folder, 'uploads')
  const socket = connect(portOf(world.app), '127.0.0.1')
  const head = `POST /api/v1/programmes HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: 5000000\r\n\r\n--b\r\ncontent-disposition: form-data; name="file"; filename="a.mp3"\r\n\r\n`
  socket.write(head)
  socket.write(Buffer.alloc(300_000, 1))
  const until = async (fits: () => boolean): Promise<boolean> => {
    for (let n = 0; n < 200 && !fits(); n++) await wait(25)
    return fits()
  }
  t.ok(await until(() => readdirSync(uploads).length === 1), 'the upload is under way')
  socket.destroy()
  t.ok(await until(() => readdirSync(uploads).length === 0), 'and gone')
  t.same(world.errors, [])
  t.equal((await world.app.inject('/healthz')).statusCode, 200)
})
