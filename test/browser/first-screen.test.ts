import t from 'tap'
import { cannot, enter, launch, pagesWorld, PHONE, visit } from './world.ts'

t.setTimeout(200_000)

t.test('what happens between the first screen’s answers and its stream of news is not missed', { skip: cannot, timeout: 190_000 }, async (t) => {
  const world = await pagesWorld(t)
  await world.enrol('Cụm nhà văn hóa', '24958-dong')
  const { page, wrong } = await visit(await launch(t), PHONE)
  await enter(page, world.firstLink, 'Nguyễn Văn An')
  await page.getByText('Hiện không có gì đang phát.').waitFor()

  let open: () => void = () => undefined
  const held = new Promise<void>((done) => (open = done))
  await page.route('**/api/v1/events', async (route) => {
    await held
    await route.continue()
  })
  await page.reload()
  await page.getByText('Hiện không có gì đang phát.').waitFor()
  const { status } = await world.ask('POST /emergencies', { title: 'Thử còi báo lũ', messages: [{ programme: 'chu-y' }], targets: 'all', drill: true, times: 5 })
  t.equal(status, 201)
  t.equal(await page.getByText('Thử còi báo lũ').count(), 0, 'nobody has told the page')
  open()
  await page.getByText('Thử còi báo lũ').waitFor({ timeout: 15_000 })
  t.same(wrong, [], 'no error in the browser')
})
