import t from 'tap'
import { deviceName, pushState, type PushFacts } from '../../server/web/app/src/screens/notify/push-state.ts'

const READY: PushFacts = { isSecure: true, canPush: true, isApple: false, isInstalled: false, permission: 'granted', endpoint: 'https://push.example.com/a' }

t.test('messages to this device are on only where both the browser and the station know of it', async (t) => {
  t.equal(pushState(READY, ['https://push.example.com/a']), 'on')
  t.equal(pushState(READY, ['https://push.example.com/b']), 'off', 'the station sends to another device')
  t.equal(pushState({ ...READY, endpoint: null }, ['https://push.example.com/a']), 'off')
  t.equal(pushState({ ...READY, permission: 'default' }, ['https://push.example.com/a']), 'off', 'asked again')
})

t.test('why they cannot be on is told apart, what comes first first', async (t) => {
  t.equal(pushState({ ...READY, permission: 'denied' }, []), 'denied')
  t.equal(pushState({ ...READY, canPush: false }, []), 'unsupported')
  t.equal(pushState({ ...READY, isSecure: false, canPush: false }, []), 'insecure')
  t.equal(pushState({ ...READY, isApple: true, canPush: false }, []), 'install', 'an iPhone takes them once the page is on its screen')
  t.equal(pushState({ ...READY, isApple: true, isInstalled: true, canPush: false }, []), 'unsupported', 'too old a one')
  t.equal(pushState({ ...READY, isApple: true, isInstalled: true }, []), 'off')
})

t.test('a device is told by its kind and its browser', async (t) => {
  const names = {
    'Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36': 'Android · Chrome',
    'Mozilla/5.0 (Linux; Android 13; SM-A145F) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36': 'Android · Samsung',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1': 'iPhone · Safari',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0': 'Windows · Edge',
    'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0': 'Linux · Firefox',
    'something else': '',
  }
  for (const [agent, name] of Object.entries(names)) t.equal(deviceName(agent), name)
})
