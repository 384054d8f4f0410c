import { ObjectNotFoundError, type Objects } from '../../src/objects/objects.ts';

/** Objects in memory, as far as the service itself uses them: manifests of large batches. */
export function storedObjects(now: () => number): Objects {
  const stored = new Map<string, { content: Uint8Array; lastModified: number }>();
  const nameOf = ({ bucket, key }: { bucket: string; key: string }) => `${bucket}/${key}`;
  const noFiles = () => Promise.reject(new Error('There are no local files in a simulation.'));
  return {
    async head(at) {
      const object = stored.get(nameOf(at));
      return object ? { size: object.content.length, lastModified: object.lastModified } : null;
    },
    async read(at) {
      const object = stored.get(nameOf(at));
      if (!object) throw new ObjectNotFoundError(at);
      return object.content;
    },
    async write(at, content) {
      stored.set(nameOf(at), { content: Buffer.from(content), lastModified: now() });
    },
    toFile: noFiles,
    fromFile: noFiles,
    async *list() {},
    async remove(at) {
      stored.delete(nameOf(at));
    },
  };
}
