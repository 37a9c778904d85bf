/** The tables of docs/architecture.md, "Who may import whom". What is not listed is forbidden. */
const test = String.raw`(\.test\.tsx?|\.test-suite\.ts|\.test-process\.ts|\.e2e\.ts)$`

/** May import these packages of ours, and no others. */
const packages = {
  'libs/common': [],
  'libs/api': ['libs/common'],
  'libs/agent-api': ['libs/common'],
  'libs/qmp': ['libs/common'],
  'libs/client': ['libs/common', 'libs/api'],
  'apps/manager': ['libs/common', 'libs/api', 'libs/agent-api'],
  'apps/agent': ['libs/common', 'libs/agent-api', 'libs/qmp'],
  'apps/cli': ['libs/common', 'libs/api', 'libs/client'],
  'apps/console': ['libs/common', 'libs/api', 'libs/client'],
}

/** Folders of an app, each with the folders beside it that it may import. `.` is the app's own top: it may import all. */
const layers = {
  'apps/manager': {
    http: ['services', 'auth', 'domain'],
    auth: ['domain'],
    background: ['services', 'workflows', 'store', 'archive', 'agents', 'domain'],
    services: ['workflows', 'store', 'archive', 'agents', 'auth', 'domain'],
    workflows: ['store', 'agents', 'domain'],
    store: ['domain'],
    archive: ['domain'],
    agents: ['domain'],
    domain: [],
  },
  'apps/agent': {
    http: ['domain'],
    ops: ['vm', 'storage', 'images', 'store', 'domain'],
    vm: ['qemu', 'storage', 'host', 'store', 'domain'],
    qemu: ['domain'],
    storage: ['store', 'domain'],
    host: ['store', 'qemu', 'domain'],
    images: ['storage', 'domain'],
    store: ['domain'],
    sim: ['http', 'ops', 'store', 'domain'],
    domain: [],
  },
  'apps/cli': {
    commands: ['connection', 'output', 'up'],
    connection: ['output'],
    output: [],
    up: ['output'],
  },
  'apps/console': {
    pages: ['forms', 'components', 'api', 'words', 'ui', 'util'],
    forms: ['components', 'api', 'words', 'ui', 'util'],
    components: ['api', 'words', 'ui', 'util'],
    api: ['util'],
    words: ['util'],
    ui: ['util'],
    util: [],
  },
}

/** Technology → the only folders that know it. */
const owners = {
  '^(node_modules/)?fastify(/|$)': '^apps/(manager|agent)/src/http/',
  '^(node_modules/)?ws(/|$)': '^apps/(manager/src/http|cli/src)/',
  '^node:sqlite$|^sqlite$': '^apps/manager/src/(store|archive)/sqlite/',
  '^(node_modules/)?(antd|@ant-design)(/|$)': '^apps/console/src/(pages|forms|components|ui|[^/]+$)',
  '^(node_modules/)?(@novnc|@xterm)(/|$)': '^apps/console/src/components/',
  '^libs/qmp/': '^apps/agent/src/(qemu|vm|host)/|^libs/qmp/',
  '^libs/agent-api/': '^apps/manager/src/agents/|^apps/agent/src/(http|sim|domain|agent\\.ts)|^libs/agent-api/',
}

const escape = (path) => path.replaceAll('/', '\\/')
const rules = []

for (const [from, allowed] of Object.entries(packages)) {
  const ok = [from, ...allowed].map(escape).join('|')
  rules.push({
    name: `package ${from}`,
    severity: 'error',
    from: { path: `^${from}/src/`, pathNot: test },
    to: { path: '^(apps|libs)/', pathNot: `^(${ok})/` },
  })
}

for (const [app, folders] of Object.entries(layers)) {
  for (const [folder, allowed] of Object.entries(folders)) {
    const ok = [folder, ...allowed].join('|')
    rules.push({
      name: `layer ${app} ${folder}`,
      severity: 'error',
      // A program of its own in a folder, as sim/main.ts, may import all of its app as main.ts may.
      from: { path: `^${app}/src/${folder}/`, pathNot: `${test}|/main\\.ts$` },
      to: { path: `^${app}/src/`, pathNot: `^${app}/src/(${ok})/` },
    })
  }
}

for (const [what, owner] of Object.entries(owners)) {
  rules.push({
    name: `only ${owner}`,
    severity: 'error',
    from: { path: '^(apps|libs)/[^/]+/src/', pathNot: `${owner}|${test}` },
    to: { path: what },
  })
}

rules.push(
  { name: 'no cycle', severity: 'error', from: {}, to: { circular: true } },
  {
    name: 'no deep import',
    comment: 'A package is used by what its exports say.',
    severity: 'error',
    from: { path: '^(apps|libs)/([^/]+)/src/', pathNot: test },
    to: { path: '^(apps|libs)/([^/]+)/src/', pathNot: ['^$1/$2/', '^(apps|libs)/[^/]+/src/(sim/)?index\\.ts$'] },
  },
  { name: 'nothing imports main', severity: 'error', from: {}, to: { path: '/src/main\\.ts$' } },
  {
    name: 'pure domain',
    severity: 'error',
    from: { path: '^(apps/([^/]+/src/domain|console/src)|libs/(common|api|agent-api|client)/src)/', pathNot: test },
    to: { dependencyTypes: ['core'], pathNot: '^(node:)?stream$' },
  },
  {
    name: 'declared packages only',
    severity: 'error',
    from: { path: '^(apps|libs)/', pathNot: test },
    // Ours are the table above: it says more than a package.json can.
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'], pathNot: '^(apps|libs)/' },
  },
  {
    name: 'no dev package in the product',
    severity: 'error',
    from: { path: '^(apps|libs)/[^/]+/src/', pathNot: test },
    to: { dependencyTypes: ['npm-dev'] },
  },
  {
    name: 'the simulated agent is a program',
    comment: 'The product starts sim/main.ts as it starts the agent, and imports nothing of it; tests do.',
    severity: 'error',
    from: { pathNot: '^(test|bench|apps/[^/]+/test)/|^apps/agent/src/sim/' },
    to: { path: '^apps/agent/src/sim/' },
  },
)

module.exports = {
  forbidden: rules,
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js'],
    },
  },
}
