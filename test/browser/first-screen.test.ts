import t from 'tap'
import { cannot, enter, launch, pagesWorld, PHONE, visit } from './world.ts'

t.setTimeout(200_000)

t.test('what happens between the first screen’s answers and its stream of news is not missed', { skip: cannot, timeout: 190_000 }, async (t) => {
  const world = await pagesWorld(t)
  await world.enrol('Cụm nhà văn hóa', '24958-dong')
  const { page, wrong } = await visit(await launch(t), PHONE)
  await enter(page, world.firstLink, 'Nguyễn Văn An')
  let open: () => void = () => undefined
  const held = new Promise<void>((done) => (open = done))
  await page.route('**/api/v1/events', async (route) => {
    await held
    await route.continue()
  })
  const raised = await world.ask('POST /emergencies', { title: 'Thử còi báo lũ', messages: [{ programme: 'chu-y' }], targets: 'all', drill: true, times: 5 })
  t.equal(raised.status, 201)
  const { id } = raised.body as { id: string }
  await page.reload()
  await page.getByText('Thử còi báo lũ').waitFor()
  t.equal((await world.ask(`POST /emergencies/${id}/cancel`, { reason: 'thử xong', correction: null })).status, 200)
  // until nothing more is told of it: the end that the box reports too
  for (let [quiet, looks] = [false, 0]; !quiet; await page.waitForTimeout(500)) {
    if (++looks > 40) throw new Error('it does not end on the cluster')
    const { rows } = (await world.ask(`GET /emergencies/${id}/board`)).body as { rows: readonly { verdict: string }[] }
    quiet = rows.every(({ verdict }) => verdict === 'ended')
  }
  await page.waitForTimeout(2_000)
  t.equal(await page.getByText('Thử còi báo lũ').count(), 1, 'nobody has told the page')
  open()
  await page.getByText('Thử còi báo lũ').waitFor({ state: 'detached', timeout: 15_000 })
  t.same(wrong, [], 'no error in the browser')
})
