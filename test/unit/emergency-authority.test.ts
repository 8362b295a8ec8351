import t from 'tap'
import { mostAuthority } from '../../server/core/emergency-authority.ts'

t.test('somebody speaks at most in the name of the widest place where they may raise an emergency', async (t) => {
  t.equal(mostAuthority('all'), 3)
  t.equal(mostAuthority(new Set(['24958', '68'])), 2)
  t.equal(mostAuthority(new Set(['24958', '24961-dong'])), 1)
  t.equal(mostAuthority(new Set(['24958-dong'])), 0)
  t.equal(mostAuthority(new Set()), 0)
})
