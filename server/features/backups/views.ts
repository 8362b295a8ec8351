import { Type, type Static } from 'typebox'
import { BACKUP_FAILURES } from '../../core/backup.ts'

const strict = { additionalProperties: false }
const BackupView = Type.Object(
  {
    name: Type.String({ description: 'What the commands call it' }),
    at: Type.String({ format: 'date-time' }),
    bytes: Type.Integer({ minimum: 0, description: 'Of all its files; what it shares with other copies is counted too' }),
    files: Type.Integer({ minimum: 0 }),
  },
  strict,
)
export const BackupsView = Type.Object(
  {
    /** False where TL_BACKUPS is off, and in the demonstration. */
    kept: Type.Boolean(),
    making: Type.Boolean(),
    failed: Type.Union([Type.Enum([...BACKUP_FAILURES]), Type.Null()]),
    late: Type.Boolean({ description: 'The newest is older than two days' }),
    sameDisk: Type.Boolean({ description: 'Copies lie on the disk that they are to replace' }),
    copies: Type.Array(BackupView),
  },
  strict,
)
export type BackupsView = Static<typeof BackupsView>
