import { AGENT_SETTINGS } from '../../agent/core/agent-settings.ts'
import { SERVER_VARIABLES } from '../../server/core/server-settings.ts'

const cell = (text: string): string => text.replaceAll('|', '\\|')

/** The tables of README, from the rows that read the settings. */
export function settingsTables(): Record<string, string> {
  const head = ['| variable | what |', '|---|---|']
  const server = SERVER_VARIABLES.map(({ env, what }) => `| \`${env}\` | ${cell(what)} |`)
  const agent = Object.values(AGENT_SETTINGS).map(({ env, what, fallback }) => `| \`${env}\` | ${cell(what)}${fallback === '' ? '' : ` [${fallback}]`} |`)
  return { 'server-settings': [...head, ...server].join('\n'), 'agent-settings': [...head, ...agent].join('\n') }
}
