import t from 'tap'
import { connectExternalBroker } from '../../server/adapters/broker/external.ts'
import { silentLog } from '../../shared/core/log.ts'
import { runBrokerSuite } from '../support/broker-suite.ts'
import { realClock } from '../support/real-clock.ts'
import { mosquittoMissing, startMosquitto } from '../support/mosquitto.ts'

t.test('a real Mosquitto with the generated files serves the fleet', { skip: mosquittoMissing ?? false }, (t) =>
  runBrokerSuite(t, async () => {
    const mosquitto = await startMosquitto(t.testdir())
    const url = `mqtt://127.0.0.1:${mosquitto.port}`
    const link = connectExternalBroker({ url, ...mosquitto.server, log: silentLog, clock: realClock, random: Math.random })
    t.teardown(async () => {
      await link.stop()
      await mosquitto.stop()
    })
    return {
      url,
      serverLink: link,
      server: mosquitto.server,
      async provision(cluster) {
        const password = `password of ${cluster}`
        await mosquitto.admin.provision(cluster, password)
        // the signal is taken up between two rounds of its loop
        await new Promise((tick) => setTimeout(tick, 60))
        return { username: cluster, password }
      },
      revoke: (cluster) => mosquitto.admin.revoke(cluster),
      can: { bindClientIds: false, refuseSubscriptions: false },
    }
  }))
