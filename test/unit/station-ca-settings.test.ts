import t from 'tap'
import { readServerSettings } from '../../server/core/server-settings.ts'

const localHttps = (env: Record<string, string>): unknown => {
  const read = readServerSettings(env)
  return read.ok ? read.value.localHttps : read.why
}

t.test('a station without a certificate opens secure pages to its network, unless it is told otherwise or somebody else does it', async (t) => {
  t.same(localHttps({}), { port: 8443, bind: '::' })
  t.same(localHttps({ TL_HTTPS_PORT: '9443', TL_BIND: '192.168.1.5' }), { port: 9443, bind: '192.168.1.5' }, 'on the address that was chosen')
  t.same(localHttps({ TL_BIND: '127.0.0.1' }), { port: 8443, bind: '127.0.0.1' }, 'whoever keeps to this machine keeps to it')
  for (const none of [{ TL_HTTPS_PORT: 'off' }, { TL_TLS_CERT: 'c.pem', TL_TLS_KEY: 'k.pem' }, { TL_TRUST_PROXY: '127.0.0.1' }, { TL_PORT: '0' }]) t.equal(localHttps(none), null, JSON.stringify(none))
  t.same(localHttps({ TL_PORT: '0', TL_HTTPS_PORT: '0' }), { port: 0, bind: '::' }, 'asked for by name')
  t.match(localHttps({ TL_HTTPS_PORT: 'https' }), /TL_HTTPS_PORT: "https" is no port/)
})
