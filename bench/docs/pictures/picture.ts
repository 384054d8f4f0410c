/** A picture of docs/performance.md, by its file's name. */
export interface Picture {
  file: string;
  /** What those read who cannot see it. */
  alt: string;
  svg: string;
}
