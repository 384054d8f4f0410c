import { createReadStream } from 'node:fs';

/** One record of a CSV file, as RFC 4180 cuts it. */
export interface CsvRecord {
  /** 1 is the first; empty lines count. */
  number: number;
  /** The line in which it begins, as an editor counts. */
  line: number;
  fields: string[];
}

/** Characters kept of one record: what lies beyond is counted, not stored. */
const RECORD_CHARACTERS_MAX = 4_000_000;

/** Cuts a text into records as it arrives in pieces. */
export function recordCutter(delimiter: string) {
  let record: CsvRecord = { number: 1, line: 1, fields: [] };
  let line = 1;
  let field = '';
  let length = 0;
  /** Inside quotes; or just after a quote inside quotes, which the next character explains. */
  let quoted: 'no' | 'yes' | 'ending' = 'no';
  let atFieldStart = true;
  let afterReturn = false;
  let done: CsvRecord[] = [];

  function add(character: string): void {
    atFieldStart = character === ' ' && field === '' && atFieldStart;
    length += 1;
    if (length <= RECORD_CHARACTERS_MAX) field += character;
  }

  function endField(): void {
    record.fields.push(field);
    field = '';
    atFieldStart = true;
    quoted = 'no';
  }

  function endRecord(): void {
    endField();
    done.push(record);
    record = { number: record.number + 1, line, fields: [] };
    length = 0;
  }

  function take(character: string): void {
    const isLineFeed = character === '\n';
    const completesReturn = isLineFeed && afterReturn;
    afterReturn = character === '\r';
    if ((isLineFeed && !completesReturn) || character === '\r') line += 1;
    if (quoted === 'yes') {
      if (character === '"') quoted = 'ending';
      else add(character);
    } else if (quoted === 'ending' && character === '"') {
      quoted = 'yes';
      add(character);
    } else if (character === '"' && atFieldStart) {
      // DuckDB passes over one space before a quote and any after its pair; so do we, to count the same records.
      quoted = 'yes';
      field = '';
      atFieldStart = false;
    } else if (character === ' ' && quoted === 'ending') {
      length += 1;
    } else if (character === delimiter) endField();
    else if (character === '\r' || (isLineFeed && !completesReturn)) endRecord();
    else if (isLineFeed) record.line = line;
    else add(character);
  }

  return {
    /** Takes the next piece; returns the records that it completes. */
    push(text: string): CsvRecord[] {
      for (const character of text) take(character);
      const complete = done;
      done = [];
      return complete;
    },
    /** What comes after the last line break, or null. */
    rest(): CsvRecord | null {
      if (record.fields.length === 0 && field === '' && atFieldStart && quoted === 'no') return null;
      endRecord();
      return done.pop() ?? null;
    },
    /** True while a quote is open. */
    isOpen: () => quoted === 'yes',
  };
}

/** The records of a file, one by one. Bytes that are not UTF-8 become replacement characters. */
export async function* records(file: string, delimiter: string): AsyncGenerator<CsvRecord> {
  const cutter = recordCutter(delimiter);
  const decoder = new TextDecoder();
  for await (const piece of createReadStream(file)) {
    yield* cutter.push(decoder.decode(piece, { stream: true }));
  }
  yield* cutter.push(decoder.decode());
  const rest = cutter.rest();
  if (rest) yield rest;
}
