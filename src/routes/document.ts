import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { type Path, type Place, type Problem, problemAt } from './problem.ts';
import { parseYaml, placeIn } from './yaml-text.ts';

/** The YAML of a file as plain values, each with its place. */
export interface Document {
  file: string;
  /** Mappings are objects, lists arrays; every key is a text. */
  value: unknown;
  /** Where the value at a path stands; the nearest key above it when there is none. */
  placeOf(path: Path): Place;
  /** Where the key at a path stands. */
  placeOfKey(path: Path): Place;
  /** Whether what stands at a path was refused, or something above or below it; nothing more need be said of it. */
  isRefused(path: Path): boolean;
  /** What was refused. */
  problems: Problem[];
}

interface Reading {
  file: string;
  lines: LineCounter;
  places: Map<string, { key: Place; value: Place }>;
  problems: Problem[];
  refused: Set<string>;
  /** Ids of what stands above something refused. */
  holdsRefused: Set<string>;
}

/** routes.yml itself needs 6 levels; the rest is for `parameters`. */
const MAX_DEPTH = 32;
/** Plain words that YAML 1.1 reads as true and false, and YAML 1.2 as texts. */
const AMBIGUOUS = /^(yes|no|on|off)$/i;
const DECIMAL = /^-?(0|[1-9]\d*)(\.\d+)?$/;

/**
 * Reads strict YAML 1.2: one document; no anchors, aliases, tags, merge keys or directives; no key twice; numbers
 * as decimals. What two readers of YAML could take for different values is refused rather than guessed.
 *
 * @throws RoutesInvalidError for text that is no YAML at all
 */
export function readDocument(text: string, file: string): Document {
  const lines = new LineCounter();
  const content = parseYaml(text, file, lines);
  const reading: Reading = {
    file,
    lines,
    places: new Map(),
    problems: [],
    refused: new Set(),
    holdsRefused: new Set(),
  };
  const value = readNode(reading, content, []);
  const find = (path: Path) => reading.places.get(JSON.stringify(path));
  const placeOfKey = (path: Path): Place => {
    for (let length = path.length; length > 0; length--) {
      const found = find(path.slice(0, length));
      if (found !== undefined) return found.key;
    }
    return { line: 1, column: 1 };
  };
  return {
    file,
    value,
    problems: reading.problems,
    placeOf: (path) => find(path)?.value ?? placeOfKey(path),
    placeOfKey,
    isRefused: (path) =>
      reading.holdsRefused.has(JSON.stringify(path)) || ancestry(path).some((id) => reading.refused.has(id)),
  };
}

function readNode(reading: Reading, node: ParsedNode, path: Path): unknown {
  const refuse = (state: string, expected: string, hint?: string): null => {
    const place = placeIn(reading.lines, node.range[0]);
    const value = isScalar(node) ? { value: node.source } : {};
    const finding = { path, state, expected, ...value, ...(hint === undefined ? {} : { hint }) };
    reading.problems.push(problemAt(reading.file, place, finding));
    refusePath(reading, path);
    return null;
  };
  if (isAlias(node)) {
    return refuse(
      `is the alias *${node.source}`,
      'the value itself',
      'What routes share goes into defaults.',
    );
  }
  if (node.anchor !== undefined) {
    return refuse(`has the anchor &${node.anchor}`, 'no anchors', 'What routes share goes into defaults.');
  }
  if (node.tag !== undefined) return refuse(`has the tag ${node.tag}`, 'no tags');
  if (path.length > MAX_DEPTH) return refuse('is nested too deeply', `at most ${MAX_DEPTH} levels`);
  if (isMap(node)) return readMapping(reading, node, path);
  if (isSeq(node)) return readList(reading, node, path);
  return isScalar(node) ? readScalar(refuse, node) : refuse('cannot be read', 'YAML 1.2');
}

function readList(reading: Reading, node: YAMLSeq.Parsed, path: Path): unknown[] {
  return node.items.map((item, index) => {
    const itemPath = [...path, index];
    if (isPair(item)) return null;
    const at = placeIn(reading.lines, item.range[0]);
    reading.places.set(JSON.stringify(itemPath), { key: at, value: at });
    return readNode(reading, item, itemPath);
  });
}

function readMapping(reading: Reading, node: YAMLMap.Parsed, path: Path): Record<string, unknown> {
  const entries = new Map<string, unknown>();
  for (const { key: keyNode, value: valueNode } of node.items) {
    const at = placeIn(reading.lines, keyNode?.range[0] ?? node.range[0]);
    const key = keyText(keyNode);
    const keyPath = [...path, key ?? '?'];
    const id = JSON.stringify(keyPath);
    const report = (state: string, expected: string) =>
      reading.problems.push(
        problemAt(reading.file, at, { path: keyPath, state, expected, value: key ?? '' }),
      );
    if (key === null) {
      report('is not a plain key', 'a text, without anchor, tag or alias');
      continue;
    }
    if (entries.has(key)) {
      report('is written twice', `one of them; the first is in line ${reading.places.get(id)?.key.line}`);
      continue;
    }
    const fault = keyFault(key, isAmbiguous(keyNode));
    if (fault !== null) {
      report(...fault);
      refusePath(reading, keyPath);
    }
    const value = valueNode === null ? at : placeIn(reading.lines, valueNode.range[0]);
    reading.places.set(id, { key: at, value });
    entries.set(key, valueNode === null ? null : readNode(reading, valueNode, keyPath));
  }
  return Object.fromEntries(entries);
}

function refusePath(reading: Reading, path: Path): void {
  reading.refused.add(JSON.stringify(path));
  for (const id of ancestry(path.slice(0, -1))) reading.holdsRefused.add(id);
}

/** Ids of a path and of all that it runs through, the outermost first. */
function ancestry(path: Path): string[] {
  return path.map((_, index) => JSON.stringify(path.slice(0, index + 1)));
}

function keyFault(key: string, ambiguous: boolean): [state: string, expected: string] | null {
  if (key === '<<') return ['is a merge key', 'none; what routes share goes into defaults'];
  if (key === '__proto__') return ['is not a usable key', 'another name'];
  if (ambiguous) return ['is true or false to some readers of YAML', 'quotes around it, or another name'];
  return null;
}

/** A key as it is written, so that 007 and 7 stay two keys; null for anything that is not a plain text. */
function keyText(node: ParsedNode | null): string | null {
  if (!isScalar(node) || node.anchor !== undefined || node.tag !== undefined) return null;
  return typeof node.value === 'string' ? node.value : (node.source ?? null);
}

function readScalar(
  refuse: (state: string, expected: string, hint?: string) => null,
  node: Scalar.Parsed,
): unknown {
  const { value, source } = node;
  if (isAmbiguous(node)) {
    return refuse(`is the word ${source}`, 'true or false, or quotes around it where a text is meant');
  }
  if (typeof value !== 'number') return value;
  if (!DECIMAL.test(source)) {
    const hint = Number.isSafeInteger(value) ? `Did you mean ${value}?` : undefined;
    return refuse(
      `is ${source}`,
      'a number in decimal digits, or quotes around it where a text is meant',
      hint,
    );
  }
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return refuse(
      `is ${source}`,
      'a number below 9,007,199,254,740,992, or quotes around it where a text is meant',
    );
  }
  return value;
}

function isAmbiguous(node: ParsedNode | null): boolean {
  return isScalar(node) && node.type === 'PLAIN' && AMBIGUOUS.test(node.source ?? '');
}
