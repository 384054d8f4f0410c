/**
 * Characters that a key or a message must not bring to a terminal: controls (C0, DEL, C1: U+009B alone starts an
 * escape sequence), line separators, marks that reverse the reading direction, invisible ones that make two keys
 * look alike, and lone surrogates. The backslash is escaped too, so that the result is unambiguous.
 */
const UNSAFE =
  /[\p{Cc}\\\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

const SHORT: Record<string, string> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\' };

/** A value on one line of a table or of a message about it; nothing in it can move the cursor or forge a line. */
export function escapeValue(value: string): string {
  return value.replace(UNSAFE, (character) => SHORT[character] ?? codeOf(character));
}

/** A sentence that may quote hostile values: like {@link escapeValue}, but a backslash stays as it is. */
export function escapeLine(text: string): string {
  return text.replace(UNSAFE, (character) =>
    character === '\\' ? character : (SHORT[character] ?? codeOf(character)),
  );
}

/**
 * JSON text with the same value, in which no character can act on a terminal: JSON.stringify leaves DEL, C1
 * controls and direction marks as they are. They occur only inside strings, where an escape means the same.
 */
export function safeJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent);
  return text.replace(UNSAFE, (character) =>
    character === '\\' || character === '\n' ? character : jsonEscape(character),
  );
}

function codeOf(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`;
}

function jsonEscape(character: string): string {
  return `\\u${hex(character.charCodeAt(0), 4)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
