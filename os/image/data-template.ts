import type { RootFile } from './root-file-system.ts';
export async function dataTemplate(_image: string): Promise<RootFile> {
  return {
    path: '/usr/share/panos/data.ext4.gz',
    content: { bytes: Buffer.alloc(0) },
    executable: false,
    origin: 'panos',
  };
}
