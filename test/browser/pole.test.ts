import t from 'tap'
import { civilDate, CIVIL_OFFSET_MS } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { axe, cannot, cramped, DESK, enter, launch, pagesWorld, PHONE, picture, visit } from './world.ts'

t.setTimeout(300_000)

/** `17:05:30` of an instant in Viet Nam. */
const clockText = (at: number): string => new Date(at + CIVIL_OFFSET_MS).toISOString().slice(11, 19)

t.test('somebody below the pole scans its code, sees and hears what it said, reports noise, and the station has it', { skip: cannot, timeout: 240_000 }, async (t) => {
  const world = await pagesWorld(t)
  const box = await world.enrol('Cụm 1 · Chợ', '24958-dong')
  // the pages are looked at before it sounds, also on a busy machine
  const soon = Date.now() + 50_000
  const session = { id: 'chao', name: 'Buổi thử', at: clockText(soon), until: clockText(soon + 60_000), days: { once: civilDate(wallMs(soon)) }, policy: 'ca-ngay', targets: 'all', items: [{ speak: 'Mời bà con đi họp thôn.', name: 'Mời họp thôn' }] }
  await world.ask('PUT /areas/all/rules', { selfApproval: true })
  const made = await world.ask('POST /sessions', session)
  t.equal(made.status, 201, JSON.stringify(made.body))
  const browser = await launch(t)

  // the technician prints the sheet
  const office = await visit(browser, PHONE)
  await enter(office.page, await world.invite('Trần Văn Cường', 'technician'))
  await office.page.goto(`${world.url}/cum-loa/${box.cluster}/cot`)
  await office.page.getByRole('img', { name: 'Mã QR của cột loa' }).waitFor()
  await picture(office.page, 'pole-sheet')
  t.same([...await axe(office.page), ...await cramped(office.page)], [], 'the sheet')
  const address = (await office.page.locator('.address').innerText()).trim()
  await office.page.emulateMedia({ media: 'print' })
  t.notOk(await office.page.locator('nav').isVisible(), 'the menu is not printed')
  t.ok(await office.page.locator('.qr').isVisible())
  await picture(office.page, 'pole-sheet-printed')
  await office.context.close()

  // somebody with no account at all
  const street = await visit(browser, PHONE)
  await street.page.goto(address)
  await street.page.getByRole('heading', { name: 'Cụm 1 · Chợ' }).waitFor()
  t.equal(await street.page.locator('nav').count(), 0, 'no menu')
  await street.page.getByText('Mời họp thôn').first().waitFor()
  await picture(street.page, 'pole-before')
  t.same([...await axe(street.page), ...await cramped(street.page)], [], 'before')
  await street.page.getByRole('button', { name: 'Báo loa ồn, loa hỏng' }).click()
  await street.page.getByLabel('Loa rè, nhiễu').check()
  await street.page.getByLabel('Muốn nói thêm?').fill('Rè từ hôm qua')
  await street.context.route('**/complaints', (route) => route.abort())
  await street.page.getByRole('button', { name: 'Gửi cho đài' }).click()
  await street.page.getByText('chưa biết đã gửi được hay chưa').waitFor()
  await picture(street.page, 'pole-tell-offline')
  t.same([...await axe(street.page), ...await cramped(street.page)], [], 'telling')
  await street.context.unroute('**/complaints')
  await street.page.getByRole('button', { name: 'Gửi cho đài' }).click()
  await street.page.getByText('Phản ánh của bạn có số 1').waitFor()
  t.match((await world.ask('GET /complaints')).body, [{ n: 1, kind: 'noise', text: 'Rè từ hôm qua', public: true, clusterName: 'Cụm 1 · Chợ' }])

  // what it said is heard again once the pole has reported it
  for (let n = 0; n < 60 && await street.page.getByRole('button', { name: 'Nghe lại Mời họp thôn' }).count() === 0; n++) {
    await street.page.waitForTimeout(1_500)
    await street.page.reload()
    await street.page.getByRole('heading', { name: 'Cụm 1 · Chợ' }).waitFor()
    await street.page.getByText('Mời họp thôn').first().waitFor()
  }
  await street.page.getByRole('button', { name: 'Nghe lại Mời họp thôn' }).click()
  const played = await street.page.evaluate(`new Promise((done) => { const sound = document.querySelector('audio'); const look = () => sound.currentTime > 0.2 || sound.ended ? done('played') : sound.error ? done('error ' + sound.error.code) : setTimeout(look, 100); look() })`)
  t.equal(played, 'played')
  await picture(street.page, 'pole-after')
  t.same([...await axe(street.page), ...await cramped(street.page)], [], 'after')
  await street.page.getByRole('button', { name: 'English' }).click()
  await street.page.getByText('Listen again').first().waitFor()
  t.same(street.wrong, [], 'no error in the browser')

  const other = await visit(browser, { ...DESK, dark: true })
  await other.page.goto(address)
  await other.page.getByRole('heading', { name: 'Cụm 1 · Chợ' }).waitFor()
  await picture(other.page, 'pole-desk-dark')
  t.same([...await axe(other.page), ...await cramped(other.page)], [], 'desk by night')
  await other.page.goto(address.replace(/.{8}$/, '22222222'))
  await other.page.getByText('Hãy quét lại mã QR trên cột').waitFor()
  await picture(other.page, 'pole-wrong')
  await other.context.route('**/api/v1/public/**', (route) => route.abort())
  await other.page.goto(address)
  await other.page.getByText('Mất kết nối mạng nên chưa tải được').waitFor()
  t.same(other.wrong, [])
})
