import t from 'tap'
import { runBrokerSuite } from '../support/broker-suite.ts'
import { startTestBroker } from '../support/embedded-broker.ts'

t.test('the embedded broker serves the fleet', (t) =>
  runBrokerSuite(t, async () => {
    const { broker, url, passwords, provision } = await startTestBroker({ limits: { maxConnectsPerClient: 1_000 } })
    t.teardown(() => broker.stop())
    return {
      url,
      serverLink: broker.link,
      provision: async (cluster) => provision(cluster),
      revoke: async (cluster) => {
        passwords.delete(cluster)
        broker.disconnect(cluster)
      },
      can: { bindClientIds: true, refuseSubscriptions: true },
    }
  }))
