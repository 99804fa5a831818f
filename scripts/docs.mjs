// Writes docs/api from the docstrings of what the package exports, a page per topic.
// The generator has a TypeScript of its own, so it is installed apart, when it is missing.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { exportsOf } from './docs/exports.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tools = join(root, 'scripts/docs');
const work = join(root, 'build/docs');
const out = join(root, 'docs/api');

/** The pages, in their order: what they hold, and the files (relative to src/) whose exports go there. */
const TOPICS = {
  scoring: {
    about: 'Files and arrays of predictions to reports; what a report holds.',
    files: /./,
  },
  losses: {
    about: 'Losses with gradients, for training.',
    files: /^(losses|node\/losses|browser\/losses|types\/(loss|gradients))/,
  },
  diagnosis: {
    about: 'Why loss and accuracy disagree: one dump, two, a training run.',
    files: /^(diagnosis|node\/(explain|epochs)|types\/(diagnosis|explain|epochs))/,
  },
  metrics: {
    about: 'Metrics of arrays, and metrics of one’s own.',
    files: /^(metrics|ranking|tallies|types\/(metric|ranking))/,
  },
  formats: {
    about: 'What dumps of predictions are read from.',
    files: /^(formats|types\/dump)/,
  },
  rendering: { about: 'Reports as text, JSON and CSV.', files: /^render/ },
  errors: { about: 'What is thrown, and what it says.', files: /^types\/errors/ },
  browser: {
    about:
      'What there is in browsers beside the rest: `import … from "logitscope/browser"`, or, of less to load, "logitscope/scoring".',
    files: /^browser/,
  },
};

/** The one page that claims a file; `scoring` has what no other wants. */
function topicOf(from) {
  const claimed = Object.keys(TOPICS).filter((topic) => TOPICS[topic].files.test(from));
  return claimed.find((topic) => topic !== 'scoring') ?? 'scoring';
}

if (!existsSync(join(tools, 'node_modules/typedoc'))) {
  console.error('Installing the generator of the reference …');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: tools,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(1);
}

/** A copy of src/ in which constants that can be called say so, or they would have no parameters. */
function copySources(functions) {
  const constants = new RegExp(`( ?\\*/\\nexport const (?:${functions.join('|')})\\b)`, 'g');
  rmSync(work, { recursive: true, force: true });
  for (const file of readdirSync(join(root, 'src'), { recursive: true })) {
    if (!file.endsWith('.ts')) continue;
    const text = readFileSync(join(root, 'src', file), 'utf8');
    mkdirSync(dirname(join(work, 'src', file)), { recursive: true });
    writeFileSync(join(work, 'src', file), text.replace(constants, ' * @function\n$1'));
  }
}

/** One module per topic, which exports what belongs to it. */
function writeEntries() {
  const pages = new Map(Object.keys(TOPICS).map((topic) => [topic, []]));
  for (const { from, name, isType } of exportsOf(join(root, 'src'))) {
    const path = from.replace(/\.ts$/, '.js');
    const type = isType ? 'type ' : '';
    pages.get(topicOf(from)).push(`export ${type}{ ${name} } from './src/${path}';`);
  }
  const topics = [...pages].filter(([, lines]) => lines.length > 0);
  for (const [topic, lines] of topics) {
    writeFileSync(
      join(work, `${topic}.ts`),
      `/**\n * ${TOPICS[topic].about}\n * @module ${topic}\n */\n${lines.join('\n')}\n`,
    );
  }
  writeFileSync(
    join(work, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: { rootDir: '.', noEmit: true, typeRoots: ['../../node_modules/@types'] },
      include: ['*.ts'],
    }),
  );
  return topics.map(([topic]) => join(work, `${topic}.ts`));
}

/** Gives a function whose parameters are one tuple, `(...inputs: [logits: …, targets: …])`, each of them by name. */
function spellOutParameters(project, signature) {
  const [rest] = signature.parameters ?? [];
  if (!rest?.flags.isRest || rest.type?.type !== 'tuple') return;
  const { elements } = rest.type;
  if (!elements.every(({ type }) => type === 'namedTupleMember')) return;
  project.removeReflection(rest);
  signature.parameters = elements.map(({ name, element, isOptional }) => {
    const parameter = new ParameterReflection(name, ReflectionKind.Parameter, signature);
    parameter.type = element;
    parameter.setFlag(ReflectionFlag.Optional, isOptional);
    project.registerReflection(parameter, undefined, undefined);
    return parameter;
  });
}

const library = await import(pathToFileURL(join(root, 'dist/index.js')).href);
copySources(Object.keys(library).filter((name) => typeof library[name] === 'function'));
const entryPoints = writeEntries();
const require = createRequire(join(tools, 'package.json'));
const { Application, Converter, ParameterReflection, ReflectionFlag, ReflectionKind } =
  await import(pathToFileURL(require.resolve('typedoc')).href);
const app = await Application.bootstrapWithPlugins({
  name: 'logitscope',
  entryPoints,
  out,
  tsconfig: join(work, 'tsconfig.json'),
  plugin: [require.resolve('typedoc-plugin-markdown')],
  // tsc of the package's own TypeScript has checked the sources.
  skipErrorChecking: true,
  readme: 'none',
  disableSources: true,
  excludeInternal: true,
  excludePrivate: true,
  // What errors inherit from the language.
  excludeExternals: true,
  githubPages: false,
  sort: ['source-order'],
  groupOrder: ['Functions', 'Variables', 'Classes', '*'],
  logLevel: 'Warn',
  // Of the plugin:
  ...{
    outputFileStrategy: 'modules',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    useCodeBlocks: true,
    expandObjects: true,
    expandParameters: true,
    tableColumnSettings: { hideModifiers: true },
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeAliasPropertiesFormat: 'table',
    enumMembersFormat: 'table',
  },
});
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  for (const signature of project.getReflectionsByKind(ReflectionKind.CallSignature)) {
    spellOutParameters(project, signature);
  }
});
const project = await app.convert();
if (project === undefined) process.exit(1);
rmSync(out, { recursive: true, force: true });
await app.generateOutputs(project);

const list = entryPoints.map((path) => {
  const topic = basename(path, '.ts');
  return `- [${topic}](${topic}.md): ${TOPICS[topic].about}`;
});
writeFileSync(
  join(out, 'README.md'),
  `# Reference\n\nMade from the docstrings by \`npm run docs\`. See also [names](../names.md) from other libraries.\n\n${list.join('\n')}\n`,
);
