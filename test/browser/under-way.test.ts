import t from 'tap'
import { cannot, enter, launch, pagesWorld, PHONE, visit } from './world.ts'

t.setTimeout(150_000)

t.test('that nobody knows what is under way is said where one begins to speak', { skip: cannot, timeout: 120_000 }, async (t) => {
  const world = await pagesWorld(t)
  const { page, context, wrong } = await visit(await launch(t), PHONE)
  await enter(page, await world.invite('Phạm Thị Tư', 'operator'))
  await context.route('**/api/v1/live', (route) => route.abort())
  await page.goto(`${world.url}/phat-truc-tiep`)
  await page.locator('main').getByText(/Mất kết nối mạng/).waitFor()
  await page.getByText('Sẽ phát tới 0 cụm loa').waitFor()
  await context.unroute('**/api/v1/live')
  await page.getByRole('button', { name: 'Thử lại' }).click()
  await page.getByText(/Mất kết nối mạng/).waitFor({ state: 'detached' })
  t.same(wrong, [], 'no error in the browser')
})
