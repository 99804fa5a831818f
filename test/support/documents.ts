/** The documents whose samples are run, and what stands in them. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Every command and every sample of code in these is run by a test. */
export const RUN = [
  'README.md',
  'docs/files.md',
  'docs/language-models.md',
  'docs/reports.md',
  'docs/library.md',
] as const;

export const readDocument = (file: string): string => readFileSync(`${ROOT}/${file}`, 'utf8');

/** A block between lines of three backticks. */
export interface Fence {
  /** `README.md:12`, of its first line. */
  readonly place: string;
  readonly language: string;
  readonly lines: readonly string[];
}

/** The fences of a text, also those whose language nobody knows. */
export function fencesOf(file: string, text: string): Fence[] {
  const fences: Fence[] = [];
  let open: { at: number; language: string } | null = null;
  const lines = text.split('\n');
  for (const [at, line] of lines.entries()) {
    const mark = /^\s*```(.*)$/.exec(line);
    if (mark === null) continue;
    if (open === null) {
      open = { at, language: mark[1]! };
      continue;
    }
    fences.push({
      place: `${file}:${open.at + 2}`,
      language: open.language,
      lines: lines.slice(open.at + 1, at),
    });
    open = null;
  }
  if (open !== null) throw new Error(`${file}:${open.at + 1}: a fence without an end`);
  return fences;
}

/** A text without its fences. */
export function proseOf(text: string): string {
  return text.replace(/^\s*```[\s\S]*?^\s*```$/gm, '');
}

/** A command as it stands in a document. */
export interface Command {
  readonly place: string;
  readonly command: string;
  /** Exit status that the document says, in a comment behind it. */
  readonly status: number;
  /** Lines of output below it; null where none are shown. */
  readonly shown: readonly string[] | null;
}

/** Whether a command says its status: `logitscope … # exit status 1`. */
const statusOf = (line: string) => Number(/#.*\bexit status (\d+)/.exec(line)?.[1] ?? 0);

/** Commands of `sh` fences, a line each, and of `console` fences, with what they print. */
function commandsOfFence({ place, language, lines }: Fence): Command[] {
  const placeOf = (i: number) => place.replace(/\d+$/, (first) => String(Number(first) + i));
  const starts = [...lines.keys()].filter((i) =>
    language === 'console' ? lines[i]!.startsWith('$ ') : !/^\s*(?:#.*)?$/.test(lines[i]!),
  );
  return starts.map((at, i) => ({
    place: placeOf(at),
    command: lines[at]!.replace(/^\$ /, ''),
    status: statusOf(lines[at]!),
    shown: language === 'console' ? lines.slice(at + 1, starts[i + 1]) : null,
  }));
}

/** Commands in running text and tables, between single backticks. */
function commandsOfProse(file: string, text: string): Command[] {
  return [...proseOf(text).matchAll(/`((?:npx )?logitscope [^`]+|np[mx] (?!i )[^`]+)`/g)].map(
    ([, command]) => ({ place: file, command: command!, status: 0, shown: null }),
  );
}

/** All commands of a document. */
export function commandsOf(file: string, text: string): Command[] {
  return [
    ...fencesOf(file, text)
      .filter(({ language }) => language === 'sh' || language === 'console')
      .flatMap(commandsOfFence),
    ...commandsOfProse(file, text),
  ];
}

/** The anchors that GitHub makes of headings, and those that a text has itself. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  const seen = new Map<string, number>();
  const prose = proseOf(text);
  for (const [, heading] of prose.matchAll(/^#{1,6} +(.+?)\s*$/gm)) {
    const slug = heading!
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    anchors.add(times === 0 ? slug : `${slug}-${times}`);
  }
  for (const [, id] of prose.matchAll(/<a id="([^"]+)"/g)) anchors.add(id!);
  return anchors;
}

/** Targets of the links of a text. */
export function linksOf(text: string): string[] {
  const prose = proseOf(text).replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => target!);
}
