/**
 * One "Object Created" notice about one write of one S3 object.
 *
 * Keys are verbatim: EventBridge does not URL-encode them, and neither do we. Any unicode is allowed.
 */
export interface ObjectEvent {
  bucket: string;
  /** The object's key, verbatim, at most 1,024 bytes of UTF-8 (S3's limit). */
  key: string;
  /** Bytes. */
  size: number;
  etag: string;
  versionId?: string;
  /** Hexadecimal; orders the writes of one key (see {@link compareSequencers}). */
  sequencer?: string;
  /** The notice's own id; kept only where there is no sequencer to tell two writes apart. */
  id?: string;
  /** When the object was written, by S3's clock (ms since 1970); on a laptop see `src/objects/watch.ts`. */
  time: number;
  /** When the notice reached our queue (SQS SentTimestamp, ms); on a laptop the moment the file was complete. */
  arrival: number;
}

/**
 * What makes two notices the same event: key, versionId and sequencer; the notice's id only where S3 gave no
 * sequencer. The bucket belongs to it because two buckets may feed one route name over time.
 */
export function identityOf(event: ObjectEvent): string {
  return JSON.stringify([event.bucket, event.key, event.versionId ?? '', writeOf(event)]);
}

/** Tells two writes of one key and version apart. */
export function writeOf(event: Pick<ObjectEvent, 'sequencer' | 'id'>): string {
  return event.sequencer ?? `id:${event.id ?? ''}`;
}

/**
 * The earliest instant (ms) at which this event can have existed. A record committed before it cannot hold the
 * event, so duplicates need to be looked for only from here on, minus a margin for clock skew.
 */
export function birthOf(event: ObjectEvent): number {
  return Math.min(event.time, event.arrival);
}

/**
 * Orders two writes of the same key: negative when `a` is older. S3 documents sequencers as hexadecimal strings
 * to be compared after left-padding the shorter with zeros (S3 user guide, notification content structure).
 * A write without a sequencer counts as older than one with.
 */
export function compareSequencers(a: string | undefined, b: string | undefined): number {
  const width = Math.max(a?.length ?? 0, b?.length ?? 0);
  const left = (a ?? '').padStart(width, '0');
  const right = (b ?? '').padStart(width, '0');
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** A console "folder": zero bytes and a key that ends in `/`. Never counted unless a route says so. */
export function isFolderMarker(event: Pick<ObjectEvent, 'key' | 'size'>): boolean {
  return event.size === 0 && event.key.endsWith('/');
}
