import { type LineCounter, type ParsedNode, parseAllDocuments, type YAMLError } from 'yaml';
import { type Place, type Problem, problemAt, RoutesInvalidError } from './problem.ts';

/** A thousand routes take less than half of it; adversarial YAML of this size parses within a second. */
const MAX_CHARACTERS = 2 ** 19;
const MAX_SYNTAX_PROBLEMS = 10;
const START: Place = { line: 1, column: 1 };

/** What YAML's more common mistakes should have been. */
const EXPECTED: Partial<Record<YAMLError['code'], string>> = {
  TAB_AS_INDENT: 'spaces before keys and lists',
  BAD_INDENT: 'keys of one mapping to begin in one column',
  MISSING_CHAR: 'the missing character',
  BAD_SCALAR_START: 'quotes around a text that begins with this character',
  BAD_ALIAS: 'no anchors and aliases; what routes share goes into defaults',
  BAD_DQ_ESCAPE: 'an escape that YAML knows, such as \\t, or single quotes',
};

/**
 * Parses the text of one YAML 1.2 document and returns its content.
 *
 * @param lines gets the line beginnings, for {@link placeIn}
 * @throws RoutesInvalidError
 */
export function parseYaml(text: string, file: string, lines: LineCounter): ParsedNode {
  const fail = (place: Place, state: string, expected: string): never => {
    throw new RoutesInvalidError(file, [problemAt(file, place, { path: [], state, expected })]);
  };
  // A byte order mark is no part of the text; without it the columns are right.
  const content = text.replace(/^\uFEFF/, '');
  if (content.length > MAX_CHARACTERS) {
    fail(START, `has ${content.length} characters`, `at most ${MAX_CHARACTERS}`);
  }
  const control = controlCharacter(content);
  if (control !== null) fail(control, 'holds a control character', 'text in UTF-8 and nothing else');
  if (/^(\s*(#.*)?\r?\n)*%/.test(content)) {
    fail(START, 'begins with a % directive', 'YAML 1.2 without directives');
  }
  const documents = documentsOf(content, lines);
  const tooDeep = documents
    .flatMap(({ errors }) => errors)
    .find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  if (tooDeep !== undefined) fail(placeIn(lines, tooDeep.pos[0]), 'is nested too deeply', 'a few levels');
  const problems = documents.flatMap(({ errors }) => syntaxProblems(file, lines, errors));
  if (problems.length > 0) throw new RoutesInvalidError(file, problems.slice(0, MAX_SYNTAX_PROBLEMS));
  const [first, second] = documents;
  if (second !== undefined) {
    fail(placeIn(lines, second.range[0]), 'goes on with a second document', 'one document and no line ---');
  }
  return first?.contents ?? fail(START, 'is empty', 'buckets and routes');
}

export function placeIn(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function documentsOf(text: string, lines: LineCounter) {
  // Whoever reads the nodes compares keys, with their path; here it would take quadratic time.
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'silent',
  });
  return Array.isArray(documents) ? documents : [];
}

/** One problem a line: one mistake often makes the parser complain several times. */
function syntaxProblems(file: string, lines: LineCounter, errors: YAMLError[]): Problem[] {
  const byLine = new Map<number, Problem>();
  for (const { code, message, pos } of errors) {
    const place = placeIn(lines, pos[0]);
    if (byLine.has(place.line)) continue;
    const state = `is not valid YAML here: ${message}`;
    const expected = EXPECTED[code] ?? 'YAML 1.2';
    byLine.set(place.line, problemAt(file, place, { path: [], state, expected }));
  }
  return [...byLine.values()];
}

/** Where the first character stands that YAML does not allow in a file, or null. */
function controlCharacter(text: string): Place | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  const found = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.exec(text);
  if (found === null) return null;
  const before = text.slice(0, found.index).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
