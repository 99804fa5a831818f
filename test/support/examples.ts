/** The examples of docstrings and of Markdown, and the programs that check them. */

/** One fence of TypeScript. */
export interface Example {
  /** Where it stands: file and line. */
  readonly place: string;
  /** Name of the export that it belongs to; '' outside of docstrings. */
  readonly name: string;
  readonly code: string;
}

const FENCE = /^```ts\n([\s\S]*?)^```/gm;
const DOCSTRING =
  /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:export\s+(?:async\s+)?(?:abstract\s+)?(?:function\*?|const|class|interface|type)\s+(\w+))?/g;

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

/** Examples of a Markdown text. */
export function markdownExamples(file: string, text: string): Example[] {
  return [...text.matchAll(FENCE)].map((match) => ({
    place: `${file}:${lineOf(text, match.index)}`,
    name: '',
    code: match[1]!,
  }));
}

/** Examples of all docstrings of a source. */
export function docstringExamples(file: string, text: string): Example[] {
  return [...text.matchAll(DOCSTRING)].flatMap((docstring) => {
    const prose = docstring[1]!.replace(/^[ \t]*\* ?/gm, '');
    return markdownExamples(file, prose).map((example) => ({
      ...example,
      place: `${file}:${lineOf(text, docstring.index)}`,
      name: docstring[2] ?? '',
    }));
  });
}

/** A statement, and the comment that follows it on its last line. */
export interface Statement {
  readonly code: string;
  readonly comment: string;
}

/** What ends with its brace, after comments. */
const BLOCK = /^(?:\s|\/\/.*\n)*(?:export\s+)?(?:async\s+)?(?:class|function|for|if|while)\b/;

/** Cuts code at the semicolons that are in no bracket, string or comment. */
export function statementsOf(code: string): Statement[] {
  const statements: Statement[] = [];
  let depth = 0;
  let begin = 0;
  for (let at = 0; at < code.length; ) {
    const skipped =
      /^(?:\/\/.*|\/\*[\s\S]*?\*\/|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)/.exec(
        code.slice(at),
      );
    if (skipped) {
      at += skipped[0].length;
      continue;
    }
    const character = code[at++]!;
    const ends = character === ';' && depth === 0;
    if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) depth--;
    const isBlock = character === '}' && depth === 0 && BLOCK.test(code.slice(begin));
    if (!ends && !isBlock) continue;
    const comment = /^[ \t]*\/\/(.*)/.exec(code.slice(at));
    statements.push({
      code: code.slice(begin, at).trim().replace(/;$/, ''),
      comment: comment?.[1]?.trim() ?? '',
    });
    at += comment?.[0].length ?? 0;
    begin = at;
  }
  const rest = code.slice(begin).trim();
  if (rest !== '') statements.push({ code: rest, comment: '' });
  return statements;
}

/** What a statement's value is read from; null for a statement without one. */
function whatIsChecked(
  code: string,
): { readonly before: string; readonly expression: string } | null {
  const declared = /^(?:\/\/.*\n|\s)*(?:const|let)\s+(\w+)\s*(?::[^=]*)?=/.exec(code);
  if (declared) return { before: `${code};`, expression: declared[1]! };
  if (/^(?:\/\/.*\n|\s)*(?:const|let|import|export|function|class|for|if|while)\b/.test(code))
    return null;
  const logged = /^((?:\/\/.*\n|\s)*)console\.log\(([\s\S]*)\)$/.exec(code);
  return { before: '', expression: logged ? `[${logged[2]}][0]` : code };
}

/**
 * The example with a call `check(i, value)` in place of every statement whose
 * comment begins with a value.
 * @param isValue whether a comment begins with one
 */
export function instrument(
  { code, place }: Example,
  isValue: (comment: string) => boolean,
): { readonly instrumented: string; readonly comments: readonly string[] } {
  const comments: string[] = [];
  const lines = statementsOf(code).map((statement) => {
    if (!isValue(statement.comment)) return `${statement.code};`;
    const value = whatIsChecked(statement.code);
    if (value === null) throw new Error(`${place}: "${statement.comment}" follows no value`);
    comments.push(statement.comment);
    return `${value.before}check(${comments.length - 1}, (${value.expression}\n));`;
  });
  return { instrumented: lines.join('\n'), comments };
}
