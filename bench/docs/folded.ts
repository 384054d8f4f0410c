/** A part of a page that opens when it is asked for. */
export function folded(title: string, text: string): string {
  return `<details><summary>${title}</summary>\n\n${text.trim()}\n\n</details>`;
}
