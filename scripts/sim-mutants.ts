import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Takes one control at a time out of a copy of the sources and runs the simulation there: a checker that stays green
 * would be worth nothing. The product itself has no switch for it.
 */
interface Edit {
  readonly file: string
  readonly from: string
  readonly to: string
}
interface Mutant {
  readonly control: string
  readonly edits: readonly Edit[]
}

const MUTANTS: readonly Mutant[] = [
  {
    control: 'the quiet-hours check',
    edits: [{ file: 'shared/core/timeline-bounds.ts', from: "return quietAt(policy, at) ?? (slot.class === 'live' ? null : windowAt(policy, at))", to: 'return quietAt(policy, at) && null' }],
  },
  {
    control: 'the rev floor',
    edits: [{ file: 'agent/stages/desired.ts', from: "if (order.rev < floor) return deps.refused('rolled-back')", to: "if (order.rev < floor) deps.refused('rolled-back')" }],
  },
  {
    control: 'the rev floor of an emergency',
    edits: [{ file: 'agent/stages/alerts.ts', from: 'if (order.rev < (alert?.rev ?? 0) ||', to: 'if (order.rev < 0 ||' }],
  },
  {
    control: 'a correction only where the message has sounded',
    edits: [{ file: 'agent/core/alert-book.ts', from: 'if (order.corr && alert.said)', to: 'if (order.corr)' }],
  },
  {
    control: 'deduplication in the player: what is done stays done',
    edits: [{ file: 'agent/stages/player.ts', from: 'if (a.over) continue', to: 'if (a.over) a.over = false' }],
  },
  {
    control: 'deduplication on the server: a row of evidence once',
    edits: [
      { file: 'server/features/evidence/store.ts', from: 'ON CONFLICT (cluster, log, n) DO NOTHING', to: 'ON CONFLICT DO NOTHING' },
      { file: 'server/adapters/sqlite/migrations/001-first.ts', from: 'received_at INTEGER NOT NULL, PRIMARY KEY (cluster, log, n)', to: 'received_at INTEGER NOT NULL, PRIMARY KEY (cluster, log, n, received_at)' },
    ],
  },
  {
    control: 'deduplication in the agent: a stretch told once across a crash',
    edits: [{ file: 'agent/stages/evidence-log.ts', from: '&& !isTold(open)) await add(open)', to: '&& isTold.length > 0) await add(open)' }],
  },
]

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SEEDS = 40

function copyOfSources(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tl-mutant-'))
  for (const name of ['shared', 'server', 'agent', 'scripts', 'package.json', 'tsconfig.json']) cpSync(join(ROOT, name), join(folder, name), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** The line that replays the failure; null when every seed stayed green. */
function firstRed({ edits }: Mutant): string | null {
  const folder = copyOfSources()
  try {
    for (const { file, from, to } of edits) {
      const path = join(folder, file)
      const text = readFileSync(path, 'utf8')
      if (text.split(from).length !== 2) throw new Error(`${file} does not hold "${from}" exactly once: the list of mutants must follow the sources`)
      writeFileSync(path, text.replace(from, to))
    }
    for (let seed = 1; seed <= SEEDS; seed++) {
      const run = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/sim.ts', '--seed', String(seed), '--agents', '6', '--hours', '4'], { cwd: folder, encoding: 'utf8' })
      if (run.status === 1) return run.stderr.split('\n').find((line) => line.startsWith('npm run sim')) ?? run.stderr.slice(0, 400)
    }
    return null
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const only = process.argv[2]
for (const mutant of MUTANTS) {
  if (only !== undefined && !mutant.control.includes(only)) continue
  const red = firstRed(mutant)
  console.log(`${red === null ? 'STAYS GREEN' : 'turns red'}  without ${mutant.control}: ${red ?? `${SEEDS} seeds`}`)
  if (red === null) process.exitCode = 1
}
