/**
 * The direction of the house (DESIGN: adapters, stages, features, main → core → shared/core; shared/protocol → shared/core).
 * test/tidy/directions.test.ts plants a violation of every rule and expects it to be reported.
 */
const PRODUCT = '^(shared|server|agent)/'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'core-is-pure',
      comment: 'core decides; it takes time, chance and everything outside as arguments, and needs no package but typebox',
      severity: 'error',
      from: { path: '^(server|agent|shared)/core/' },
      to: { path: ['^node_modules/', '^[^./]'], pathNot: ['^node_modules/typebox/', '^(server|agent|shared)/core/', '^shared/'] },
    },
    {
      name: 'core-needs-no-node',
      comment: 'core runs in the simulation, and shared in a browser: no part of Node there, not even its types',
      severity: 'error',
      from: { path: '^(server|agent)/core/|^shared/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-looks-down-only',
      comment: 'server/core and agent/core know neither the adapters, features and stages around them nor main',
      severity: 'error',
      from: { path: '^(server|agent)/core/' },
      to: { path: '^(server|agent)/', pathNot: '^(server|agent)/core/' },
    },
    {
      name: 'shared-knows-nobody',
      comment: 'the contract imports itself and typebox',
      severity: 'error',
      from: { path: '^shared/' },
      to: { pathNot: ['^shared/', '^node_modules/typebox/'] },
    },
    {
      name: 'shared-core-knows-no-protocol',
      comment: 'shared/protocol → shared/core, never back',
      severity: 'error',
      from: { path: '^shared/core/' },
      to: { path: '^shared/protocol/' },
    },
    {
      name: 'server-and-agent-are-strangers',
      comment: 'they meet in shared/ and on the wire',
      severity: 'error',
      from: { path: '^(server|agent)/' },
      to: { path: '^(server|agent)/', pathNot: '^$1/' },
    },
    {
      name: 'features-meet-only-at-the-door',
      comment: 'another feature is entered through its plugin.ts',
      severity: 'error',
      from: { path: '^server/features/([^/]+)/' },
      to: { path: '^server/features/', pathNot: ['^server/features/$1/', '/plugin\\.ts$'] },
    },
    {
      name: 'adapters-stand-alone',
      comment: 'an adapter implements a port; it knows core and shared, not the features, stages or main that use it',
      severity: 'error',
      from: { path: '^(server|agent)/adapters/' },
      to: { path: '^(server/(features|main|build-app)|agent/(stages|main|start-agent))' },
    },
    {
      name: 'main-is-the-top',
      comment: 'main reads env, builds adapters, starts and stops; nobody imports it',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^(server|agent)/main\\.ts$' },
    },
    {
      name: 'no-cycles',
      comment: 'of modules that run; types may name each other',
      severity: 'error',
      from: { path: PRODUCT },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-test-code-in-product',
      severity: 'error',
      from: { path: PRODUCT },
      to: { path: '^(test|scripts)/' },
    },
    {
      name: 'no-development-package-in-product',
      severity: 'error',
      from: { path: PRODUCT },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-undeclared-package',
      comment: 'what is imported is named in package.json',
      severity: 'error',
      from: { path: '^(shared|server|agent|scripts|test)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
    {
      name: 'nothing-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-orphans',
      comment: 'a module that nobody imports and that imports nobody is dead',
      severity: 'error',
      from: { path: PRODUCT, orphan: true, pathNot: ['/main\\.ts$', '\\.d\\.ts$'] },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(node_modules/\\.|dist/|server/web/)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: false,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
