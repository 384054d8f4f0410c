/**
 * Why S3 would refuse this as the name of a general purpose bucket; null when it would not.
 * Source: S3 user guide, bucket naming rules.
 */
export function bucketNameFault(name: string): string | null {
  if (name.length < 3 || name.length > 63) return `it has ${name.length} characters, not 3 to 63`;
  if (!/^[a-z0-9.-]+$/.test(name)) return 'only a-z, 0-9, hyphens and dots may stand in it';
  if (!/^[a-z0-9].*[a-z0-9]$/.test(name)) return 'it must begin and end with a letter or a digit';
  if (name.includes('..')) return 'two dots may not stand side by side';
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(name)) return 'it may not look like an IP address';
  const prefix = ['xn--', 'sthree-', 'amzn-s3-demo-'].find((reserved) => name.startsWith(reserved));
  if (prefix !== undefined) return `S3 keeps names that begin with ${prefix} to itself`;
  const suffix = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3', '-an'].find((reserved) =>
    name.endsWith(reserved),
  );
  return suffix === undefined ? null : `S3 keeps names that end with ${suffix} to itself`;
}
